//! `mfa vault …`: manages the vault, its slots and its backups.

mod backups;
mod check;
mod init;
mod keyring;
mod passphrase;
mod recovery;
mod restore;
mod share;
mod status;
mod trust;

use super::Run;
use crate::app::context::Context;
use crate::app::error::Result;

/// Manage the vault: how it unlocks, backups, sharing
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Init(init::Args),
    Status(status::Args),
    /// Print the path of the vault
    Path,
    Passphrase(passphrase::Args),
    Recovery(recovery::Args),
    Keyring(keyring::Args),
    Share(share::Args),
    Backups(backups::Args),
    Restore(restore::Args),
    Check(check::Args),
    Trust(trust::Args),
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        match self.command {
            Command::Init(args) => args.run(context),
            Command::Status(args) => args.run(context),
            Command::Path => {
                let path = context.repository.path().display().to_string();
                Ok(context
                    .ui
                    .print(&format!("{}\n", crate::ui::escape(&path)))?)
            }
            Command::Passphrase(args) => args.run(context),
            Command::Recovery(args) => args.run(context),
            Command::Keyring(args) => args.run(context),
            Command::Share(args) => args.run(context),
            Command::Backups(args) => args.run(context),
            Command::Restore(args) => args.run(context),
            Command::Check(args) => args.run(context),
            Command::Trust(args) => args.run(context),
        }
    }
}
