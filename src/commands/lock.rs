//! `mfa lock`: ends what `mfa unlock` began.

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
            // Whoever mistyped the path must not believe that the vault is locked now.
            return Err(context.repository.no_vault().into());
        } else {
            "already locked"
        };
        context.ui.print(&format!("{done}\n"))?;
        // The vault may be broken or gone; the key is forgotten all the same.
        if let Some(way) = context.repository.opens_by_itself(&context.host) {
            context.ui.note(&format!("{way} still opens the vault"));
        }
        Ok(())
    }
}
