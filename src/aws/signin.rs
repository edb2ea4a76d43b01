//! AWS's console: a link that signs in with a session.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::client::{Client, form_pair};
use super::error::AwsError;
use super::keys::Keys;

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

/// The names of the sign-in service and of the console in a partition.
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

/// Asks for a sign-in token, and makes the link of it. The link is a secret for 15 minutes.
///
/// # Errors
/// [`AwsError`].
pub fn link(
    client: &mut Client,
    keys: &Keys,
    partition: &str,
    region: Option<&str>,
) -> Result<Zeroizing<String>, AwsError> {
    let (host, console) = hosts(partition);
    let host = client
        .endpoints
        .signin
        .clone()
        .unwrap_or_else(|| host.to_owned());
    let session = SessionJson {
        id: &keys.id,
        key: &keys.secret,
        token: keys.token.as_deref().unwrap_or_default(),
    };
    let session = Zeroizing::new(serde_json::to_string(&session).unwrap_or_default());
    let federation = format!("{}/federation", host.trim_end_matches('/'));
    let asked = Zeroizing::new(format!(
        "{federation}?Action=getSigninToken&{}",
        form_pair("Session", &session)
    ));
    let text = client.get(&asked, "getSigninToken", &federation)?;
    let Answer { token } = serde_json::from_str(&text).map_err(|_| AwsError::NotAws {
        action: "getSigninToken",
        endpoint: federation.clone(),
        status: 200,
    })?;
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
