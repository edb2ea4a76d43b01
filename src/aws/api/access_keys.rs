//! IAM: the access keys of a user.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html>

use std::time::Duration;

use backon::{BlockingRetryable, ConstantBuilder};
use serde::Deserialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use zeroize::Zeroizing;

use super::sts::{self, Caller};
use super::{Api, ApiError, Call, Refusal, Service, ask, tell};
use crate::aws::{Credentials, visible};
use crate::vault::AccessKey;

/// A new key works within seconds. It is tried this often, once a second.
const TRIES: usize = 60;

/// A key of a user, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct ListedKey {
    #[serde(rename = "AccessKeyId", deserialize_with = "visible")]
    pub(crate) id: String,
    /// As AWS writes it: `Active` or `Inactive`.
    #[serde(rename = "Status", default)]
    pub(crate) status: String,
    #[serde(rename = "CreateDate", default)]
    created: String,
}

impl ListedKey {
    /// When it was made, in Unix seconds by AWS's clock.
    pub(crate) fn created(&self) -> Option<u64> {
        let time = OffsetDateTime::parse(&self.created, &Rfc3339).ok()?;
        u64::try_from(time.unix_timestamp()).ok()
    }
}

#[derive(Deserialize)]
struct CreateAnswer {
    #[serde(rename = "CreateAccessKeyResult")]
    result: CreateResult,
}

#[derive(Deserialize)]
struct CreateResult {
    #[serde(rename = "AccessKey")]
    key: CreatedXml,
}

#[derive(Deserialize)]
struct CreatedXml {
    #[serde(rename = "AccessKeyId")]
    id: String,
    #[serde(rename = "SecretAccessKey")]
    secret: Zeroizing<String>,
}

#[derive(Deserialize)]
struct ListAnswer {
    #[serde(rename = "ListAccessKeysResult")]
    result: ListResult,
}

#[derive(Deserialize)]
struct ListResult {
    #[serde(rename = "AccessKeyMetadata", default)]
    keys: Members,
}

#[derive(Deserialize, Default)]
struct Members {
    #[serde(rename = "member", default)]
    member: Vec<ListedKey>,
}

/// Makes a second key for a user. AWS returns its secret only here.
pub(crate) fn create(
    api: &mut dyn Api,
    keys: &Credentials,
    user: &str,
) -> Result<AccessKey, ApiError> {
    let action = "CreateAccessKey";
    let parameters = [("UserName", user)];
    let call = call(action, &parameters, false);
    let CreatedXml { id, secret } = ask::<CreateAnswer>(api, &call, keys)?.result.key;
    AccessKey::new(&id, &secret).ok_or_else(|| ApiError::NotAws {
        action,
        endpoint: api.endpoints().of(Service::Iam).0,
        status: 200,
    })
}

/// Lists the keys of a user. AWS allows two, so there is one page.
pub(crate) fn list(
    api: &mut dyn Api,
    keys: &Credentials,
    user: &str,
) -> Result<Vec<ListedKey>, ApiError> {
    let parameters = [("UserName", user)];
    let call = call("ListAccessKeys", &parameters, true);
    Ok(ask::<ListAnswer>(api, &call, keys)?.result.keys.member)
}

/// Makes a key inactive: it works no longer, but can be made active again.
pub(crate) fn deactivate(
    api: &mut dyn Api,
    keys: &Credentials,
    user: &str,
    id: &str,
) -> Result<(), ApiError> {
    let parameters = [
        ("UserName", user),
        ("AccessKeyId", id),
        ("Status", "Inactive"),
    ];
    gone_is_done(tell(api, &call("UpdateAccessKey", &parameters, true), keys))
}

pub(crate) fn delete(
    api: &mut dyn Api,
    keys: &Credentials,
    user: &str,
    id: &str,
) -> Result<(), ApiError> {
    let parameters = [("UserName", user), ("AccessKeyId", id)];
    gone_is_done(tell(api, &call("DeleteAccessKey", &parameters, true), keys))
}

/// Proves that a key works, with a signed call. A new key takes some seconds until AWS knows it.
pub(crate) fn prove(api: &mut dyn Api, key: &AccessKey) -> Result<Caller, ApiError> {
    let keys: Credentials = key.into();
    settled(|| sts::get_caller_identity(api, &keys))
}

/// Repeats a call while AWS does not know its key.
pub(crate) fn settled<T>(call: impl FnMut() -> Result<T, ApiError>) -> Result<T, ApiError> {
    let pauses = ConstantBuilder::default()
        .with_delay(Duration::from_secs(1))
        .with_max_times(TRIES);
    call.retry(pauses)
        .when(|error: &ApiError| error.refusal() == Some(Refusal::UnknownKeys))
        .call()
}

/// A key that is gone needs no further step.
fn gone_is_done(result: Result<(), ApiError>) -> Result<(), ApiError> {
    match result {
        Err(error) if error.code() == Some("NoSuchEntity") => Ok(()),
        result => result,
    }
}

const fn call<'a>(
    action: &'static str,
    parameters: &'a [(&'a str, &'a str)],
    is_repeatable: bool,
) -> Call<'a> {
    Call {
        service: Service::Iam,
        action,
        parameters,
        is_repeatable,
    }
}
