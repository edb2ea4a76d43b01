//! The console's sign-in for federated sessions: a link that signs in with a session.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_enable-console-custom-url.html>

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::signing::form_pair;
use super::{Api, ApiError};
use crate::aws::Credentials;
use crate::aws::partition::Partition;

#[derive(Serialize)]
struct SessionJson<'a> {
    #[serde(rename = "sessionId")]
    id: &'a str,
    #[serde(rename = "sessionKey")]
    key: &'a str,
    #[serde(rename = "sessionToken")]
    token: &'a str,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "SigninToken")]
    token: Zeroizing<String>,
}

/// The URLs of the sign-in service and the console in a partition. Fails if they are unknown.
fn hosts(partition: &str) -> Result<(&'static str, &'static str), ApiError> {
    let hosts = Partition::named(partition).and_then(|partition| partition.console);
    hosts.ok_or_else(|| ApiError::NoConsole(partition.to_owned()))
}

/// Where the console opens, and how long one stays signed in.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Destination<'a> {
    pub(crate) region: Option<&'a str>,
    /// The path of a page, such as `s3/home`; `None` for the start page.
    pub(crate) path: Option<&'a str>,
    /// In seconds. AWS takes it for sessions of `AssumeRole` only.
    pub(crate) seconds: Option<u32>,
}

impl Destination<'_> {
    fn url(&self, console: &str) -> String {
        match (self.path, self.region) {
            (None, None) => console.to_owned(),
            (path, Some(region)) => {
                format!(
                    "{console}{}?region={region}",
                    path.unwrap_or("console/home")
                )
            }
            (Some(path), None) => format!("{console}{path}"),
        }
    }
}

/// Exchanges a session for a sign-in link. The link is a secret for 15 minutes.
pub(crate) fn sign_in_link(
    api: &mut dyn Api,
    keys: &Credentials,
    partition: &str,
    destination: &Destination<'_>,
) -> Result<Zeroizing<String>, ApiError> {
    const ACTION: &str = "getSigninToken";
    let (host, console) = hosts(partition)?;
    let federation = format!("{}/federation", api.endpoints().signin(host)?);
    let not_aws = || ApiError::NotAws {
        action: ACTION,
        endpoint: federation.clone(),
        status: 200,
    };
    let session = SessionJson {
        id: &keys.id,
        key: &keys.secret,
        token: keys.token.as_deref().unwrap_or_default(),
    };
    let session = Zeroizing::new(serde_json::to_string(&session).map_err(|_| not_aws())?);
    let duration = destination.seconds;
    let duration = duration.map(|seconds| format!("&SessionDuration={seconds}"));
    let url = Zeroizing::new(format!(
        "{federation}?Action={ACTION}{}&{}",
        duration.unwrap_or_default(),
        form_pair("Session", &session)
    ));
    let text = api.get(&url, ACTION, &federation)?;
    let Answer { token } = serde_json::from_str(&text).map_err(|_| not_aws())?;
    Ok(Zeroizing::new(format!(
        "{federation}?Action=login&Issuer=mfa&{}&{}",
        form_pair("Destination", &destination.url(console)),
        form_pair("SigninToken", &token)
    )))
}
