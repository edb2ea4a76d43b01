//! `mfa vault check`: looks for problems in the vault and its backups.

use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::commands::Run;
use crate::otp::Account;
use crate::ui::escape;
use crate::vault::repository::CheckReport;

/// Check the vault, its accounts and its backups
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:\n  mfa vault check")]
pub(crate) struct Args {}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let report = context.with_vault(|vault, host| Ok(vault.check(host)?))?;
        let findings = findings(&report);
        let (rev, accounts) = (report.rev, report.vault.accounts.len());
        let backups = report.backups;
        let mut text = format!("revision: {rev}\naccounts: {accounts}\nbackups: {backups}\n");
        for finding in &findings {
            text.push_str(&format!("BAD  {}\n", escape(finding)));
        }
        context.ui.print(&text)?;
        match findings.len() {
            0 => Ok(context.ui.print("no problems found\n")?),
            count => {
                let plural = if count == 1 { "" } else { "s" };
                let message = format!("{count} problem{plural} found");
                Err(CommandError::new(Exit::Damaged, message))
            }
        }
    }
}

fn findings(report: &CheckReport) -> Vec<String> {
    let unusable = report.vault.unusable.iter().map(|entry| {
        let (position, reason) = (entry.position, &entry.reason);
        format!("entry {position} cannot be used: {reason}")
    });
    let backups = report.bad_backups.iter();
    let backups = backups.map(|(rev, why)| format!("backup {rev}: {why}"));
    let duplicates = duplicates(&report.vault.accounts);
    unusable.chain(duplicates).chain(backups).collect()
}

fn duplicates(accounts: &[Account]) -> Vec<String> {
    let mut names: Vec<_> = accounts.iter().map(Account::full_name).collect();
    names.sort_unstable();
    let twice = names.windows(2).filter(|pair| pair[0] == pair[1]);
    twice
        .map(|pair| format!("two accounts are named {}", pair[0]))
        .collect()
}
