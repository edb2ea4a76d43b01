//! `mfa redo`: reverses the last undo.

use super::Run;
use crate::app::context::Context;
use crate::app::differences::redone;
use crate::app::error::Result;

/// Redo what 'mfa undo' took back; repeat to go further
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "After any other change to the accounts, there is nothing to redo.\n\nExample:\n  mfa redo"
)]
pub(crate) struct Args {}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let restored = context.with_vault(|vault, host| Ok(vault.redo(host)?))?;
        Ok(context.ui.print(&redone(&restored))?)
    }
}
