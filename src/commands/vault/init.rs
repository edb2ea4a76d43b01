//! `mfa vault init`: an empty vault, before anything is added.

use crate::app::context::Context;
use crate::app::error::Result;
use crate::commands::Run;
use crate::ui::escape;
use crate::vault::host::Host;
use crate::vault::init::VaultInit;
use crate::vault::repository::RepositoryError;

/// Make an empty vault now
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Ask nothing: a key file beside the vault opens it
    #[arg(long)]
    key_file: bool,
    /// The system's keyring opens it (and a passphrase, where one is given or typed)
    #[arg(long, conflicts_with = "key_file")]
    keyring: bool,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let path = context.repository.path().to_path_buf();
        if context.repository.load()?.is_some() {
            // Before anybody types anything.
            return Err(RepositoryError::Exists(path).into());
        }
        let init = if self.key_file {
            VaultInit::KEY_FILE
        } else if self.keyring {
            context.host.plan_vault_with_keyring()?
        } else {
            let planned = context.host.new_vault(&path);
            planned.map_err(RepositoryError::Host)?
        };
        let header = context.with_vault(|vault, host| Ok(vault.create(host, init)?))?;
        let path = path.display().to_string();
        context.ui.print(&format!("made {}\n", escape(&path)))?;
        if self.keyring && header.slots.iter().all(|s| s.kind.is_bound_to_device()) {
            context.ui.note(
                "nothing but this machine's keyring opens it; 'mfa vault recovery' gives a code \
                 for a worse day",
            );
        }
        Ok(())
    }
}
