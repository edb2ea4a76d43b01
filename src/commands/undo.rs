//! `mfa undo`: takes back the last change of the accounts.

use super::Run;
use crate::app::context::Context;
use crate::app::differences::undone;
use crate::app::error::Result;

/// Undo the last change; repeat to go further back
#[derive(Debug, clap::Args)]
#[command(after_long_help = "To get back what was undone: mfa redo\n\nExample:\n  mfa undo")]
pub(crate) struct Args {}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let restored = context.with_vault(|vault, host| Ok(vault.undo(host)?))?;
        Ok(context.ui.print(&undone(&restored))?)
    }
}
