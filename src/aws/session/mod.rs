//! MFA and role sessions: from the cache, or from AWS with a fresh code.
//!
//! Every command calls [`session`]. [`obtain`] looks into the cache, and lets only one caller at a time
//! ask AWS. [`issue`](mod@issue) asks, and alone decides with which keys and which code. [`cache`] seals
//! sessions with the vault's key. [`output`] formats them for other programs.

pub(crate) mod cache;
mod duration;
mod issue;
pub(crate) mod output;
#[cfg(test)]
mod tests;

use super::arn::Arn;
use super::config::Source;
use super::{Credentials, Error, Host, OpenVault, ProfileClient, Selection, lookup};
use crate::otp::Account;
use cache::{CacheKey, Cached};

pub(crate) use duration::DEFAULT_STS_SECONDS;

/// AWS's tools refresh credentials this long before they expire.
const REFRESH_SECONDS: u64 = 15 * 60;

/// A session, and the profile that it belongs to.
pub(crate) struct Session {
    pub(crate) keys: Credentials,
    pub(crate) client: ProfileClient,
    /// Whether it is new, and not from the cache.
    pub(crate) is_new: bool,
}

/// What to look for in the cache, or ask AWS for.
pub(crate) struct Request<'a> {
    /// The device's ARN, if it is known.
    pub(crate) serial: Option<String>,
    /// Accounts of the user's other devices; their cached sessions can be used too.
    pub(crate) alternatives: Vec<&'a Account>,
    /// The length in seconds.
    pub(crate) seconds: u32,
    /// The account that the person named for the codes.
    pub(crate) named: Option<&'a Account>,
    /// Whether to ask AWS even if a cached session is valid.
    pub(crate) renew: bool,
}

/// A session of a profile, valid for at least 15 more minutes, from the cache or from AWS.
pub(crate) fn session<H: Host>(
    host: &mut H,
    selection: &Selection,
    renew: bool,
) -> Result<Session, H::Error> {
    let mut client = ProfileClient::new(host, selection.profile.as_deref())?;
    if let Some(source) = client.profile.source_role.clone() {
        let source = Selection {
            profile: Some(source),
            account: selection.account.clone(),
            duration: None,
        };
        client.chain_from(session(host, &source, false)?.keys);
    }
    let open = host.open_vault()?;
    let named = lookup::named_account(host, &open.vault, selection)?;
    let request = Request {
        serial: lookup::known_serial(&client.profile, &open.vault, named),
        alternatives: match named {
            Some(_) => Vec::new(),
            None => lookup::linked(&client.profile, &open, host.state()),
        },
        seconds: duration::seconds(selection, &client)?,
        named,
        renew,
    };
    let (keys, is_new) = obtain(host, &mut client, &open, &request)?;
    Ok(Session {
        keys,
        client,
        is_new,
    })
}

/// A session for a client's profile, and whether it is new. Callers at the same time wait in line: one
/// asks AWS, the others share the answer.
pub(crate) fn obtain<H: Host>(
    host: &mut H,
    client: &mut ProfileClient,
    open: &OpenVault,
    request: &Request<'_>,
) -> Result<(Credentials, bool), H::Error> {
    let keys = client.keys(host)?;
    if client.profile.role.is_none() && keys.is_session() {
        return Err(Error::SessionKeys(client.display_name().to_owned()).into());
    }
    let role = client.profile.role.as_ref();
    let key = CacheKey {
        vault: open.seal.vault_id(),
        profile: client.profile.name.clone(),
        access_key: keys.id.clone(),
        endpoint: client.api.endpoints().configured_sts(),
        serial: request.serial.clone(),
        role: role.map(|role| role.arn.clone()),
        duration: request.seconds,
    };
    if let Some(keys) = cached(host, open, request, &key) {
        return Ok((keys, false));
    }
    let _turn = host.state().lock(&key.file())?;
    if let Some(keys) = cached(host, open, request, &key) {
        return Ok((keys, false));
    }
    let issued = issue::issue(host, client, open, request, &keys)?;
    let keys = issued.keys;
    let mut session = Cached { key, keys };
    // Before anything that may fail: the code is used up.
    cache::write(host, open, &session)?;
    if session.key.serial != issued.serial {
        // The next caller knows the device, and must find the session too.
        session.key.serial = issued.serial;
        cache::write(host, open, &session)?;
    }
    if let Some((id, link)) = issued.link {
        issue::link(host, id, link)?;
    }
    Ok((session.keys.clone(), true))
}

/// A cached session that is valid for long enough: of the device or, if that is unknown, of an
/// alternative one.
fn cached<H: Host>(
    host: &H,
    open: &OpenVault,
    request: &Request<'_>,
    key: &CacheKey,
) -> Option<Credentials> {
    if request.renew {
        return None;
    }
    let valid = |key: &CacheKey| {
        let cached = cache::read(host.state(), open, key)?;
        let left = cached.keys.expires()?.checked_sub(host.unix_seconds())?;
        // The shortest session, of 15 minutes, is used for 10.
        let least = REFRESH_SECONDS.min(u64::from(key.duration) / 3);
        (left > least).then(|| cached.keys.clone())
    };
    if let Some(keys) = valid(key) {
        return Some(keys);
    }
    if key.serial.is_some() {
        return None;
    }
    let links = request.alternatives.iter();
    let links = links.filter_map(|account| account.aws.as_ref());
    let mut others = links.map(|link| CacheKey {
        serial: Some(link.serial.clone()),
        ..key.clone()
    });
    others.find_map(|key| valid(&key))
}

/// Refuses a profile that [`session`] would refuse, as far as that is known without AWS: session keys
/// without a role, or a security key.
pub(crate) fn check_profile(client: &ProfileClient) -> Result<(), Error> {
    let profile = &client.profile;
    let is_session = matches!(&profile.source, Source::Credentials(keys) if keys.is_session());
    if is_session && profile.role.is_none() {
        return Err(Error::SessionKeys(client.display_name().to_owned()));
    }
    let serial = profile.mfa_serial.as_deref();
    match serial.filter(|serial| Arn::parse(serial).is_some_and(|a| !a.is_virtual_mfa())) {
        Some(serial) => Err(Error::SecurityKey(serial.to_owned())),
        None => Ok(()),
    }
}
