//! `mfa undo`: takes back the last change of the accounts.

use super::Run;
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::app::session::Open;
use crate::otp::Account;
use crate::ui::escape;
use crate::vault::Vault;

/// Take back the last change of the accounts; again, the one before it
#[derive(Debug, clap::Args)]
pub struct Args {}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let open = context.open_existing()?;
        let earlier = context.state_before(&open)?;
        let lines = differences(&open.vault, &earlier);
        let seen = open.vault;
        context.change(|vault| {
            if !vault.same_accounts(&seen) {
                return Err(CommandError::new(
                    Exit::Failed,
                    "cannot undo: another mfa changed the vault just now",
                )
                .with_hint("mfa undo"));
            }
            *vault = earlier;
            Ok(())
        })?;
        Ok(context.ui.print(&lines)?)
    }
}

impl Context {
    /// The newest state before the present one, or before the one that the last undo went back
    /// to, in which the accounts were others.
    fn state_before(&mut self, open: &Open) -> Result<Vault> {
        let start = open.vault.undone_to.unwrap_or(open.header.rev);
        for backup in self.store.backups().list() {
            if backup.rev >= start {
                continue;
            }
            let envelope = backup
                .read()
                .ok()
                .filter(|e| e.header.vault_id == open.header.vault_id);
            let Some(mut earlier) = envelope.and_then(|e| self.open_quietly(e, &open.key)) else {
                continue;
            };
            earlier.keep_counters_of(&open.vault);
            if !earlier.same_accounts(&open.vault) {
                // A state that came from an undo itself stands for the one it went back to.
                earlier.undone_to.get_or_insert(backup.rev);
                return Ok(earlier);
            }
        }
        Err(CommandError::new(
            Exit::Failed,
            "cannot undo: no earlier state that is kept has other accounts",
        )
        .with_hint("mfa vault backups"))
    }
}

/// A line for each account that is not what it was.
pub(super) fn differences(from: &Vault, to: &Vault) -> String {
    let mut lines = String::new();
    let mut line = |what: &str, account: &Account| {
        lines.push_str(&format!("{what} {}\n", escape(&account.full_name())));
    };
    for account in &from.accounts {
        match to.get(account.id) {
            None => line("removed", account),
            Some(earlier) if earlier != account => line("changed back to", earlier),
            Some(_) => {}
        }
    }
    for account in to.accounts.iter().filter(|a| from.get(a.id).is_none()) {
        line("brought back", account);
    }
    lines
}
