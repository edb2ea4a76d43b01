//! `mfa lock`: ends what `mfa unlock` began.

use super::Run;
use crate::app::cache::forget;
use crate::app::context::Context;
use crate::app::error::Result;

/// Forget the key that is kept for this session
#[derive(Debug, clap::Args)]
pub struct Args {}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let done = if forget(context)? {
            "locked"
        } else {
            "locked already: no key was kept"
        };
        context.ui.print(&format!("{done}\n"))?;
        // The vault may be broken or gone; the key is forgotten all the same.
        if let Ok(Some(envelope)) = context.load()
            && let Some(way) = context.way_without_words(&envelope.header)
        {
            context.ui.note(&format!("{way} still opens the vault"));
        }
        Ok(())
    }
}
