//! `mfa vault recovery`: a printed code that opens the vault when all else is lost.

use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::app::session::Open;
use crate::app::slots::unchanged;
use crate::app::unlocking::try_words;
use crate::app::ways::{Way, opens_elsewhere};
use crate::commands::Run;
use crate::vault::envelope::SlotKind;
use crate::vault::keys::RecoveryCode;

/// Make a recovery code, shown once; a second one replaces the first
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Enter the code again, to prove that it was written down well
    #[arg(long)]
    verify: bool,
    /// Take the code away
    #[arg(long, conflicts_with = "verify")]
    remove: bool,
    /// With --remove: even when nothing else opens the vault on another machine
    #[arg(long, requires = "remove")]
    force: bool,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let open = context.open_existing()?;
        let had_one = open
            .header
            .slots
            .iter()
            .any(|slot| slot.kind == SlotKind::Recovery);
        if (self.verify || self.remove) && !had_one {
            return Err(
                CommandError::new(Exit::Failed, "the vault has no recovery code")
                    .with_hint("mfa vault recovery"),
            );
        }
        if self.verify {
            return verify(context, &open);
        }
        if self.remove {
            return self.take_away(context, &open);
        }
        let code = make(context, &open, had_one)?;
        context
            .ui
            .note("write it down and keep it away from this machine; it is not shown again");
        context.ui.print(&format!("{}\n", *code.to_text()))?;
        if had_one {
            context.ui.note("the old code opens nothing any more");
        }
        Ok(())
    }
}

impl Args {
    fn take_away(&self, context: &mut Context, open: &Open) -> Result {
        let kept = other_ways(context, open)?;
        if !opens_elsewhere(&kept) && !self.force {
            let message = "without its recovery code, the vault would open on this machine alone";
            return Err(CommandError::new(Exit::Failed, message)
                .with_hint("mfa vault passphrase (or --force)"));
        }
        context.rekey(|_, now| unchanged(&open.header, now).map(|()| kept))?;
        Ok(context
            .ui
            .print("the recovery code opens nothing any more\n")?)
    }
}

fn make(context: &mut Context, open: &Open, had_one: bool) -> Result<RecoveryCode> {
    let (code, way) = context.recovery_way(&open.header)?;
    if had_one {
        let mut ways = other_ways(context, open)?;
        ways.push(way);
        context.rekey(|_, now| unchanged(&open.header, now).map(|()| ways))?;
    } else {
        context.add_slots(vec![way])?;
    }
    Ok(code)
}

/// All ways into the vault but the recovery code. Asks for the passphrase again where there is one.
fn other_ways(context: &mut Context, open: &Open) -> Result<Vec<Way>> {
    let carried = context.carry_over(&open.header, |kind| *kind == SlotKind::Recovery)?;
    if carried.ways.is_empty() {
        let message = "the recovery code is all that opens the vault";
        return Err(CommandError::new(Exit::Failed, message).with_hint("mfa vault passphrase"));
    }
    Ok(carried.ways)
}

fn verify(context: &Context, open: &Open) -> Result {
    let typed = match context.ui.prompt() {
        Some(mut prompt) => prompt.hidden("Recovery code")?,
        None => context.given_passphrase()?.ok_or_else(|| {
            CommandError::new(
                Exit::Usage,
                "no code to verify: there is no terminal to ask on",
            )
        })?,
    };
    let through = RecoveryCode::parse(&typed)
        .and_then(|_| try_words(&open.header, &typed))
        .and_then(|unlocked| unlocked.through);
    match through {
        Some((SlotKind::Recovery, _)) => Ok(context.ui.print("the recovery code is right\n")?),
        _ => Err(CommandError::new(
            Exit::Locked,
            "that is not the recovery code of this vault",
        )),
    }
}
