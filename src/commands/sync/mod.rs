//! `mfa sync …`: keeps the vaults of several machines the same.

mod auto;
mod conflicts;
mod devices;
mod init;
mod join;
mod leave;
mod log;
mod now;
mod remove_device;
mod restore;
mod status;

use crate::app::context::Context;
use crate::app::error::Result;
use crate::commands::Run;

/// Keep the vaults of several machines the same
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_long_help = "Without a command: fetches what other machines changed, merges it, and uploads what changed here.\n\nFor details: mfa help sync\n\nExamples:\n  mfa sync init s3://my-bucket/mfa     # on the first machine\n  mfa sync join s3://my-bucket/mfa     # on the second machine\n  mfa sync"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    now: now::Args,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Init(init::Args),
    Join(join::Args),
    Status(status::Args),
    Auto(auto::Args),
    Log(log::Args),
    Restore(restore::Args),
    Conflicts(conflicts::Args),
    Devices(devices::Args),
    RemoveDevice(remove_device::Args),
    Leave(leave::Args),
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let Some(command) = self.command else {
            return self.now.run(context);
        };
        match command {
            Command::Init(args) => args.run(context),
            Command::Join(args) => args.run(context),
            Command::Status(args) => args.run(context),
            Command::Auto(args) => args.run(context),
            Command::Log(args) => args.run(context),
            Command::Restore(args) => args.run(context),
            Command::Conflicts(args) => args.run(context),
            Command::Devices(args) => args.run(context),
            Command::RemoveDevice(args) => args.run(context),
            Command::Leave(args) => args.run(context),
        }
    }
}
