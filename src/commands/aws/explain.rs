//! AWS's refusals as sentences with a next step.

use std::path::Path;

use crate::app::error::{CommandError, Exit};
use crate::aws::error::AwsError;
use crate::aws::profile::ProfileError;
use crate::vault::storage::quoted;

/// A clock that is off by more seconds than this is mentioned.
const NOTICED: i64 = 10;
/// AWS takes the codes of one step before and after.
const TOO_MUCH: i64 = 30;

/// What to tell of a clock that is `ahead` seconds behind AWS's.
pub fn clock_note(ahead: Option<i64>) -> Option<String> {
    let ahead = ahead.filter(|ahead| ahead.abs() > NOTICED)?;
    let (seconds, direction) = (
        ahead.unsigned_abs(),
        if ahead > 0 { "behind" } else { "ahead of" },
    );
    Some(format!(
        "this machine's clock is {seconds} s {direction} AWS's"
    ))
}

/// Whether a clock that is `ahead` seconds behind AWS's explains why a code was refused.
pub fn is_beyond_window(ahead: Option<i64>) -> bool {
    ahead.is_some_and(|ahead| ahead.abs() > TOO_MUCH)
}

/// A refusal, told.
pub fn explain(error: &AwsError, ahead: Option<i64>) -> CommandError {
    let failed = |text: String| CommandError::new(Exit::Failed, text);
    let clock = clock_note(ahead).filter(|_| is_beyond_window(ahead));
    let wrong_code = error.said("invalid MFA one time pass code")
        || error.code() == Some("InvalidAuthenticationCode");
    if wrong_code {
        return match clock {
            Some(clock) => failed(format!("AWS took no code: {clock}; set it right")),
            None => {
                failed("AWS took no code: it is wrong, or was used already elsewhere".to_owned())
                    .with_hint("mfa aws resync")
            }
        };
    }
    if error.said("unable to validate MFA code") {
        return failed(
            "AWS knows no such MFA device for these keys: mfa_serial is wrong".to_owned(),
        )
        .with_hint("mfa aws devices");
    }
    if error.said("Cannot call GetSessionToken with session credentials") {
        return failed(
            "these keys are those of a session already; long-term keys are needed".to_owned(),
        )
        .with_hint("mfa aws login --profile NAME");
    }
    match error.code() {
        Some("InvalidClientTokenId" | "UnrecognizedClientException") => failed(
            "AWS does not know the access key: it was deleted, or is of another partition"
                .to_owned(),
        ),
        Some("SignatureDoesNotMatch" | "RequestExpired") => match clock {
            Some(clock) => failed(format!("AWS refused the signature: {clock}; set it right")),
            None => failed(
                "AWS refused the signature: the secret key does not fit the access key".to_owned(),
            ),
        },
        Some("AccessDenied") => failed(error.to_string()).with_hint("mfa aws policy"),
        Some("LimitExceeded") => {
            failed(format!("{error}: a user has at most 8 devices")).with_hint("mfa aws devices")
        }
        _ => failed(error.to_string()),
    }
}

impl From<ProfileError> for CommandError {
    fn from(error: ProfileError) -> Self {
        let hint = match &error {
            ProfileError::NoKeys(name) => Some(format!(
                "aws configure --profile {}",
                quoted(Path::new(name))
            )),
            ProfileError::Missing(_) => Some("aws configure list-profiles".to_owned()),
            _ => None,
        };
        let error = Self::new(Exit::Failed, error.to_string());
        match hint {
            Some(hint) => error.with_hint(hint),
            None => error,
        }
    }
}
