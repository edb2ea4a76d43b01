//! `mfa vault init`: creates an empty vault.

use crate::app::context::Context;
use crate::app::error::Result;
use crate::commands::Run;
use crate::ui::escape;
use crate::vault::host::Host;
use crate::vault::init::VaultInit;
use crate::vault::repository::RepositoryError;

/// Create an empty vault
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:\n  mfa vault init --key-file")]
pub(crate) struct Args {
    /// Use a key file instead of asking for a passphrase
    #[arg(long)]
    key_file: bool,
    /// Use the system's keyring, and a passphrase if you choose one
    #[arg(long, conflicts_with = "key_file")]
    keyring: bool,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let path = context.repository.path().to_path_buf();
        if context.repository.load()?.is_some() {
            // Fails before the user types anything.
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
        context.ui.print(&format!("created {}\n", escape(&path)))?;
        if self.keyring && header.slots.iter().all(|s| s.kind.is_bound_to_device()) {
            context.ui.note(&format!(
                "only this machine's keyring opens it; to create a recovery code: {}",
                context.command("mfa vault recovery")
            ));
        }
        Ok(())
    }
}
