//! Converts errors of `crate::aws` for people, with the command to type next.

use std::path::Path;

use crate::app::error::{CommandError, Exit};
use crate::aws::Error;
use crate::aws::api::{ApiError, ClockSkew, Refusal};
use crate::aws::config::ProfileError;
use crate::vault::storage::quoted;

impl From<Error> for CommandError {
    fn from(error: Error) -> Self {
        let kind = match &error {
            Error::Duration { .. } => Exit::Usage,
            Error::NoAccount(_) | Error::NoDevice(_) | Error::NoCodes { .. } => Exit::NotFound,
            Error::SeveralDevices { .. } => Exit::Ambiguous,
            _ => Exit::Failed,
        };
        let told = Self::new(kind, error.to_string());
        match error {
            Error::Api { error, clock_skew } => explained(&error, clock_skew),
            Error::OfProfile { error, profile } => of_profile((*error).into(), &profile),
            Error::Keys(error) => error.into(),
            Error::Interrupted { error, leftover } => {
                let mut told = Self::from(*error).with_hint("mfa aws register");
                told.details.push(leftover.to_string());
                told
            }
            Error::Profile { error, near } => match profile_hint(&error) {
                Some(hint) => told.with_hint(hint).with_details(near),
                None => told,
            },
            Error::SeveralDevices { devices, .. } => {
                told.with_details(devices).with_hint("mfa aws devices")
            }
            Error::NoCodes { devices, .. } => {
                told.with_details(devices).with_hint("mfa aws register")
            }
            Error::NoDevice(_) | Error::SecurityKey(_) | Error::DeviceGone(_) => {
                told.with_hint("mfa aws register")
            }
            Error::SessionKeys(_) => told.with_hint("mfa aws login --profile NAME"),
            Error::Duration { longest, .. } => {
                told.with_hint(format!("mfa aws login --duration {longest}"))
            }
            Error::NoAccount(_) => told.with_hint("mfa aws login --account NAME"),
            Error::NeedsMfa { .. }
            | Error::OnlyOwnName(_)
            | Error::NotOfDevice { .. }
            | Error::ForeignDevice { .. } => told.with_hint("mfa aws devices"),
            Error::DeviceExists(_) => told.with_hint("mfa aws register --device-name ANOTHER"),
            Error::Unproven(_) => told.with_hint("mfa aws rotate"),
            Error::RootKeys | Error::NotAUser(_) | Error::Seal(_) => told,
        }
    }
}

/// Adds the profile to the commands to try.
fn of_profile(mut error: CommandError, profile: &str) -> CommandError {
    for hint in &mut error.hints {
        if hint.starts_with("mfa aws ") && !hint.contains("--profile") && !hint.ends_with("policy")
        {
            hint.push_str(" --profile ");
            hint.push_str(&quoted(Path::new(profile)));
        }
    }
    error
}

fn profile_hint(error: &ProfileError) -> Option<String> {
    match error {
        ProfileError::NoKeys(name) => {
            let name = quoted(Path::new(name));
            Some(format!("aws configure --profile {name}"))
        }
        ProfileError::Missing(_) => Some("aws configure list-profiles".to_owned()),
        _ => None,
    }
}

/// Explains a refusal in a sentence with a next step. Names a clock that is wrong, if that explains
/// it.
fn explained(error: &ApiError, clock_skew: Option<ClockSkew>) -> CommandError {
    let failed = |text: &str| CommandError::new(Exit::Failed, text);
    let skew = clock_skew.filter(|skew| skew.is_beyond_codes());
    let because_of =
        |what: &str| skew.map(|skew| failed(&format!("{what}: {skew}; correct the clock")));
    let Some(refusal) = error.refusal() else {
        return failed(&error.to_string());
    };
    match refusal {
        Refusal::WrongCode => because_of("AWS rejected the code").unwrap_or_else(|| {
            failed("AWS rejected the code: it is wrong, or was already used elsewhere")
                .with_hint("mfa aws resync")
        }),
        Refusal::UnknownDevice => failed("AWS does not know this MFA device: mfa_serial is wrong")
            .with_hint("mfa aws devices"),
        Refusal::SessionKeys => failed("these are session credentials; use long-term access keys")
            .with_hint("mfa aws login --profile NAME"),
        Refusal::UnknownKeys => {
            failed("AWS does not know the access key: it was deleted, or is from another partition")
        }
        Refusal::Signature => because_of("AWS refused the signature").unwrap_or_else(|| {
            failed("AWS refused the signature: the secret access key does not match the access key")
        }),
        Refusal::Denied => failed(&error.to_string()).with_hint("mfa aws policy"),
        Refusal::Limit => {
            failed(&format!("{error}: a user has at most 8 devices")).with_hint("mfa aws devices")
        }
    }
}
