//! Arguments that several commands of `mfa aws` take.

use std::path::Path;

use crate::app::error::Result;
use crate::app::select::find_exactly;
use crate::aws::Selection;
use crate::vault::Vault;
use crate::vault::storage::quoted;

/// The option that selects a profile.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct ProfileArgs {
    /// AWS profile [default: AWS_PROFILE, else default]
    #[arg(long, short, value_name = "NAME", add = clap_complete::ArgValueCompleter::new(crate::app::complete::aws_profiles))]
    profile: Option<String>,
}

/// The options that select a device of a profile's user.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct DeviceArgs {
    #[command(flatten)]
    profile: ProfileArgs,
    /// Account of the device [default: the profile's]
    #[arg(long, value_name = "NAME", add = clap_complete::ArgValueCompleter::new(crate::app::complete::account_names))]
    account: Option<String>,
}

/// The options that select a session of a profile.
#[derive(Debug, Clone, Default, clap::Args)]
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

/// The option that sets the region for other programs.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct RegionArgs {
    /// AWS region [default: the profile's]
    #[arg(long, value_name = "NAME", value_parser = region)]
    region: Option<String>,
}

impl RegionArgs {
    /// The region, if one was given.
    pub(crate) fn name(&self) -> Option<&str> {
        self.region.as_deref()
    }
}

impl SessionArgs {
    /// For a profile that was picked.
    pub(crate) fn of(profile: String) -> Self {
        Self {
            profile: Some(profile),
            ..Self::default()
        }
    }
}

impl From<SessionArgs> for DeviceArgs {
    fn from(args: SessionArgs) -> Self {
        Self {
            profile: ProfileArgs {
                profile: args.profile,
            },
            account: args.account,
        }
    }
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

/// Such as `eu-west-1`: a region is part of addresses.
fn region(text: &str) -> std::result::Result<String, String> {
    let is_allowed = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '-');
    if (1..=63).contains(&text.len()) && text.chars().all(is_allowed) && !text.starts_with('-') {
        return Ok(text.to_owned());
    }
    Err("not a region, such as eu-west-1".to_owned())
}

fn duration(text: &str) -> std::result::Result<u32, String> {
    seconds(text)
        .filter(|seconds| (900..=129_600).contains(seconds))
        .ok_or_else(|| "give 15m to 36h".to_owned())
}

/// How long one stays signed in to the console.
pub(crate) fn console_duration(text: &str) -> std::result::Result<u32, String> {
    seconds(text)
        .filter(|seconds| (900..=43_200).contains(seconds))
        .ok_or_else(|| "give 15m to 12h".to_owned())
}

fn seconds(text: &str) -> Option<u32> {
    let seconds = match text.parse::<u64>() {
        Ok(seconds) => seconds,
        Err(_) => humantime::parse_duration(text).ok()?.as_secs(),
    };
    u32::try_from(seconds).ok()
}

/// The path of a page of the console, such as `s3/home`, from a path or the name of a service.
pub(crate) fn console_page(text: &str) -> std::result::Result<String, String> {
    let path = text.trim_matches('/');
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let is_part = |part: &str| !part.is_empty() && part.chars().all(is_allowed);
    if path.len() > 200 || !path.split('/').all(is_part) {
        return Err("not a service, such as s3, or a path, such as /s3/home".to_owned());
    }
    Ok(if path.contains('/') {
        path.to_owned()
    } else {
        format!("{path}/home")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_a_service_or_a_path() {
        assert_eq!(console_page("s3").unwrap(), "s3/home");
        assert_eq!(console_page("/s3/home").unwrap(), "s3/home");
        assert_eq!(console_page("ec2/v2/home/").unwrap(), "ec2/v2/home");
        for bad in [
            "",
            "/",
            "//evil.example",
            "s3/../x",
            "s3?a=b",
            "s3#x",
            "a b",
            "@x",
        ] {
            assert!(console_page(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_region_is_a_part_of_an_address() {
        for good in ["eu-west-1", "us-gov-east-1", "eusc-de-east-1"] {
            assert_eq!(region(good).unwrap(), good);
        }
        for bad in [
            "",
            "-x",
            "eu.west",
            "eu/west",
            "EU",
            "eu west",
            &"a".repeat(64),
        ] {
            assert!(region(bad).is_err(), "{bad}");
        }
    }
}
