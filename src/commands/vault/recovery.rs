//! `mfa vault recovery`: a printed code that opens the vault when all else is lost.

use super::super::Run;
use super::super::context::Context;
use super::super::failure::{Exit, Failure, Outcome};
use super::super::session::Open;
use super::super::slots::Way;
use super::super::unlock::try_words;
use crate::vault::envelope::{Header, SlotKind};
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
    fn run(self, context: &mut Context) -> Outcome {
        let open = context.open_existing()?;
        let had_one = open
            .header
            .slots
            .iter()
            .any(|slot| slot.kind == SlotKind::Recovery);
        if (self.verify || self.remove) && !had_one {
            return Err(Failure::new(Exit::Failed, "the vault has no recovery code")
                .with_hint("mfa vault recovery"));
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
        context.ui.answer(&format!("{}\n", *code.to_text()))?;
        if had_one {
            context.ui.note("the old code opens nothing any more");
        }
        Ok(())
    }
}

impl Args {
    fn take_away(&self, context: &mut Context, open: &Open) -> Outcome {
        let kept = context.other_ways(open)?;
        let portable = kept.iter().any(|(kind, _)| !kind.is_bound_to_device());
        if !portable && !self.force {
            let message = "without its recovery code, the vault would open on this machine alone";
            return Err(
                Failure::new(Exit::Failed, message).with_hint("mfa vault passphrase (or --force)")
            );
        }
        context.rekey(|_, now| unchanged(open, now).map(|()| kept))?;
        Ok(context
            .ui
            .answer("the recovery code opens nothing any more\n")?)
    }
}

fn make(context: &mut Context, open: &Open, had_one: bool) -> Outcome<RecoveryCode> {
    let (code, way) = context.recovery_way(&open.header)?;
    if had_one {
        let mut ways = context.other_ways(open)?;
        ways.push(way);
        context.rekey(|_, now| unchanged(open, now).map(|()| ways))?;
    } else {
        context.add_slot(way)?;
    }
    Ok(code)
}

/// Refuses when the slots whose keys were collected are not those of the vault any more.
fn unchanged(seen: &Open, now: &Header) -> Outcome {
    if now.epoch == seen.header.epoch && now.slots == seen.header.slots {
        return Ok(());
    }
    let message = "cannot change the recovery code: another mfa changed the slots just now";
    Err(Failure::new(Exit::Failed, message).with_hint("mfa vault recovery"))
}

fn verify(context: &Context, open: &Open) -> Outcome {
    let typed = match context.ui.prompt() {
        Some(mut prompt) => prompt.hidden("Recovery code")?,
        None => context.given_passphrase()?.ok_or_else(|| {
            Failure::new(
                Exit::Usage,
                "no code to verify: there is no terminal to ask on",
            )
        })?,
    };
    let through = RecoveryCode::parse(&typed)
        .and_then(|_| try_words(&open.header, &typed))
        .and_then(|unlocked| unlocked.through);
    match through {
        Some((SlotKind::Recovery, _)) => Ok(context.ui.answer("the recovery code is right\n")?),
        _ => Err(Failure::new(
            Exit::Locked,
            "that is not the recovery code of this vault",
        )),
    }
}

impl Context {
    /// All ways into the vault but the recovery code, with their keys, so that they can be carried
    /// over to a new data key. Asks for the passphrase again where there is one.
    fn other_ways(&self, open: &Open) -> Outcome<Vec<Way>> {
        let mut header = open.header.clone();
        header.slots.retain(|slot| slot.kind != SlotKind::Recovery);
        if header.slots.is_empty() {
            return Err(Failure::new(
                Exit::Failed,
                "the recovery code is all that opens the vault",
            )
            .with_hint("mfa vault passphrase"));
        }
        let mut ways = Vec::new();
        for slot in &header.slots {
            let mut alone = header.clone();
            alone.slots = vec![slot.clone()];
            ways.extend(self.open_a_slot(&alone)?.through);
        }
        Ok(ways)
    }
}
