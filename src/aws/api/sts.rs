//! STS: sessions, and the identity of keys.
//! <https://docs.aws.amazon.com/STS/latest/APIReference/>

use serde::Deserialize;

use super::{Api, ApiError, Call, Missing, Service, ask};
use crate::aws::config::Role;
use crate::aws::{Credentials, visible};

/// Proof that the caller has a device.
#[derive(Clone, Copy)]
pub(crate) struct Mfa<'a> {
    pub(crate) serial: &'a str,
    /// A code that was never sent before; AWS accepts each once.
    pub(crate) code: &'a str,
}

/// Who a pair of keys belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Caller {
    /// Such as `arn:aws:iam::123456789012:user/alice`; for a session, that of the assumed role.
    #[serde(rename = "Arn", deserialize_with = "visible")]
    pub(crate) arn: String,
    /// The AWS account's id: 12 digits.
    #[serde(rename = "Account", deserialize_with = "visible")]
    pub(crate) account: String,
}

#[derive(Deserialize)]
struct SessionAnswer {
    #[serde(
        rename = "GetSessionTokenResult",
        alias = "AssumeRoleResult",
        alias = "GetFederationTokenResult"
    )]
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

/// Gets a session of the keys' own user, for `seconds`.
pub(crate) fn get_session_token(
    api: &mut dyn Api,
    keys: &Credentials,
    mfa: Option<Mfa<'_>>,
    seconds: u32,
) -> Result<Credentials, ApiError> {
    let seconds = seconds.to_string();
    let mut parameters = vec![("DurationSeconds", seconds.as_str())];
    add_mfa(&mut parameters, mfa);
    complete_session(api, &call("GetSessionToken", &parameters), keys)
}

/// Gets a session of a role for `seconds`. `session` is its name in AWS's logs.
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
    if let Some(identity) = &role.source_identity {
        parameters.push(("SourceIdentity", identity));
    }
    let tags = tag_parameters(role);
    parameters.extend(tags.iter().map(|(name, value)| (name.as_str(), *value)));
    add_mfa(&mut parameters, mfa);
    complete_session(api, &call("AssumeRole", &parameters), keys)
}

/// Sends a call that answers with a session, and checks that the session is complete.
pub(super) fn complete_session(
    api: &mut dyn Api,
    call: &Call<'_>,
    keys: &Credentials,
) -> Result<Credentials, ApiError> {
    let answer: SessionAnswer = ask(api, call, keys)?;
    let session = answer.result.keys;
    let missing = match (&session.token, session.expires()) {
        (Some(_), Some(_)) => return Ok(session),
        (None, _) => Missing::Token,
        (_, None) => Missing::Expiration,
    };
    Err(ApiError::Incomplete {
        action: call.action,
        endpoint: api.endpoints().of(call.service).0,
        what: missing,
    })
}

/// Gets a session that AWS's console accepts, for `seconds`. It has the user's own rights: what this
/// policy allows is cut down to them. It has no MFA. Needs long-term keys.
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html>
pub(crate) fn get_federation_token(
    api: &mut dyn Api,
    keys: &Credentials,
    name: &str,
    seconds: u32,
) -> Result<Credentials, ApiError> {
    const ALL: &str =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    // The longest name that AWS allows.
    let name: String = name.chars().take(32).collect();
    let seconds = seconds.to_string();
    let parameters = [
        ("Name", name.as_str()),
        ("Policy", ALL),
        ("DurationSeconds", &seconds),
    ];
    let call = Call {
        is_repeatable: true,
        ..call("GetFederationToken", &parameters)
    };
    let answer: SessionAnswer = ask(api, &call, keys)?;
    Ok(answer.result.keys)
}

/// The session's tags as the Query protocol numbers them.
fn tag_parameters(role: &Role) -> Vec<(String, &str)> {
    let mut parameters = Vec::new();
    for (number, (key, value)) in (1..).zip(&role.session_tags) {
        parameters.push((format!("Tags.member.{number}.Key"), key.as_str()));
        parameters.push((format!("Tags.member.{number}.Value"), value.as_str()));
    }
    let keys = (1..).zip(&role.transitive_tags);
    parameters.extend(keys.map(|(n, key)| (format!("TransitiveTagKeys.member.{n}"), key.as_str())));
    parameters
}

/// Asks who the keys belong to.
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
