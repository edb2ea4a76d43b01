//! `mfa aws …`: manages devices and sessions, from a new IAM user to programs without prompts.

mod clear;
mod console;
mod credential_process;
mod devices;
mod doctor;
mod env;
mod exec;
mod keys;
mod list;
mod login;
mod policy;
mod register;
mod rotate;
mod setup;
mod status;
mod unregister;

use crate::app::aws::args::SessionArgs;
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::commands::Run;

/// Manage AWS MFA devices and sessions
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "On a terminal, 'mfa aws' alone lets you choose a profile, then what to do with it."
)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    // Every day.
    Login(login::Args),
    Exec(exec::Args),
    Env(env::Args),
    Console(console::Args),
    #[command(alias = "ls")]
    List(list::Args),
    Status(status::Args),
    Keys(keys::Args),
    Clear(clear::Args),
    // Once for a profile.
    Setup(setup::Args),
    CredentialProcess(credential_process::Args),
    Doctor(doctor::Args),
    // Once for a device.
    Register(register::Args),
    Devices(devices::Args),
    Rotate(rotate::Args),
    Unregister(unregister::Args),
    Policy(policy::Args),
    // The earlier name of `devices resync`.
    #[command(hide = true)]
    Resync(devices::resync::Args),
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let Some(command) = self.command else {
            return bare(context);
        };
        match command {
            Command::Register(args) => args.run(context),
            Command::Login(args) => args.run(context),
            Command::Setup(args) => args.run(context),
            Command::Env(args) => args.run(context),
            Command::Exec(args) => args.run(context),
            Command::CredentialProcess(args) => args.run(context),
            Command::Console(args) => args.run(context),
            Command::List(args) => args.run(context),
            Command::Clear(args) => args.run(context),
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

/// Without a command: lets a person choose a profile, and what to do with it. Prints the help if there is
/// no terminal, or no profile.
fn bare(context: &mut Context) -> Result {
    let files = context.profiles()?;
    if !(context.ui.stdout_is_terminal() && context.ui.can_prompt()) || files.names().is_empty() {
        let help = <Args as clap::Args>::augment_args(clap::Command::new("mfa aws"));
        let help = help.max_term_width(80).render_help();
        context.ui.status(&help.to_string());
        return Err(CommandError::quiet(Exit::Usage));
    }
    let Some(profile) = context.pick_profile(&files)? else {
        return Ok(());
    };
    let actions = [
        "open a shell with a session",
        "open the console in the browser",
        "start a session",
    ];
    let profile = SessionArgs::of(profile);
    match context.pick_action(&actions)? {
        0 => exec::Args::of(profile).run(context),
        1 => console::Args::of(profile).run(context),
        _ => login::Args::of(profile).run(context),
    }
}
