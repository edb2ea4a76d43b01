//! The sign-in endpoint of the console: `GET /federation?Action=getSigninToken&Session={…}`.
//! Its own errors are HTML pages, not XML.

use serde_json::Value;

use super::form::Form;
use super::state::{Principal, State};

/// The sign-in token as JSON, or why there is none.
pub fn sign_in(state: &State, form: &Form) -> Result<String, &'static str> {
    let session = form.get("Session").ok_or("no session")?;
    let session: Value = serde_json::from_str(session).map_err(|_| "not JSON")?;
    let part = |name: &str| session[name].as_str().ok_or("a part is missing");
    let (id, secret, token) = (
        part("sessionId")?,
        part("sessionKey")?,
        part("sessionToken")?,
    );
    let key = state.keys.get(id).ok_or("unknown key")?;
    let known = key.session.as_ref().ok_or("keys that last")?;
    if key.secret != secret || known.token != token || known.expires <= state.clock.now() {
        return Err("not a session");
    }
    if matches!(key.owner, Principal::User(_)) {
        return Err("a session of GetSessionToken cannot sign in");
    }
    let duration = form.number("SessionDuration", 900, 43_200);
    let duration = duration.map_err(|_| "bad duration")?;
    if duration.is_some() && matches!(key.owner, Principal::Federated(_)) {
        return Err("SessionDuration with GetFederationToken");
    }
    Ok(format!("{{\"SigninToken\":\"VCQgs5qZZt3Q6fn8Tr5E{id}\"}}"))
}
