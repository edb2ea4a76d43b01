//! The console's sign-in for federated sessions: a link that signs in with a session.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_enable-console-custom-url.html>

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::signing::form_pair;
use super::{Api, ApiError};
use crate::aws::Credentials;

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

/// The URLs of the sign-in service and the console in a partition.
fn hosts(partition: &str) -> (&'static str, &'static str) {
    match partition {
        "aws-cn" => (
            "https://signin.amazonaws.cn",
            "https://console.amazonaws.cn/",
        ),
        "aws-us-gov" => (
            "https://signin.amazonaws-us-gov.com",
            "https://console.amazonaws-us-gov.com/",
        ),
        _ => (
            "https://signin.aws.amazon.com",
            "https://console.aws.amazon.com/",
        ),
    }
}

/// Exchanges a role's session for a sign-in link. The link is a secret for 15 minutes.
pub(crate) fn sign_in_link(
    api: &mut dyn Api,
    keys: &Credentials,
    partition: &str,
    region: Option<&str>,
) -> Result<Zeroizing<String>, ApiError> {
    const ACTION: &str = "getSigninToken";
    let (host, console) = hosts(partition);
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
    let url = Zeroizing::new(format!(
        "{federation}?Action={ACTION}&{}",
        form_pair("Session", &session)
    ));
    let text = api.get(&url, ACTION, &federation)?;
    let Answer { token } = serde_json::from_str(&text).map_err(|_| not_aws())?;
    let destination = match region {
        Some(region) => format!("{console}console/home?region={region}"),
        None => console.to_owned(),
    };
    Ok(Zeroizing::new(format!(
        "{federation}?Action=login&Issuer=mfa&{}&{}",
        form_pair("Destination", &destination),
        form_pair("SigninToken", &token)
    )))
}
