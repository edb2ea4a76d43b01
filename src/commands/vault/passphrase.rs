//! `mfa vault passphrase`: a new passphrase, or none.

use std::path::PathBuf;

use zeroize::Zeroizing;

use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::app::recovery_code::NewCode;
use crate::app::typed_secret::passphrase_in;
use crate::commands::Run;
use crate::vault::repository::SlotChange;
use crate::vault::unlock::{NewKeyFile, NewPassphrase};
use crate::vault::{Header, Slot, SlotKind};

/// Set or change the passphrase; the vault gets a new key
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The passphrase takes the place of the key file. A recovery code, where \
    there was one, is replaced by a new one, which is printed.\n\nWhere the vault has no \
    passphrase yet, MFA_PASSPHRASE and its like give the new one; else the present one."
)]
pub(crate) struct Args {
    /// Read the new passphrase from the first line of a file
    #[arg(long, value_name = "PATH", conflicts_with = "remove")]
    new_passphrase_file: Option<PathBuf>,
    /// Go back to a key file
    #[arg(long)]
    remove: bool,
    /// With --remove: even when nothing else opens the vault on another machine
    #[arg(long, requires = "remove")]
    force: bool,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let passphrase = if self.remove {
            None
        } else {
            let open = context.open_existing()?;
            Some(self.new_passphrase(context, &open.header)?)
        };
        let goes = |kind: &SlotKind| matches!(kind, SlotKind::KeyFile(_) | SlotKind::Passphrase(_));
        let mut new_code = NewCode::new(context.ui.clone());
        context.with_vault(|vault, host| {
            let decide = |header: &Header| {
                let change = SlotChange::removing(header, goes);
                if let Some(passphrase) = &passphrase {
                    return Ok(change.and_adding(NewPassphrase(passphrase)));
                }
                self.check_removal(header, &change)?;
                Ok(change.and_adding(NewKeyFile))
            };
            vault.change_slots(host, decide, |code| new_code.show(code))
        })?;
        new_code.note_change();
        let done = if self.remove {
            "a key file opens the vault now"
        } else {
            "the passphrase is set"
        };
        Ok(context.ui.print(&format!("{done}\n"))?)
    }
}

impl Args {
    fn check_removal(&self, header: &Header, change: &SlotChange<'_>) -> Result {
        let is_passphrase = |slot: &Slot| matches!(slot.kind, SlotKind::Passphrase(_));
        if !header.slots.iter().any(is_passphrase) {
            let message = "the vault has no passphrase";
            return Err(CommandError::new(Exit::Failed, message));
        }
        let here_only = change
            .staying(header)
            .all(|slot| slot.kind.is_bound_to_device());
        if !self.force && here_only {
            let message = "without its passphrase, the vault would open on this machine alone";
            let error = CommandError::new(Exit::Failed, message);
            return Err(error.with_hint("mfa vault recovery (or --force)"));
        }
        Ok(())
    }

    fn new_passphrase(&self, context: &Context, header: &Header) -> Result<Zeroizing<String>> {
        if let Some(path) = &self.new_passphrase_file {
            return passphrase_in(path);
        }
        let has_one = header
            .slots
            .iter()
            .any(|s| matches!(s.kind, SlotKind::Passphrase(_)));
        if !has_one && let Some(given) = context.host.given_passphrase()? {
            return Ok(given);
        }
        match context.host.ask_new_passphrase("New passphrase")? {
            Some(typed) if !typed.is_empty() => Ok(typed),
            Some(_) => Err(CommandError::new(
                Exit::Failed,
                "an empty passphrase protects nothing",
            )),
            None => Err(CommandError::new(
                Exit::Usage,
                "no new passphrase: there is no terminal to ask on",
            )
            .with_hint("mfa vault passphrase --new-passphrase-file PATH")),
        }
    }
}
