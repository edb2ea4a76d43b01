//! `mfa vault restore`: restores the accounts of a backup.

use crate::app::context::Context;
use crate::app::differences::{differences, lost_access_keys, lost_aws_devices};
use crate::app::error::Result;
use crate::commands::Run;

/// Restore the accounts of a backup, also if the vault is damaged
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:\n  mfa vault restore 7")]
pub(crate) struct Args {
    /// Revision, from 'mfa vault backups'
    #[arg(add = clap_complete::ArgValueCompleter::new(crate::app::complete::backups))]
    revision: u64,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let revision = self.revision;
        let restored =
            context.with_vault(|vault, host| Ok(vault.restore_revision(host, revision)?))?;
        let lines = differences(&restored);
        let text = format!("restored revision {revision}\n{lines}");
        context.ui.print(&text)?;
        for name in lost_aws_devices(&restored) {
            context
                .ui
                .warn(&format!("AWS still asks for codes of {name}"));
        }
        for (key, profile) in lost_access_keys(&restored) {
            context.ui.warn(&format!(
                "the vault no longer has the access key {key} of the AWS profile '{profile}'"
            ));
        }
        if restored.before.is_some() && !lines.is_empty() {
            let undo = context.command("mfa undo");
            context.ui.note(&format!("to go back: {undo}"));
        }
        Ok(())
    }
}
