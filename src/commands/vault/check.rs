//! `mfa vault check`: looks for problems in the vault and its backups.

use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::commands::Run;
use crate::ui::escape;

/// Check the vault, its accounts and its backups
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:\n  mfa vault check")]
pub(crate) struct Args {}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let report = context.with_vault(|vault, host| Ok(vault.check(host)?))?;
        let findings = report.findings();
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
