//! Cached sessions in the state folder, sealed with the vault's key: they are as safe as the vault.

use std::collections::HashSet;
use std::time::Duration;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::aws::config::{Profile, Role};
use crate::aws::{Credentials, Host, OpenVault};
use crate::vault::storage::StateDir;

pub(super) const FOLDER: &str = "aws";
/// The longest session of AWS: a file that is older contains nothing valid.
const LONGEST: Duration = Duration::from_hours(36);

/// What distinguishes one cached session from another: all that changes AWS's answer, except the length.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CacheKey {
    /// The vault's id in hexadecimal, so that two vaults share no session.
    pub(crate) vault: String,
    /// Where the keys come from: the id of the access key, or the command that prints them.
    pub(crate) source: String,
    /// Where the session is valid: [`crate::aws::api::Endpoints::audience`].
    pub(crate) audience: String,
    /// The device's ARN, if it was known before asking AWS.
    pub(crate) serial: Option<String>,
    /// The assumed roles, the first one first; none for a session of the user.
    pub(crate) roles: Vec<Role>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Cached {
    /// Repeated in the file, so that [`all`] can list it.
    #[serde(rename = "kind")]
    pub(crate) key: CacheKey,
    pub(crate) keys: Credentials,
    /// The profile that it was got for; others use it too.
    pub(crate) profile: Option<String>,
    /// When it was got, in Unix seconds.
    pub(crate) since: u64,
    /// The length that AWS was asked for, in seconds.
    pub(crate) seconds: u32,
    /// When it expires by this machine's clock, in Unix seconds. If the clock is wrong, AWS's own time
    /// of expiration is another one.
    pub(crate) until: u64,
}

impl CacheKey {
    /// The name of its file in the state folder.
    pub(super) fn file(&self) -> String {
        let json = serde_json::to_vec(self).unwrap_or_default();
        let hash = Sha256::digest(&json);
        format!("{FOLDER}/{}", HEXLOWER.encode(&hash[..16]))
    }

    /// The same access key at the same endpoint, with whatever device.
    pub(super) fn any_device(&self) -> Self {
        Self {
            serial: None,
            ..self.clone()
        }
    }
}

impl Cached {
    /// Whether it was got for a profile, or would be used for it.
    pub(crate) fn is_of(&self, profile: &Profile) -> bool {
        let role = self.key.roles.last();
        let is_shared = role == profile.role.as_ref() && self.key.source == profile.source.id();
        is_shared || self.profile == profile.name
    }

    /// How long it is valid yet, in seconds.
    pub(crate) fn left(&self, now: u64) -> u64 {
        let expires = self.keys.expires().unwrap_or(0);
        // A clock that was set back since was wrong before.
        let end = if now < self.since {
            expires.min(self.until)
        } else {
            self.until
        };
        end.saturating_sub(now)
    }
}

/// Reads a session; `None` if there is none, or it cannot be opened.
pub(super) fn read(state: &StateDir, open: &OpenVault, key: &CacheKey) -> Option<Cached> {
    let cached: Cached = open.seal.read(state, &key.file())?;
    (cached.key == *key).then_some(cached)
}

/// Writes a session, and removes those that have expired.
pub(super) fn write<H: Host>(
    host: &mut H,
    open: &OpenVault,
    cached: &Cached,
) -> Result<(), H::Error> {
    open.seal.write(host, &cached.key.file(), cached)?;
    remove_expired(host.state(), open, host.unix_seconds());
    Ok(())
}

/// The sessions of this vault by profile, each once.
pub(crate) fn all(state: &StateDir, open: &OpenVault) -> Vec<Cached> {
    let mut cached: Vec<_> = every(state, open)
        .into_iter()
        .map(|(_, cached)| cached)
        .collect();
    // A session may be cached twice: with its device, and without, if the device was unknown at first.
    cached.sort_by(|a, b| (&a.profile, &b.key.serial).cmp(&(&b.profile, &a.key.serial)));
    let mut seen = HashSet::new();
    cached.retain(|session| seen.insert(session.keys.id.clone()));
    cached
}

/// The sessions of this vault, with their files.
fn every(state: &StateDir, open: &OpenVault) -> Vec<(String, Cached)> {
    let files = state.names(FOLDER).into_iter();
    let files = files.map(|name| format!("{FOLDER}/{name}"));
    files
        .filter_map(|file| Some((open.seal.read(state, &file)?, file)))
        .map(|(cached, file)| (file, cached))
        .collect()
}

/// Removes all sessions of a deleted device.
pub(crate) fn forget(state: &StateDir, open: &OpenVault, serial: &str) {
    clear(state, open, |cached| {
        cached.key.serial.as_deref() == Some(serial)
    });
}

/// Removes the sessions that `is_meant` selects; returns how many there were.
pub(crate) fn clear(
    state: &StateDir,
    open: &OpenVault,
    is_meant: impl Fn(&Cached) -> bool,
) -> usize {
    let cached = every(state, open);
    let meant = cached.iter().filter(|(_, cached)| is_meant(cached));
    let gone: HashSet<_> = meant.map(|(_, cached)| cached.keys.id.as_str()).collect();
    for (file, session) in &cached {
        if gone.contains(session.keys.id.as_str()) {
            remove(state, file);
        }
    }
    gone.len()
}

/// Removes sessions that have expired, and all files that are too old to contain a valid one: those of
/// other vaults and versions, and locks.
fn remove_expired(state: &StateDir, open: &OpenVault, now: u64) {
    let opened = every(state, open);
    for (file, cached) in &opened {
        if cached.left(now) == 0 {
            remove(state, file);
        }
    }
    state.remove_older(FOLDER, LONGEST);
}

/// Removes the sessions of all vaults, and all that belongs to them; returns whether there was one.
pub(crate) fn clear_all(state: &StateDir) -> bool {
    state.remove_older(FOLDER, Duration::ZERO) > 0
}

/// Where the last failure to get the session of `file` is kept.
pub(super) fn failure_file(file: &str) -> String {
    format!("{file}.failure")
}

/// Removes a file and what belongs to it. If one stays: it expires, and a new one replaces it.
fn remove(state: &StateDir, file: &str) {
    let _ = state.remove(file);
    let _ = state.remove(&failure_file(file));
    state.remove_lock(file);
}
