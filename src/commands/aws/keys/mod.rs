//! `mfa aws keys …`: long-term access keys in the vault.

mod add;
mod export;
mod import;
mod list;
mod rm;
mod rotate;

use crate::app::context::Context;
use crate::app::error::Result;
use crate::commands::Run;

/// Keep access keys in the vault instead of ~/.aws
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:\n  mfa aws keys import --profile work")]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Import(import::Args),
    Add(add::Args),
    #[command(visible_alias = "ls")]
    List(list::Args),
    Export(export::Args),
    #[command(alias = "remove")]
    Rm(rm::Args),
    Rotate(rotate::Args),
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        match self.command {
            Command::Import(args) => args.run(context),
            Command::Add(args) => args.run(context),
            Command::List(args) => args.run(context),
            Command::Export(args) => args.run(context),
            Command::Rm(args) => args.run(context),
            Command::Rotate(args) => args.run(context),
        }
    }
}
