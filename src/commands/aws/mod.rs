//! `mfa aws …`: from a new IAM user to sessions without a prompt.

mod admin;
mod cache;
mod connect;
mod console;
mod credential_process;
mod devices;
mod doctor;
mod env;
mod exec;
mod explain;
mod files;
mod login;
mod policy;
mod register;
mod registration;
mod resync;
mod rotate;
mod session;
mod setup;
mod status;
mod tags;
mod unregister;

pub(super) use connect::serial_of_profile;

use std::path::Path;

use super::Run;
use crate::app::context::Context;
use crate::app::error::Result;
use crate::vault::storage::quoted;

/// AWS: register a device, sessions without a prompt
#[derive(Debug, clap::Args)]
pub struct Args {
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
            Command::Devices(args) => args.run(context),
            Command::Resync(args) => args.run(context),
            Command::Rotate(args) => args.run(context),
            Command::Unregister(args) => args.run(context),
            Command::Doctor(args) => args.run(context),
            Command::Policy(args) => args.run(context),
        }
    }
}

/// Which profile.
#[derive(Debug, Clone, clap::Args)]
pub struct Profile {
    /// The profile of ~/.aws/config [default: AWS_PROFILE, else default]
    #[arg(long, short, value_name = "NAME")]
    profile: Option<String>,
}

/// Which device of a profile's user.
#[derive(Debug, Clone, clap::Args)]
pub struct WhichDevice {
    #[command(flatten)]
    profile: Profile,
    /// The account of the device [default: the one of the profile]
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
}

impl From<Profile> for Which {
    fn from(Profile { profile }: Profile) -> Self {
        Self {
            profile,
            duration: None,
            account: None,
        }
    }
}

impl From<WhichDevice> for Which {
    fn from(WhichDevice { profile, account }: WhichDevice) -> Self {
        Self {
            account,
            ..profile.into()
        }
    }
}

impl Which {
    /// ` --profile NAME --account NAME`, as a further command takes them.
    fn option(&self) -> String {
        let options = [("profile", &self.profile), ("account", &self.account)];
        let given = options.into_iter().filter_map(|(option, name)| {
            let name = quoted(Path::new(name.as_ref()?));
            Some(format!(" --{option} {name}"))
        });
        given.collect()
    }
}

/// Which profile, and for how long.
#[derive(Debug, Clone, clap::Args)]
pub struct Which {
    /// The profile of ~/.aws/config [default: AWS_PROFILE, else default]
    #[arg(long, short, value_name = "NAME")]
    profile: Option<String>,
    /// How long a session lasts: 12h, 1h [default: what the profile says, 12h, a role 1h]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    duration: Option<u32>,
    /// The account of the vault that gives the codes [default: the one of the device]
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
}

fn duration(text: &str) -> Result<u32, String> {
    let seconds = match text.parse::<u64>() {
        Ok(seconds) => Some(seconds),
        Err(_) => humantime::parse_duration(text)
            .ok()
            .map(|time| time.as_secs()),
    };
    seconds
        .and_then(|seconds| u32::try_from(seconds).ok())
        .filter(|seconds| (900..=129_600).contains(seconds))
        .ok_or_else(|| "give 15m to 36h".to_owned())
}
