//! Formats a session for other programs.

use serde::Serialize;

use super::Session;
use crate::aws::Credentials;

/// The output of a `credential_process`.
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html>
#[derive(Serialize)]
pub(crate) struct ProcessCredentials<'a> {
    #[serde(rename = "Version")]
    version: u32,
    #[serde(flatten)]
    keys: &'a Credentials,
}

impl<'a> From<&'a Session> for ProcessCredentials<'a> {
    fn from(session: &'a Session) -> Self {
        Self {
            version: 1,
            keys: &session.keys,
        }
    }
}

/// Every variable that [`variables`] may set.
pub(crate) const SET: [&str; 7] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_VAULT",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
];
/// Variables that would override the session: a profile, and the old name of the token.
pub(crate) const OVERRIDING: [&str; 3] =
    ["AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SECURITY_TOKEN"];

/// A variable, and its new value; `None` unsets it.
pub(crate) type Variable<'a> = (&'static str, Option<&'a str>);

/// The environment variables that AWS's tools read a session from, and those that must be unset.
/// Prompts of shells show the profile in `AWS_VAULT`, which is named after the program that set it first.
/// Without a region, the one in the environment stays.
pub(crate) fn variables<'a>(session: &'a Session, region: Option<&'a str>) -> Vec<Variable<'a>> {
    let Session { keys, client, .. } = session;
    let profile = &client.profile;
    let values = [
        Some(keys.id.as_str()),
        Some(keys.secret.as_str()),
        keys.token.as_deref(),
        keys.expiration.as_deref(),
        profile.name.as_deref(),
    ];
    let unset = OVERRIDING.map(|name| (name, None));
    let region = region.or(profile.region.as_deref());
    let regions = SET[values.len()..].iter().map(|name| (*name, region));
    let mut variables: Vec<_> = unset
        .into_iter()
        .chain(SET.into_iter().zip(values))
        .collect();
    // One that an earlier session left would be wrong for this one.
    let is_left = client.files.variable("AWS_VAULT").is_some();
    variables.extend(regions.filter(|_| region.is_some() || is_left));
    variables
}
