//! Sessions in the state folder, sealed under the vault's key: whoever cannot open the vault cannot
//! read them.

use std::collections::HashSet;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::aws::{Credentials, Host, OpenVault};
use crate::vault::storage::StateDir;

const FOLDER: &str = "aws";

/// Cache key: what tells one session from another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CacheKey {
    /// Id of the vault in hex, so that two vaults do not share a session.
    pub(crate) vault: String,
    /// The profile; `None` for keys of the environment.
    pub(crate) profile: Option<String>,
    /// Id of the access key that the session was got with.
    #[serde(rename = "key")]
    pub(crate) access_key: String,
    /// URL of STS, where one is configured: a session of a simulator is none of AWS, and the other way
    /// round.
    pub(crate) endpoint: Option<String>,
    /// ARN of the device, where it was known before AWS was asked.
    pub(crate) serial: Option<String>,
    /// ARN of the role.
    pub(crate) role: Option<String>,
    /// Length in seconds.
    pub(crate) duration: u32,
}

/// A cached session.
#[derive(Serialize, Deserialize)]
pub(crate) struct Cached {
    /// What it is cached under.
    #[serde(rename = "kind")]
    pub(crate) key: CacheKey,
    /// Its credentials.
    pub(crate) keys: Credentials,
}

impl CacheKey {
    /// Name of its file below the state folder.
    pub(super) fn file(&self) -> String {
        let json = serde_json::to_vec(self).unwrap_or_default();
        let hash = Sha256::digest(&json);
        format!("{FOLDER}/{}", HEXLOWER.encode(&hash[..16]))
    }
}

/// Reads a session; one that does not open counts as none.
pub(super) fn read(state: &StateDir, open: &OpenVault, key: &CacheKey) -> Option<Cached> {
    let cached: Cached = open.seal.read(state, &key.file())?;
    (cached.key == *key).then_some(cached)
}

/// Writes a session.
///
/// # Errors
/// Those of the state folder.
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
    // A session may be there twice: with its device, and from before the device was known.
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

/// Removes all sessions of a device that is gone.
pub(crate) fn forget(state: &StateDir, open: &OpenVault, serial: &str) {
    let cached = every(state, open);
    let of_device = |cached: &&Cached| cached.key.serial.as_deref() == Some(serial);
    let gone: Vec<_> = cached.iter().filter(of_device).collect();
    for session in &cached {
        if gone.iter().any(|gone| gone.keys.id == session.keys.id) {
            // One that stays is of no use without the device, and expires.
            let _ = state.remove(&session.key.file());
        }
    }
}
