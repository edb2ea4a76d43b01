//! Sessions of a user, by `GetSessionToken`. They belong to an access key and a device: all profiles and
//! roles of that key share one.

use super::Request;
use super::cache::{self, CacheKey, Cached};
use super::code::with_fresh_code;
use super::duration::DEFAULT_STS_SECONDS;
use super::turn::{Topic, share};
use crate::aws::api::ClockSkew;
use crate::aws::api::sts::{self, Mfa};
use crate::aws::{Credentials, Error, Host, Notice, OpenVault, ProfileClient, lookup};
use crate::otp::{Account, AwsLink};

/// A session of the user whose long-term keys the client's profile has, and whether it is new.
pub(crate) fn user_session<H: Host>(
    host: &mut H,
    client: &mut ProfileClient,
    open: &OpenVault,
    request: &Request<'_>,
) -> Result<(Cached, bool), H::Error> {
    let key = key_of(client, open, request);
    let lock = key.any_device().file();
    let topic = Topic {
        file: &key.file(),
        lock: &lock,
        renew: request.renew,
    };
    let from_cache = |host: &H| request.cached(host, open, &key);
    share(host, client, open, &topic, from_cache, |host, client| {
        issue(host, client, open, request, &key)
    })
}

/// The cache key of the user's session.
pub(super) fn key_of(client: &ProfileClient, open: &OpenVault, request: &Request<'_>) -> CacheKey {
    CacheKey {
        vault: open.seal.vault_id(),
        source: client.profile.source.id(),
        audience: client.api.endpoints().audience(),
        serial: request.serial.clone(),
        roles: Vec::new(),
    }
}

fn issue<H: Host>(
    host: &mut H,
    client: &mut ProfileClient,
    open: &OpenVault,
    request: &Request<'_>,
    key: &CacheKey,
) -> Result<Cached, H::Error> {
    let keys = client.keys(host)?;
    if keys.is_session() {
        return Err(Error::SessionKeys(client.display_name().to_owned()).into());
    }
    let seconds = request.seconds.unwrap_or(DEFAULT_STS_SECONDS);
    let device = request.device(host, client, open, &keys)?;
    let Some((serial, account)) = device else {
        host.notify(&Notice::NoMfa);
        let session = sts::get_session_token(&mut *client.api, &keys, None, seconds);
        let keys = client.checked(host, session)?;
        return keep(host, client, open, key, keys, seconds);
    };
    let session = with_fresh_code(host, client, account, |client, code| {
        let serial = &serial;
        sts::get_session_token(&mut *client.api, &keys, Some(Mfa { serial, code }), seconds)
    })?;
    let session = client.checked(host, session)?;
    // Before anything that may fail: the code is used up.
    let mut cached = keep(host, client, open, key, session, seconds)?;
    if key.serial.as_ref() != Some(&serial) {
        // The next caller knows the device, and must find the session too.
        cached.key.serial = Some(serial.clone());
        cache::write(host, open, &cached)?;
    }
    link(host, client, account, serial)?;
    Ok(cached)
}

/// Caches a new session.
pub(super) fn keep<H: Host>(
    host: &mut H,
    client: &ProfileClient,
    open: &OpenVault,
    key: &CacheKey,
    keys: Credentials,
    seconds: u32,
) -> Result<Cached, H::Error> {
    let now = host.unix_seconds();
    let ahead = client.api.clock_skew().map_or(0, ClockSkew::seconds);
    let until = keys.expires().unwrap_or(now).saturating_add_signed(-ahead);
    let cached = Cached {
        key: key.clone(),
        keys,
        // A session of the user is that of the profile with the keys.
        profile: match key.roles.last() {
            Some(_) => client.profile.name.clone(),
            None => client.profile.keys_of.clone(),
        },
        since: now,
        seconds,
        until,
    };
    cache::write(host, open, &cached)?;
    Ok(cached)
}

/// Stores which device an account belongs to, and the first profile that used it.
pub(super) fn link<H: Host>(
    host: &mut H,
    client: &ProfileClient,
    account: &Account,
    serial: String,
) -> Result<(), H::Error> {
    let known = account.aws.as_ref();
    if known.is_some_and(|link| link.serial == serial && link.profile.is_some()) {
        return Ok(());
    }
    let profile = client.profile.keys_of.clone();
    let link = AwsLink { serial, profile };
    if known == Some(&link) {
        return Ok(());
    }
    let (id, now) = (account.id, host.unix_seconds());
    host.change_vault(|vault| {
        vault.update(id, now, |account| account.aws = Some(link))?;
        Ok(())
    })
}

impl<'a> Request<'a> {
    /// The device whose codes are used, and its account. `None` if the user has no device, or if a role
    /// is assumed and no device is in the vault: AWS's own tools go without MFA then.
    pub(super) fn device<H: Host>(
        &self,
        host: &H,
        client: &mut ProfileClient,
        open: &'a OpenVault,
        keys: &Credentials,
    ) -> Result<Option<(String, &'a Account)>, H::Error> {
        let is_role = client.profile.role.is_some();
        let serial = match &self.serial {
            Some(serial) => serial.clone(),
            None if open.vault.accounts.is_empty() => return Ok(None),
            None => match lookup::find_serial(host, client, open, false, keys)? {
                Ok(serial) => serial,
                Err(Error::NoDevice(_)) => return Ok(None),
                Err(Error::NoCodes { .. } | Error::Unlisted { .. }) if is_role => return Ok(None),
                Err(error) => return Err(client.of_profile(error).into()),
            },
        };
        let account = match self.named {
            Some(account) => account,
            None => lookup::account_of(&open.vault, &serial)?,
        };
        Ok(Some((serial, account)))
    }
}
