//! `mfa vault trust`: takes the vault that is in place for the right one.

use crate::app::context::Context;
use crate::app::error::Result;
use crate::commands::Run;
use crate::ui::escape;
use crate::vault::file::pin::{Pin, Standing};
use crate::vault::store::Store;

/// Accept an older or another vault that was put in place
#[derive(Debug, clap::Args)]
pub struct Args {}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let Some(envelope) = context.load()? else {
            return context.open_existing().map(drop);
        };
        let mut open = context.open_envelope(envelope)?;
        let standing = Pin::load(&context.state, context.store.path())
            .map_or(Standing::New, |pin| pin.standing(&open.header, &open.key));
        let path = escape(&context.store.path().display().to_string()).into_owned();
        let text = match standing {
            Standing::Same | Standing::New | Standing::Newer => {
                format!("{path} was trusted already\n")
            }
            Standing::Other => format!("{path} is trusted now\n"),
            Standing::Older => {
                // Written again above all that was seen, so that no later copy of the state that
                // it replaces counts as newer.
                let store = context.store.clone();
                let mut transaction = store.begin()?;
                open.header.rev = open.header.rev.max(store.backups().highest_rev());
                context.save(&mut transaction, &mut open)?;
                format!("{path} is trusted now, as revision {}\n", open.header.rev)
            }
        };
        context.pin_anew(&open)?;
        Ok(context.ui.print(&text)?)
    }
}
