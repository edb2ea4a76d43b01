//! `mfa vault keyring`: a slot in the operating system's secret store.

use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::app::keyring::{keyring_slots, remove_item, try_keyring};
use crate::app::slots::unchanged;
use crate::commands::Run;
use crate::vault::envelope::SlotKind;

/// Let the system's keyring (GNOME Keyring, KWallet, KeePassXC) open the vault
#[derive(Debug, clap::Args)]
pub struct Args {
    /// on or off
    #[arg(value_enum, value_name = "on|off")]
    turn: Turn,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Turn {
    /// The vault opens while you are logged in, without a passphrase
    On,
    /// It does not any more; the vault gets a new key
    Off,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        match self.turn {
            Turn::On => on(context),
            Turn::Off => off(context),
        }
    }
}

fn on(context: &mut Context) -> Result {
    let open = context.open_existing()?;
    if let Ok(Some(_)) = try_keyring(&open.header) {
        let done = "the system's keyring opens the vault already\n";
        return Ok(context.ui.print(done)?);
    }
    let way = context.keyring_way(&open.header)?;
    context.add_slots(vec![way])?;
    Ok(context
        .ui
        .print("the system's keyring opens the vault now\n")?)
}

fn off(context: &mut Context) -> Result {
    let open = context.open_existing()?;
    let gone: Vec<_> = keyring_slots(&open.header)
        .map(|(slot, _)| slot.kind.clone())
        .collect();
    if gone.is_empty() {
        let done = "the system's keyring does not open the vault\n";
        return Ok(context.ui.print(done)?);
    }
    let leaves = |kind: &SlotKind| matches!(kind, SlotKind::Keyring { .. });
    let carried = context.carry_over(&open.header, leaves)?;
    if carried.ways.is_empty() {
        let message = "the system's keyring is all that opens the vault";
        return Err(CommandError::new(Exit::Failed, message).with_hint("mfa vault passphrase"));
    }
    context.rekey(|_, now| unchanged(&open.header, now).map(|()| carried.ways))?;
    gone.iter().for_each(remove_item);
    context
        .ui
        .print("the system's keyring opens the vault no more\n")?;
    context.show_new_code(carried.code.as_ref())
}
