//! STS: sessions, and who somebody is.
//! <https://docs.aws.amazon.com/STS/latest/APIReference/>

use serde::Deserialize;

use super::client::{Api, Call};
use super::endpoint::Service;
use super::error::AwsError;
use super::keys::Keys;
use super::profile::Role;

/// A device and a code of it.
#[derive(Clone, Copy)]
pub struct Mfa<'a> {
    /// ARN of the device.
    pub serial: &'a str,
    /// A code that was never sent before.
    pub code: &'a str,
}

/// Who the keys belong to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Caller {
    /// `arn:aws:iam::123456789012:user/alice`, or that of an assumed role.
    #[serde(rename = "Arn")]
    pub arn: String,
    /// 12 digits.
    #[serde(rename = "Account")]
    pub account: String,
}

#[derive(Deserialize)]
struct SessionAnswer {
    #[serde(rename = "GetSessionTokenResult", alias = "AssumeRoleResult")]
    result: SessionResult,
}

#[derive(Deserialize)]
struct SessionResult {
    #[serde(rename = "Credentials")]
    keys: Keys,
}

#[derive(Deserialize)]
struct CallerAnswer {
    #[serde(rename = "GetCallerIdentityResult")]
    result: Caller,
}

/// A session of the user itself, for `seconds`.
///
/// # Errors
/// [`AwsError`].
pub fn get_session_token(
    api: &mut impl Api,
    keys: &Keys,
    mfa: Option<Mfa<'_>>,
    seconds: u32,
) -> Result<Keys, AwsError> {
    let seconds = seconds.to_string();
    let mut parameters = vec![("DurationSeconds", seconds.as_str())];
    add_mfa(&mut parameters, mfa);
    let answer: SessionAnswer = api.ask(&call("GetSessionToken", &parameters), keys)?;
    Ok(answer.result.keys)
}

/// A session of a role.
///
/// # Errors
/// [`AwsError`].
pub fn assume_role(
    api: &mut impl Api,
    keys: &Keys,
    role: &Role,
    session: &str,
    mfa: Option<Mfa<'_>>,
    seconds: u32,
) -> Result<Keys, AwsError> {
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
    let answer: SessionAnswer = api.ask(&call("AssumeRole", &parameters), keys)?;
    Ok(answer.result.keys)
}

/// Who the keys belong to.
///
/// # Errors
/// [`AwsError`].
pub fn get_caller_identity(api: &mut impl Api, keys: &Keys) -> Result<Caller, AwsError> {
    let call = Call {
        again: true,
        ..call("GetCallerIdentity", &[])
    };
    let answer: CallerAnswer = api.ask(&call, keys)?;
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
        again: false,
    }
}
