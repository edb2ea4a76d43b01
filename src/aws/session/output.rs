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

/// The environment variables that AWS's tools read a session from.
pub(crate) fn variables(session: &Session) -> Vec<(&'static str, &str)> {
    let Session { keys, client, .. } = session;
    let region = &client.profile.region;
    let optional = [
        ("AWS_SESSION_TOKEN", &keys.token),
        ("AWS_CREDENTIAL_EXPIRATION", &keys.expiration),
        ("AWS_REGION", region),
        ("AWS_DEFAULT_REGION", region),
    ];
    let mut variables = vec![
        ("AWS_ACCESS_KEY_ID", keys.id.as_str()),
        ("AWS_SECRET_ACCESS_KEY", keys.secret.as_str()),
    ];
    let present = optional.into_iter();
    variables.extend(present.filter_map(|(name, value)| Some((name, value.as_deref()?))));
    variables
}
