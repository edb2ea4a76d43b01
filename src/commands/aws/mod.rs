//! `mfa aws …`: manages devices and sessions, from a new IAM user to programs without prompts.

mod console;
mod credential_process;
mod devices;
mod doctor;
mod env;
mod exec;
mod keys;
mod login;
mod policy;
mod register;
mod resync;
mod rotate;
mod setup;
mod status;
mod unregister;

use crate::app::context::Context;
use crate::app::error::Result;
use crate::commands::Run;

/// Manage AWS MFA devices and sessions
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Register(register::Args),
    Login(login::Args),
    Setup(setup::Args),
    Env(env::Args),
    Exec(exec::Args),
    CredentialProcess(credential_process::Args),
    Console(console::Args),
    Status(status::Args),
    Keys(keys::Args),
    Devices(devices::Args),
    Resync(resync::Args),
    Rotate(rotate::Args),
    Unregister(unregister::Args),
    Doctor(doctor::Args),
    Policy(policy::Args),
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        match self.command {
            Command::Register(args) => args.run(context),
            Command::Login(args) => args.run(context),
            Command::Setup(args) => args.run(context),
            Command::Env(args) => args.run(context),
            Command::Exec(args) => args.run(context),
            Command::CredentialProcess(args) => args.run(context),
            Command::Console(args) => args.run(context),
            Command::Status(args) => args.run(context),
            Command::Keys(args) => args.run(context),
            Command::Devices(args) => args.run(context),
            Command::Resync(args) => args.run(context),
            Command::Rotate(args) => args.run(context),
            Command::Unregister(args) => args.run(context),
            Command::Doctor(args) => args.run(context),
            Command::Policy(args) => args.run(context),
        }
    }
}
