//! `mfa undo`: undoes the last change to the accounts.

use super::Run;
use crate::app::context::Context;
use crate::app::differences::{lost_access_keys, lost_aws_devices, undone};
use crate::app::error::Result;

/// Undo the last change; repeat to go further back
#[derive(Debug, clap::Args)]
#[command(after_long_help = "To get back what was undone: mfa redo\n\nExample:\n  mfa undo")]
pub(crate) struct Args {}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let restored = context.with_vault(|vault, host| Ok(vault.undo(host)?))?;
        context.ui.print(&undone(&restored))?;
        for name in lost_aws_devices(&restored) {
            context.ui.warn(&format!(
                "AWS still asks for codes of {name}; to get its key back: {}",
                context.command("mfa redo")
            ));
        }
        for (key, profile) in lost_access_keys(&restored) {
            context.ui.warn(&format!(
                "the vault no longer has the access key {key} of the AWS profile '{profile}'; to get \
                 it back: {}",
                context.command("mfa redo")
            ));
        }
        Ok(())
    }
}
