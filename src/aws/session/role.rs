//! Sessions of roles, by `AssumeRole`: from the user's MFA session, so that many roles need one code.

use super::Request;
use super::cache::{CacheKey, Cached};
use super::code::with_fresh_code;
use super::duration::DEFAULT_ROLE_SECONDS;
use super::turn::{Topic, share};
use super::user::{keep, link, user_session};
use crate::aws::api::sts::{self, Mfa};
use crate::aws::api::{ApiError, Refusal};
use crate::aws::config::Role;
use crate::aws::{Credentials, Host, Notice, OpenVault, ProfileClient};

/// After this time, in seconds, a refusal may mean that the role needs a newer MFA
/// (`aws:MultiFactorAuthAge`).
const NEW_SECONDS: u64 = 60;

/// A session of the client's role, and whether it is new.
pub(super) fn role_session<H: Host>(
    host: &mut H,
    client: &mut ProfileClient,
    open: &OpenVault,
    request: &Request<'_>,
    key: &CacheKey,
    role: &Role,
) -> Result<(Cached, bool), H::Error> {
    let file = key.file();
    let topic = Topic {
        file: &file,
        lock: &file,
        renew: request.renew,
    };
    let from_cache = |host: &H| request.cached(host, open, key);
    share(host, client, open, &topic, from_cache, |host, client| {
        let keys = client.keys(host)?;
        let seconds = request.seconds.unwrap_or(DEFAULT_ROLE_SECONDS);
        let (session, seconds) = if keys.is_session() {
            // The code was given when that session was made.
            let seconds = seconds.min(DEFAULT_ROLE_SECONDS);
            (assume(client, role, &keys, None, seconds), seconds)
        } else {
            let session = with_long_term_keys(host, client, open, request, role, &keys, seconds)?;
            (session, seconds)
        };
        let session = client.checked(host, session)?;
        keep(host, client, open, key, session, seconds)
    })
}

fn with_long_term_keys<H: Host>(
    host: &mut H,
    client: &mut ProfileClient,
    open: &OpenVault,
    request: &Request<'_>,
    role: &Role,
    keys: &Credentials,
    seconds: u32,
) -> Result<Result<Credentials, ApiError>, H::Error> {
    let Some((serial, account)) = request.device(host, client, open, keys)? else {
        return Ok(assume(client, role, keys, None, seconds));
    };
    if seconds <= DEFAULT_ROLE_SECONDS {
        let user = Request {
            serial: Some(serial.clone()),
            named: request.named,
            ..Request::default()
        };
        let from_session = from_user_session(host, client, open, user, role, seconds)?;
        if let Some(session) = from_session {
            return Ok(session);
        }
        host.notify(&Notice::NeedsNewCode);
    }
    let session = with_fresh_code(host, client, account, |client, code| {
        let serial = &serial;
        assume(client, role, keys, Some(Mfa { serial, code }), seconds)
    })?;
    if session.is_ok() {
        link(host, client, account, serial)?;
    }
    Ok(session)
}

/// Assumes the role from the user's MFA session. `None` if AWS refuses it and the session is so old that
/// the role may need a newer MFA.
fn from_user_session<H: Host>(
    host: &mut H,
    client: &mut ProfileClient,
    open: &OpenVault,
    mut user: Request<'_>,
    role: &Role,
    seconds: u32,
) -> Result<Option<Result<Credentials, ApiError>>, H::Error> {
    let (mut base, mut is_new) = user_session(host, client, open, &user)?;
    let mut session = assume(client, role, &base.keys, None, seconds);
    if !is_new && session.as_ref().is_err_and(ApiError::is_of_dead_session) {
        // Its device was replaced, or its access key.
        user.dead = Some(base.keys.id.clone());
        (base, is_new) = user_session(host, client, open, &user)?;
        session = assume(client, role, &base.keys, None, seconds);
    }
    let is_denied = |error: &ApiError| error.refusal() == Some(Refusal::Denied);
    let age = host.unix_seconds().saturating_sub(base.since);
    let is_old = !is_new && age > NEW_SECONDS;
    Ok(Some(session).filter(|session| !(is_old && session.as_ref().is_err_and(is_denied))))
}

fn assume(
    client: &mut ProfileClient,
    role: &Role,
    keys: &Credentials,
    mfa: Option<Mfa<'_>>,
    seconds: u32,
) -> Result<Credentials, ApiError> {
    let name = role.session_name.as_deref().unwrap_or("mfa");
    sts::assume_role(&mut *client.api, keys, role, name, mfa, seconds)
}
