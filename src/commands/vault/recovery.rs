//! `mfa vault recovery`: manages the recovery code, a printed code that opens the vault.

use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::app::hint::Hint;
use crate::app::recovery_code;
use crate::commands::Run;
use crate::vault::repository::SlotChange;
use crate::vault::unlock::{NewRecoveryCode, open_by_text};
use crate::vault::{Header, RecoveryCode, SlotKind};

/// Create a recovery code to print; it replaces an earlier one
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:\n  mfa vault recovery --verify")]
pub(crate) struct Args {
    /// Check that you wrote the code down correctly
    #[arg(long)]
    verify: bool,
    /// Remove the recovery code
    #[arg(long, conflicts_with = "verify")]
    remove: bool,
    /// Remove it even if the vault then opens only on this machine
    #[arg(long, requires = "remove")]
    force: bool,
}

const NOTE: &str = "write it down and keep it away from this machine; it is shown only once";

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        if self.verify {
            return verify(context);
        }
        if self.remove {
            return self.take_away(context);
        }
        make(context)
    }
}

fn is_recovery(kind: &SlotKind) -> bool {
    matches!(kind, SlotKind::Recovery(_))
}

fn has_one(header: &Header) -> bool {
    header.slots.iter().any(|slot| is_recovery(&slot.kind))
}

fn without_code() -> CommandError {
    CommandError::new(Exit::Failed, "the vault has no recovery code")
        .with_hint("mfa vault recovery")
}

fn make(context: &mut Context) -> Result {
    let ui = context.ui.clone();
    let mut had_one = false;
    context.announce(|header| {
        let old = if has_one(header) {
            "; the old one stops working"
        } else {
            ""
        };
        Ok(Some(format!("this creates a recovery code{old}")))
    })?;
    context.with_vault(|vault, host| {
        let decide = |header: &Header| -> Result<SlotChange<'_>> {
            had_one = has_one(header);
            Ok(SlotChange::removing(header, is_recovery).and_adding(NewRecoveryCode))
        };
        let reveal = |code: &RecoveryCode| {
            recovery_code::print(&ui, code)?;
            ui.note(NOTE);
            Ok(())
        };
        vault.change_slots(host, decide, reveal)
    })?;
    if had_one {
        context.ui.note("the old code no longer works");
    }
    Ok(())
}

impl Args {
    fn take_away(&self, context: &mut Context) -> Result {
        context.announce(|header| {
            self.removal(header)?;
            Ok(Some("this removes the recovery code".to_owned()))
        })?;
        context.with_vault(|vault, host| {
            vault.change_slots(host, |header| self.removal(header), |_| Ok(()))
        })?;
        let done = "removed the recovery code\n";
        Ok(context.ui.print(done)?)
    }

    /// The change that removes the code, if something else opens the vault.
    fn removal<'a>(&self, header: &Header) -> Result<SlotChange<'a>> {
        if !has_one(header) {
            return Err(without_code());
        }
        let change = SlotChange::removing(header, is_recovery);
        if change.staying(header).next().is_none() {
            let message = "only the recovery code opens the vault";
            return Err(CommandError::new(Exit::Failed, message).with_hint("mfa vault passphrase"));
        }
        let here_only = change
            .staying(header)
            .all(|slot| slot.kind.is_bound_to_device());
        if here_only && !self.force {
            let message = "without its recovery code, the vault would open only on this machine";
            let error = CommandError::new(Exit::Failed, message);
            let error = error.with_hint("mfa vault passphrase");
            return Err(error.with_hint(Hint::again().word("--force")));
        }
        Ok(change)
    }
}

fn verify(context: &mut Context) -> Result {
    let header = context.open_existing()?.header;
    if !has_one(&header) {
        return Err(without_code());
    }
    let typed = match context.ui.prompt() {
        Some(mut prompt) => prompt.hidden("Recovery code")?,
        None => context.host.given_passphrase()?.ok_or_else(|| {
            let message = "no code to verify was given, and there is no terminal to ask for it";
            CommandError::new(Exit::Usage, message)
        })?,
    };
    let opened = RecoveryCode::parse(&typed).and_then(|_| open_by_text(&header, &typed));
    let is_right = opened.is_some_and(|unlocked| unlocked.kind == SlotKind::RECOVERY);
    if is_right {
        return Ok(context.ui.print("the recovery code is correct\n")?);
    }
    let message = "that is not the recovery code of this vault";
    Err(CommandError::new(Exit::Locked, message))
}
