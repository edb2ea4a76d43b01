//! `mfa lock`: ends `mfa unlock`.

use super::Run;
use crate::app::context::Context;
use crate::app::error::Result;
use crate::vault::repository::RepositoryError;

/// Lock the vault again after 'mfa unlock'
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:\n  mfa lock")]
pub(crate) struct Args {}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let forgotten = context.repository.forget_cached_key();
        let done = if forgotten.map_err(RepositoryError::from)? {
            "locked"
        } else if context.vault_was_named && matches!(context.repository.load(), Ok(None)) {
            // With a mistyped path, "already locked" would be misleading.
            return Err(context.repository.no_vault().into());
        } else {
            "already locked"
        };
        context.ui.print(&format!("{done}\n"))?;
        // The key is forgotten even if the vault is damaged or gone.
        if let Some(way) = context.repository.opens_by_itself(&context.host) {
            context.ui.note(&format!("{way} still opens the vault"));
        }
        Ok(())
    }
}
