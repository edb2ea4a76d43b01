//! Cached sessions in the state folder, sealed with the vault's key: they are as safe as the vault.

use std::collections::HashSet;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::aws::{Credentials, Host, OpenVault};
use crate::vault::storage::StateDir;

const FOLDER: &str = "aws";

/// What distinguishes one cached session from another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CacheKey {
    /// The vault's id in hexadecimal, so that two vaults share no session.
    pub(crate) vault: String,
    /// The profile; `None` for keys from the environment.
    pub(crate) profile: Option<String>,
    /// The id of the access key that got the session.
    #[serde(rename = "key")]
    pub(crate) access_key: String,
    /// The configured URL of STS, if any: a simulator's session is not valid at AWS.
    pub(crate) endpoint: Option<String>,
    /// The device's ARN, if it was known before asking AWS.
    pub(crate) serial: Option<String>,
    pub(crate) role: Option<String>,
    /// The session's length in seconds.
    pub(crate) duration: u32,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Cached {
    /// Repeated in the file, so that [`all`] can list it.
    #[serde(rename = "kind")]
    pub(crate) key: CacheKey,
    pub(crate) keys: Credentials,
}

impl CacheKey {
    /// The name of its file in the state folder.
    pub(super) fn file(&self) -> String {
        let json = serde_json::to_vec(self).unwrap_or_default();
        let hash = Sha256::digest(&json);
        format!("{FOLDER}/{}", HEXLOWER.encode(&hash[..16]))
    }
}

/// Reads a session; `None` if there is none, or it cannot be opened.
pub(super) fn read(state: &StateDir, open: &OpenVault, key: &CacheKey) -> Option<Cached> {
    let cached: Cached = open.seal.read(state, &key.file())?;
    (cached.key == *key).then_some(cached)
}

pub(super) fn write<H: Host>(
    host: &mut H,
    open: &OpenVault,
    cached: &Cached,
) -> Result<(), H::Error> {
    open.seal.write(host, &cached.key.file(), cached)
}

/// The sessions of this vault by profile, each once.
pub(crate) fn all(state: &StateDir, open: &OpenVault) -> Vec<Cached> {
    let mut cached = every(state, open);
    // A session may be cached twice: with its device, and without, if the device was unknown at first.
    cached.sort_by(|a, b| (&a.key.profile, &b.key.serial).cmp(&(&b.key.profile, &a.key.serial)));
    let mut seen = HashSet::new();
    cached.retain(|session| seen.insert(session.keys.id.clone()));
    cached
}

fn every(state: &StateDir, open: &OpenVault) -> Vec<Cached> {
    let files = state.names(FOLDER);
    let read = |name: &String| open.seal.read(state, &format!("{FOLDER}/{name}"));
    files.iter().filter_map(read).collect()
}

/// Removes all sessions of a deleted device.
pub(crate) fn forget(state: &StateDir, open: &OpenVault, serial: &str) {
    let cached = every(state, open);
    let of_device = |cached: &&Cached| cached.key.serial.as_deref() == Some(serial);
    let gone: Vec<_> = cached.iter().filter(of_device).collect();
    for session in &cached {
        if gone.iter().any(|gone| gone.keys.id == session.keys.id) {
            // If one stays: it is useless without the device, and expires.
            let _ = state.remove(&session.key.file());
        }
    }
}
