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

/// Set, change or remove the passphrase
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "The passphrase replaces the key file. A recovery code is replaced too, and printed.\n\nMFA_PASSPHRASE and the like supply the current passphrase, or the new one if the vault has none yet.\n\nExample:\n  mfa vault passphrase"
)]
pub(crate) struct Args {
    /// Read the new passphrase from the first line of a file
    #[arg(long, value_name = "PATH", conflicts_with = "remove")]
    new_passphrase_file: Option<PathBuf>,
    /// Remove the passphrase and use a key file
    #[arg(long)]
    remove: bool,
    /// Remove it even if the vault then opens only on this machine
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
            "removed the passphrase; a key file now opens the vault"
        } else {
            "set the passphrase"
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
            let message = "without a passphrase, the vault would open only on this machine";
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
            Some(_) => Err(CommandError::new(Exit::Failed, "the passphrase is empty")),
            None => Err(CommandError::new(
                Exit::Usage,
                "no new passphrase, and no terminal to ask for one",
            )
            .with_hint("mfa vault passphrase --new-passphrase-file PATH")),
        }
    }
}
