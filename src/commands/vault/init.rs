//! `mfa vault init`: an empty vault, before anything is added.

use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::app::slots::Birth;
use crate::commands::Run;
use crate::ui::escape;
use crate::vault::store::{Store, Transaction};

/// Make an empty vault now
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Ask nothing: a key file beside the vault opens it
    #[arg(long)]
    key_file: bool,
    /// The system's keyring opens it (and a passphrase, where one is given or typed)
    #[arg(long, conflicts_with = "key_file")]
    keyring: bool,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let path = context.store.path().display().to_string();
        let there = || CommandError::new(Exit::Failed, format!("{path} is there already"));
        if context.load()?.is_some() {
            return Err(there().with_hint("mfa vault status"));
        }
        let birth = if self.key_file {
            Birth::KEY_FILE
        } else if self.keyring {
            context.plan_birth_with_keyring()?
        } else {
            context.plan_birth()?
        };
        let store = context.store.clone();
        let mut transaction = store.begin()?;
        if transaction.load()?.is_some() {
            return Err(there());
        }
        let mut open = context.bear(birth)?;
        context.save(&mut transaction, &mut open)?;
        context.ui.print(&format!("made {}\n", escape(&path)))?;
        if open
            .header
            .slots
            .iter()
            .all(|s| s.kind.is_bound_to_device())
            && self.keyring
        {
            context
                .ui
                .note("nothing but this machine's keyring opens it; 'mfa vault recovery' gives a code for a worse day");
        }
        Ok(())
    }
}
