//! `mfa vault passphrase`: sets, changes or removes the passphrase.

use std::path::PathBuf;

use zeroize::Zeroizing;

use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::app::hint::Hint;
use crate::app::recovery_code::NewCode;
use crate::app::typed_secret::passphrase_in;
use crate::commands::Run;
use crate::vault::repository::SlotChange;
use crate::vault::unlock::{NewKeyFile, NewPassphrase};
use crate::vault::{Header, Slot, SlotKind};

/// Set, change or remove the passphrase
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "The passphrase replaces the key file. A recovery code is replaced too, and printed.\n\nMFA_PASSPHRASE, MFA_PASSPHRASE_FILE and MFA_PASSPHRASE_COMMAND give the current passphrase. If the vault has none yet, they give the new one.\n\nExample:\n  mfa vault passphrase"
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
        context.announce(|header| {
            if self.remove {
                self.check_removal(header, &SlotChange::removing(header, goes))?;
            }
            Ok(Some(self.effect(header)))
        })?;
        let passphrase = if self.remove {
            None
        } else {
            let open = context.with_vault(|vault, host| Ok(vault.open_anew(host)?))?;
            Some(self.new_passphrase(context, &open.header)?)
        };
        let mut new_code = NewCode::new(context.ui.clone());
        context.with_vault(|vault, host| {
            let decide = |header: &Header| {
                let change = SlotChange::removing(header, goes);
                if let Some((passphrase, _)) = &passphrase {
                    return Ok(change.and_adding(NewPassphrase(passphrase)));
                }
                self.check_removal(header, &change)?;
                Ok(change.and_adding(NewKeyFile))
            };
            vault.change_slots(host, decide, |code| new_code.show(code))?;
            // The next command need not ask for a passphrase that was just typed.
            if passphrase.as_ref().is_some_and(|(_, was_typed)| *was_typed) {
                vault.cache_after_change(host);
            }
            Ok(())
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

/// Whether a new passphrase, or a new key file, replaces this slot.
fn goes(kind: &SlotKind) -> bool {
    matches!(kind, SlotKind::KeyFile(_) | SlotKind::Passphrase(_))
}

fn has_passphrase(header: &Header) -> bool {
    let is_one = |slot: &Slot| matches!(slot.kind, SlotKind::Passphrase(_));
    header.slots.iter().any(is_one)
}

impl Args {
    fn check_removal(&self, header: &Header, change: &SlotChange<'_>) -> Result {
        if !has_passphrase(header) {
            let message = "the vault has no passphrase";
            return Err(CommandError::new(Exit::Failed, message));
        }
        let here_only = change
            .staying(header)
            .all(|slot| slot.kind.is_bound_to_device());
        if !self.force && here_only {
            let message = "without a passphrase, the vault would open only on this machine";
            let error = CommandError::new(Exit::Failed, message);
            let error = error.with_hint("mfa vault recovery");
            return Err(error.with_hint(Hint::again().word("--force")));
        }
        Ok(())
    }

    /// Describes what the command will do.
    fn effect(&self, header: &Header) -> String {
        let slots = || header.slots.iter().map(|slot| &slot.kind);
        let has_key_file = slots().any(|kind| matches!(kind, SlotKind::KeyFile(_)));
        let what = match (self.remove, has_passphrase(header), has_key_file) {
            (true, ..) => {
                "this removes the passphrase: anyone who can read vault.json and vault.key can read your secrets"
            }
            (_, true, _) => "this replaces the passphrase",
            (.., true) => "this sets a passphrase in place of the key file",
            _ => "this sets a passphrase",
        };
        let has_code = slots().any(|kind| matches!(kind, SlotKind::Recovery(_)));
        let code = if has_code {
            "; the recovery code is replaced too"
        } else {
            ""
        };
        format!("{what}{code}")
    }

    /// The new passphrase, and whether it was typed.
    fn new_passphrase(
        &self,
        context: &Context,
        header: &Header,
    ) -> Result<(Zeroizing<String>, bool)> {
        if let Some(path) = &self.new_passphrase_file {
            return Ok((passphrase_in(path)?, false));
        }
        if !has_passphrase(header)
            && let Some(given) = context.host.given_passphrase()?
        {
            return Ok((given, false));
        }
        match context.host.ask_new_passphrase("New passphrase")? {
            Some(typed) if !typed.is_empty() => Ok((typed, true)),
            Some(_) => Err(CommandError::new(Exit::Failed, "the passphrase is empty")),
            None => Err(CommandError::new(
                Exit::Usage,
                "no new passphrase was given, and there is no terminal to ask for it",
            )
            .with_hint("mfa vault passphrase --new-passphrase-file PATH")),
        }
    }
}
