//! `mfa vault restore`: the accounts as they were in an earlier revision.

use crate::app::context::Context;
use crate::app::differences::differences;
use crate::app::error::Result;
use crate::commands::Run;

/// Restore the accounts of a backup, also if the vault is damaged
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:\n  mfa vault restore 7")]
pub(crate) struct Args {
    /// Revision, from 'mfa vault backups'
    revision: u64,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let revision = self.revision;
        let restored =
            context.with_vault(|vault, host| Ok(vault.restore_revision(host, revision)?))?;
        let lines = differences(&restored);
        let text = format!("restored revision {revision}\n{lines}");
        Ok(context.ui.print(&text)?)
    }
}
