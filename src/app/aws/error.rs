//! Converts errors of `crate::aws` for people, with the command to type next.

use std::path::Path;

use crate::app::error::{CommandError, Exit};
use crate::app::hint::Hint;
use crate::aws::Error;
use crate::aws::api::{ApiError, ClockSkew, EndpointError, Refusal};
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
            Error::OfProfile { error, profile } => Self::from(*error).implying("profile", &profile),
            Error::Keys(error) => error.into(),
            Error::Interrupted { error, leftover } => {
                let mut told = Self::from(*error).with_hint(Hint::again());
                told.details.push(leftover.to_string());
                told
            }
            Error::Profile { error, near } => match profile_hint(&error, &near) {
                Some(hint) => told.with_hint(hint).with_details(near),
                None => told,
            },
            Error::SeveralDevices { devices, .. } => {
                told.with_details(devices).with_hint("mfa aws devices")
            }
            Error::NoCodes { devices, .. } => {
                told.with_details(devices).with_hint("mfa aws register")
            }
            Error::NoDevice(_) | Error::SecurityKey(_) => told.with_hint("mfa aws register"),
            Error::DeviceGone(_) | Error::Unproven(_) => told.with_hint(Hint::again()),
            Error::SessionKeys(_) => told.with_hint(Hint::again().option("profile", "NAME")),
            Error::Duration { longest, .. } => {
                told.with_hint(Hint::again().option("duration", &longest.to_string()))
            }
            Error::NoAccount(_) => told.with_hint(Hint::again().option("account", "NAME")),
            Error::Unlisted { .. } => told
                .with_hint("mfa aws policy")
                .with_hint(Hint::again().option("account", "NAME")),
            Error::NeedsMfa { .. }
            | Error::NotEnabled { .. }
            | Error::Full(_)
            | Error::OnlyOwnName(_)
            | Error::NotOfDevice { .. }
            | Error::ForeignDevice { .. } => told.with_hint("mfa aws devices"),
            Error::DeviceExists(_) => {
                told.with_hint(Hint::again().option("device-name", "ANOTHER"))
            }
            Error::Endpoint { error, profile } => match error {
                EndpointError::UnknownRegion(_) | EndpointError::OtherPartition { .. } => {
                    told.with_hint(set_region(profile.as_deref()))
                }
                EndpointError::UnknownPartition(_)
                | EndpointError::WithUrl { .. }
                | EndpointError::NotAnAddress => told,
            },
            Error::RootKeys | Error::NotAUser(_) | Error::Seal(_) | Error::Changed(_) => told,
        }
    }
}

fn set_region(profile: Option<&str>) -> String {
    let profile = profile.map(|name| format!(" --profile {}", quoted(Path::new(name))));
    format!(
        "aws configure set region REGION{}",
        profile.unwrap_or_default()
    )
}

fn profile_hint(error: &ProfileError, near: &[String]) -> Option<Hint> {
    match error {
        ProfileError::NoKeys(name) => {
            let name = quoted(Path::new(name));
            Some(format!("aws configure --profile {name}").into())
        }
        ProfileError::NotInVault(name) => {
            let name = quoted(Path::new(name));
            Some(format!("mfa aws keys add --profile {name}").into())
        }
        ProfileError::Missing(_) => Some(match near.first() {
            Some(nearest) => Hint::again().option("profile", nearest),
            None => "aws configure list-profiles".into(),
        }),
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
                .with_hint("mfa aws devices resync")
        }),
        Refusal::UnknownDevice => failed("AWS does not know this MFA device: mfa_serial is wrong")
            .with_hint("mfa aws devices"),
        Refusal::SessionKeys => failed("these are session credentials; use long-term access keys")
            .with_hint(Hint::again().option("profile", "NAME")),
        Refusal::UnknownKeys => failed(
            "AWS does not know the access key: it is deleted or inactive, or from another \
                 partition",
        ),
        Refusal::Signature => because_of("AWS refused the signature").unwrap_or_else(|| {
            failed("AWS refused the signature: the secret access key does not match the access key")
        }),
        Refusal::Denied => failed(&error.to_string()).with_hint("mfa aws policy"),
        Refusal::Limit => {
            failed(&format!("{error}: a user has at most 8 devices")).with_hint("mfa aws devices")
        }
    }
}
