//! STS: sessions, and the identity of keys.
//! <https://docs.aws.amazon.com/STS/latest/APIReference/>

use serde::Deserialize;

use super::{Api, ApiError, Call, Service, ask};
use crate::aws::config::Role;
use crate::aws::{Credentials, visible};

/// The ARN of a device, and a code of it.
#[derive(Clone, Copy)]
pub(crate) struct Mfa<'a> {
    /// ARN of the device.
    pub(crate) serial: &'a str,
    /// A code that was never sent before.
    pub(crate) code: &'a str,
}

/// The identity of keys.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Caller {
    /// `arn:aws:iam::123456789012:user/alice`, or that of an assumed role.
    #[serde(rename = "Arn", deserialize_with = "visible")]
    pub(crate) arn: String,
    /// 12 digits.
    #[serde(rename = "Account", deserialize_with = "visible")]
    pub(crate) account: String,
}

#[derive(Deserialize)]
struct SessionAnswer {
    #[serde(rename = "GetSessionTokenResult", alias = "AssumeRoleResult")]
    result: SessionResult,
}

#[derive(Deserialize)]
struct SessionResult {
    #[serde(rename = "Credentials")]
    keys: Credentials,
}

#[derive(Deserialize)]
struct CallerAnswer {
    #[serde(rename = "GetCallerIdentityResult")]
    result: Caller,
}

/// A session of the keys' own user, for `seconds`.
///
/// # Errors
/// [`ApiError`].
pub(crate) fn get_session_token(
    api: &mut dyn Api,
    keys: &Credentials,
    mfa: Option<Mfa<'_>>,
    seconds: u32,
) -> Result<Credentials, ApiError> {
    let seconds = seconds.to_string();
    let mut parameters = vec![("DurationSeconds", seconds.as_str())];
    add_mfa(&mut parameters, mfa);
    let answer: SessionAnswer = ask(api, &call("GetSessionToken", &parameters), keys)?;
    Ok(answer.result.keys)
}

/// A session of a role by the name `session`, for `seconds`.
///
/// # Errors
/// [`ApiError`].
pub(crate) fn assume_role(
    api: &mut dyn Api,
    keys: &Credentials,
    role: &Role,
    session: &str,
    mfa: Option<Mfa<'_>>,
    seconds: u32,
) -> Result<Credentials, ApiError> {
    let seconds = seconds.to_string();
    let mut parameters = vec![
        ("RoleArn", role.arn.as_str()),
        ("RoleSessionName", session),
        ("DurationSeconds", seconds.as_str()),
    ];
    if let Some(id) = &role.external_id {
        parameters.push(("ExternalId", id));
    }
    add_mfa(&mut parameters, mfa);
    let answer: SessionAnswer = ask(api, &call("AssumeRole", &parameters), keys)?;
    Ok(answer.result.keys)
}

/// Asks whom the keys belong to.
///
/// # Errors
/// [`ApiError`].
pub(crate) fn get_caller_identity(
    api: &mut dyn Api,
    keys: &Credentials,
) -> Result<Caller, ApiError> {
    let call = Call {
        is_repeatable: true,
        ..call("GetCallerIdentity", &[])
    };
    let answer: CallerAnswer = ask(api, &call, keys)?;
    Ok(answer.result)
}

fn add_mfa<'a>(parameters: &mut Vec<(&'a str, &'a str)>, mfa: Option<Mfa<'a>>) {
    if let Some(Mfa { serial, code }) = mfa {
        parameters.push(("SerialNumber", serial));
        parameters.push(("TokenCode", code));
    }
}

const fn call<'a>(action: &'static str, parameters: &'a [(&'a str, &'a str)]) -> Call<'a> {
    Call {
        service: Service::Sts,
        action,
        parameters,
        is_repeatable: false,
    }
}
