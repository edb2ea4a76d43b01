//! `mfa vault keyring`: adds or removes a slot in the operating system's secret store.

use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::app::recovery_code::NewCode;
use crate::commands::Run;
use crate::vault::repository::SlotChange;
use crate::vault::unlock::{NewKeyring, keyring_opens};
use crate::vault::{Header, SlotKind};

/// Open the vault with the system's keyring
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "The keyring is GNOME Keyring, KWallet or KeePassXC on Linux, the keychain on macOS, the credential manager on Windows.\n\nExample:\n  mfa vault keyring on"
)]
pub(crate) struct Args {
    /// on or off
    #[arg(value_enum, value_name = "on|off")]
    turn: Turn,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Turn {
    /// Open the vault without a passphrase while you are logged in
    On,
    /// Stop using the keyring; the vault is re-keyed
    Off,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let done = match self.turn {
            Turn::On => on(context)?,
            Turn::Off => off(context)?,
        };
        Ok(context.ui.print(&format!("{done}\n"))?)
    }
}

fn on(context: &mut Context) -> Result<&'static str> {
    let mut done = "the system's keyring now opens the vault";
    context.announce(|header| {
        let text = "this lets the system's keyring open the vault: no passphrase is asked for while you are logged in";
        Ok((!keyring_opens(header)).then(|| text.to_owned()))
    })?;
    context.with_vault(|vault, host| {
        let decide = |header: &_| {
            if keyring_opens(header) {
                done = "the system's keyring already opens the vault";
                return Result::Ok(SlotChange::default());
            }
            Ok(SlotChange::default().and_adding(NewKeyring))
        };
        vault.change_slots(host, decide, |_| Ok(()))
    })?;
    Ok(done)
}

fn off(context: &mut Context) -> Result<&'static str> {
    let mut done = "the system's keyring no longer opens the vault";
    context.announce(|header| {
        let change = without_keyring(header)?;
        let text = "this stops the system's keyring from opening the vault";
        Ok((!change.remove.is_empty()).then(|| text.to_owned()))
    })?;
    let mut new_code = NewCode::new(context.ui.clone());
    context.with_vault(|vault, host| {
        let decide = |header: &Header| -> Result<SlotChange<'_>> {
            let change = without_keyring(header)?;
            if change.remove.is_empty() {
                done = "the system's keyring does not open the vault";
            }
            Ok(change)
        };
        vault.change_slots(host, decide, |code| new_code.show(code))
    })?;
    new_code.note_change();
    Ok(done)
}

/// The change that removes the keyring, if something else opens the vault.
fn without_keyring<'a>(header: &Header) -> Result<SlotChange<'a>> {
    let is_keyring = |kind: &SlotKind| matches!(kind, SlotKind::Keyring(_));
    let change = SlotChange::removing(header, is_keyring);
    if !change.remove.is_empty() && change.staying(header).next().is_none() {
        let message = "only the system's keyring opens the vault";
        return Err(CommandError::new(Exit::Failed, message).with_hint("mfa vault passphrase"));
    }
    Ok(change)
}
