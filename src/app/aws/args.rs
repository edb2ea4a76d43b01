//! Arguments that several commands of `mfa aws` take.

use std::path::Path;

use crate::app::error::Result;
use crate::app::select::find_exactly;
use crate::aws::Selection;
use crate::vault::Vault;
use crate::vault::storage::quoted;

/// The option that selects a profile.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ProfileArgs {
    /// AWS profile [default: AWS_PROFILE, else default]
    #[arg(long, short, value_name = "NAME", add = clap_complete::ArgValueCompleter::new(crate::app::complete::aws_profiles))]
    profile: Option<String>,
}

/// The options that select a device of a profile's user.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct DeviceArgs {
    #[command(flatten)]
    profile: ProfileArgs,
    /// Account of the device [default: the profile's]
    #[arg(long, value_name = "NAME", add = clap_complete::ArgValueCompleter::new(crate::app::complete::account_names))]
    account: Option<String>,
}

/// The options that select a session of a profile.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct SessionArgs {
    /// AWS profile [default: AWS_PROFILE, else default]
    #[arg(long, short, value_name = "NAME", add = clap_complete::ArgValueCompleter::new(crate::app::complete::aws_profiles))]
    profile: Option<String>,
    /// How long the session lasts, such as 1h [default: 12h, roles 1h]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    duration: Option<u32>,
    /// Account that supplies the code [default: the device's]
    #[arg(long, value_name = "NAME", add = clap_complete::ArgValueCompleter::new(crate::app::complete::account_names))]
    account: Option<String>,
}

impl From<ProfileArgs> for Selection {
    fn from(ProfileArgs { profile }: ProfileArgs) -> Self {
        Self {
            profile,
            ..Self::default()
        }
    }
}

impl From<DeviceArgs> for Selection {
    fn from(DeviceArgs { profile, account }: DeviceArgs) -> Self {
        Self {
            account,
            ..profile.into()
        }
    }
}

impl From<SessionArgs> for Selection {
    fn from(args: SessionArgs) -> Self {
        Self {
            profile: args.profile,
            account: args.account,
            duration: args.duration,
        }
    }
}

/// Returns ` --profile NAME --account NAME` for a command to try.
pub(crate) fn options(selection: &Selection) -> String {
    let options = [
        ("profile", &selection.profile),
        ("account", &selection.account),
    ];
    let given = options.into_iter().filter_map(|(option, name)| {
        let name = quoted(Path::new(name.as_ref()?));
        Some(format!(" --{option} {name}"))
    });
    given.collect()
}

/// Replaces the account's name by its id. The name must be a whole name or an id, because this
/// destroys a device without asking. `command` and `end` build the command to try. Fails as
/// [`find_exactly`] does.
pub(crate) fn pin_account(
    vault: &Vault,
    selection: &mut Selection,
    command: &str,
    end: &str,
) -> Result {
    let Some(name) = &selection.account else {
        return Ok(());
    };
    let profile = options(&Selection {
        profile: selection.profile.clone(),
        ..Selection::default()
    });
    let exactly = |name: &str| format!("{command}{profile} --account {name}{end}");
    let id = find_exactly(vault, name, exactly)?.id;
    selection.account = Some(id.to_string());
    Ok(())
}

fn duration(text: &str) -> std::result::Result<u32, String> {
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
