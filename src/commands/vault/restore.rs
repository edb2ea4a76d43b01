//! `mfa vault restore`: the accounts as they were in an earlier revision.

use crate::app::context::Context;
use crate::app::differences::differences;
use crate::app::error::Result;
use crate::commands::Run;

/// Bring back the accounts of a backup, also when the vault is damaged or gone
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Revision, as 'mfa vault backups' lists it
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
