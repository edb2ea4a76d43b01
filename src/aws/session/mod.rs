//! MFA and role sessions: from the cache, or from AWS with a fresh code.
//!
//! Every command calls [`session`] or [`credentials`]. [`user`] gets the MFA session of an access key and
//! a device, which all its profiles share, and [`role`] assumes roles from it. [`turn`] lets only one
//! process at a time ask AWS for the same. [`cache`] seals sessions with the vault's key. [`code`] takes
//! codes that were never sent. [`output`] formats sessions for other programs.

pub(crate) mod cache;
mod code;
mod duration;
pub(crate) mod output;
mod role;
#[cfg(test)]
mod tests;
mod turn;
mod user;

use super::arn::Arn;
use super::config::Source;
use super::{
    Credentials, Error, Host, OpenVault, ProfileClient, Selection, lookup, resolve_profile,
};
use crate::otp::Account;
use crate::vault::Vault;
use cache::{CacheKey, Cached};

pub(crate) use user::user_session;

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
#[derive(Default)]
pub(crate) struct Request<'a> {
    /// The device's ARN, if it is known.
    pub(crate) serial: Option<String>,
    /// Accounts of the user's other devices; their cached sessions can be used too.
    pub(crate) alternatives: Vec<&'a Account>,
    /// The length in seconds that was asked for; `None` if any will do.
    pub(crate) seconds: Option<u32>,
    /// The account that the person named for the codes.
    pub(crate) named: Option<&'a Account>,
    /// Whether to ask AWS even if a cached session is valid.
    pub(crate) renew: bool,
    /// The access key id of a cached session that AWS no longer accepts.
    pub(crate) dead: Option<String>,
}

/// A session of a profile, valid for at least 15 more minutes, from the cache or from AWS. Fails for a
/// profile without a role whose keys are a session's already.
pub(crate) fn session<H: Host>(
    host: &mut H,
    selection: &Selection,
    renew: bool,
) -> Result<Session, H::Error> {
    let (client, open) = client_of(host, selection)?;
    // A wrong profile is told before a missing vault.
    let open = open.map_or_else(|| host.open_vault(), Ok)?;
    Ok(resolved(host, &open, client, selection, renew)?.0)
}

/// The credentials that AWS's tools would use for a profile: as [`session`], but the keys of a session, as
/// of SSO, are returned as they are.
pub(crate) fn credentials<H: Host>(
    host: &mut H,
    selection: &Selection,
) -> Result<Session, H::Error> {
    let profile = selection.profile.as_deref();
    let (mut client, open) = match resolve_profile(host, profile, &Vault::default()) {
        // A locked vault does not matter to them.
        Ok((_, profile))
            if profile.role.is_none() && matches!(profile.source, Source::AwsProgram(_)) =>
        {
            let name = profile.name.as_deref();
            (
                ProfileClient::with_vault(host, name, &Vault::default())?,
                None,
            )
        }
        _ => client_of(host, selection)?,
    };
    if client.profile.role.is_none() {
        let keys = client.keys(host)?;
        if keys.is_session() {
            return Ok(Session {
                keys,
                client,
                is_new: false,
            });
        }
    }
    let open = open.map_or_else(|| host.open_vault(), Ok)?;
    Ok(resolved(host, &open, client, selection, false)?.0)
}

/// Opens the vault if there is one, and makes a client of the selected profile.
fn client_of<H: Host>(
    host: &mut H,
    selection: &Selection,
) -> Result<(ProfileClient, Option<OpenVault>), H::Error> {
    let (open, empty) = (host.open_vault_if_any()?, Vault::default());
    let vault = open.as_ref().map_or(&empty, |open| &open.vault);
    let client = ProfileClient::with_vault(host, selection.profile.as_deref(), vault)?;
    Ok((client, open))
}

fn resolved<H: Host>(
    host: &mut H,
    open: &OpenVault,
    mut client: ProfileClient,
    selection: &Selection,
    renew: bool,
) -> Result<(Session, CacheKey), H::Error> {
    // All that can be refused without a code is refused before one is used.
    let seconds = duration::wanted(selection, &client)?;
    check_profile(&client).map_err(|error| client.of_profile(error))?;
    let first = match client.profile.source_role.clone() {
        Some(source) => {
            let source = Selection {
                profile: Some(source),
                account: selection.account.clone(),
                duration: None,
            };
            let name = source.profile.as_deref();
            let of_source = ProfileClient::with_vault(host, name, &open.vault)?;
            let (session, key) = resolved(host, open, of_source, &source, false)?;
            client.chain_from(session.keys);
            Some(key)
        }
        None => None,
    };
    let named = lookup::named_account(host, &open.vault, selection)?;
    let serial = match lookup::known_serial(&client.profile, &open.vault, named) {
        // What is cached without a device may be of another one.
        None if named.is_some() => Some(lookup::device(host, &mut client, open, selection)?),
        known => known,
    };
    let request = Request {
        serial,
        alternatives: match named {
            Some(_) => Vec::new(),
            None => lookup::linked(&client.profile, open, host.state()),
        },
        seconds,
        named,
        renew,
        dead: None,
    };
    let mut key = first.unwrap_or_else(|| user::key_of(&client, open, &request));
    let (cached, is_new) = match client.profile.role.clone() {
        Some(role) => {
            key.roles.push(role.clone());
            role::role_session(host, &mut client, open, &request, &key, &role)?
        }
        None => user_session(host, &mut client, open, &request)?,
    };
    let session = Session {
        keys: cached.keys.clone(),
        client,
        is_new,
    };
    Ok((session, key))
}

impl Request<'_> {
    /// A cached session that is valid for long enough: of the device or, if that is unknown, of an
    /// alternative one.
    fn cached<H: Host>(&self, host: &H, open: &OpenVault, key: &CacheKey) -> Option<Cached> {
        let valid = |key: &CacheKey| {
            let cached = cache::read(host.state(), open, key)?;
            let is_dead = self.dead.as_ref() == Some(&cached.keys.id);
            (!is_dead && self.is_served_by(&cached, host.unix_seconds())).then_some(cached)
        };
        if let Some(found) = valid(key) {
            return Some(found);
        }
        if key.serial.is_some() {
            return None;
        }
        let links = self.alternatives.iter();
        let links = links.filter_map(|account| account.aws.as_ref());
        let mut others = links.map(|link| CacheKey {
            serial: Some(link.serial.clone()),
            ..key.clone()
        });
        others.find_map(|key| valid(&key))
    }

    /// Whether a session lives long enough. One of the length that was asked for serves to its end.
    fn is_served_by(&self, cached: &Cached, now: u64) -> bool {
        let left = cached.left(now);
        // The shortest session, of 15 minutes, is used for 10.
        let least = REFRESH_SECONDS.min(u64::from(cached.seconds) / 3);
        let is_long = |seconds: u32| cached.seconds >= seconds || left >= u64::from(seconds);
        left > least && self.seconds.is_none_or(is_long)
    }
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
