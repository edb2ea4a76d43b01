//! `mfa vault check`: everything that can be wrong with a vault, looked at.

use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::commands::Run;
use crate::otp::Account;
use crate::ui::escape;

/// Look at the vault, every account in it and every backup
#[derive(Debug, clap::Args)]
pub struct Args {}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let open = context.open_existing()?;
        let mut findings = Vec::new();
        for entry in &open.vault.unusable {
            findings.push(format!(
                "entry {} cannot be used: {}",
                entry.position, entry.reason
            ));
        }
        findings.extend(duplicates(&open.vault.accounts));
        let backups = context.store.backups().list();
        for backup in &backups {
            let why = match backup.read().map(|e| context.open_quietly(e, &open.key)) {
                Err(error) => Some(error.to_string()),
                Ok(None) => Some("it does not open with the vault's own key".to_owned()),
                Ok(Some(_)) => None,
            };
            findings.extend(why.map(|why| format!("backup {}: {why}", backup.rev)));
        }
        let (accounts, backups) = (open.vault.accounts.len(), backups.len());
        let mut text = format!("revision: {}\naccounts: {accounts}\n", open.header.rev);
        text.push_str(&format!("backups: {backups}\n"));
        for finding in &findings {
            text.push_str(&format!("BAD  {}\n", escape(finding)));
        }
        context.ui.print(&text)?;
        match findings.len() {
            0 => Ok(context.ui.print("all is well\n")?),
            count => Err(CommandError::new(
                Exit::Damaged,
                format!("{count} things are not well"),
            )),
        }
    }
}

fn duplicates(accounts: &[Account]) -> Vec<String> {
    let mut names: Vec<_> = accounts.iter().map(Account::full_name).collect();
    names.sort_unstable();
    let twice = names.windows(2).filter(|pair| pair[0] == pair[1]);
    twice
        .map(|pair| format!("two accounts are named {}", pair[0]))
        .collect()
}
