//! Sessions that are good for a while, kept in the state folder: sealed under a key that is derived
//! from the vault's data key, so that who cannot open the vault cannot read them.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::app::context::Context;
use crate::app::error::Result;
use crate::aws::keys::Keys;
use crate::vault::format::random_array;
use crate::vault::repository::Open;

const FOLDER: &str = "aws";

/// What tells one session from another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kind {
    /// The vault, so that two of them do not share a session.
    pub vault: String,
    /// The profile.
    pub profile: Option<String>,
    /// The access key that it was got with.
    pub key: String,
    /// The device, where it was known before AWS was asked.
    pub serial: Option<String>,
    /// ARN of the role.
    pub role: Option<String>,
    /// Length in seconds.
    pub duration: u32,
}

/// A session in the cache.
#[derive(Serialize, Deserialize)]
pub struct Cached {
    /// Which.
    pub kind: Kind,
    /// Its keys.
    pub keys: Keys,
}

impl Kind {
    /// The name of the file, below the state folder.
    pub fn file(&self) -> String {
        let json = serde_json::to_vec(self).unwrap_or_default();
        let hash = Sha256::digest(&json);
        format!("{FOLDER}/{}", HEXLOWER.encode(&hash[..16]))
    }
}

/// Reads a session; one that cannot be opened counts as none.
pub fn read(context: &Context, open: &Open, kind: &Kind) -> Option<Cached> {
    let cached = read_file(context, open, &kind.file())?;
    (cached.kind == *kind).then_some(cached)
}

fn read_file(context: &Context, open: &Open, file: &str) -> Option<Cached> {
    let bytes = context.state.read(file).ok().flatten()?;
    let (nonce, sealed) = bytes.split_first_chunk::<24>()?;
    let payload = Payload {
        msg: sealed,
        aad: file.as_bytes(),
    };
    let plain = cipher(open).decrypt(&XNonce::from(*nonce), payload).ok()?;
    let plain = Zeroizing::new(plain);
    serde_json::from_slice(&plain).ok()
}

/// Keeps a session.
///
/// # Errors
/// Those of the state folder.
pub fn write(context: &mut Context, open: &Open, cached: &Cached) -> Result {
    let file = cached.kind.file();
    let nonce: [u8; 24] = random_array(&mut context.random)?;
    let plain = Zeroizing::new(serde_json::to_vec(cached).unwrap_or_default());
    let payload = Payload {
        msg: &plain,
        aad: file.as_bytes(),
    };
    let Ok(sealed) = cipher(open).encrypt(&XNonce::from(nonce), payload) else {
        return Ok(());
    };
    Ok(context
        .state
        .write(&file, &[&nonce[..], &sealed].concat())?)
}

/// All sessions that this vault opens.
pub fn all(context: &Context, open: &Open) -> Vec<Cached> {
    let mut cached = every(context, open);
    // One may be kept twice: with its device, and from before the device was known.
    cached
        .sort_by(|a, b| (&a.kind.profile, &b.kind.serial).cmp(&(&b.kind.profile, &a.kind.serial)));
    cached.dedup_by(|later, first| later.keys.id == first.keys.id);
    cached
}

fn every(context: &Context, open: &Open) -> Vec<Cached> {
    let files = context.state.names(FOLDER);
    let read = |name: &String| read_file(context, open, &format!("{FOLDER}/{name}"));
    files.iter().filter_map(read).collect()
}

/// Forgets all sessions of a device: it is not the user's any more.
pub fn forget(context: &Context, open: &Open, serial: &str) {
    let gone: Vec<_> = every(context, open)
        .into_iter()
        .filter(|cached| cached.kind.serial.as_deref() == Some(serial))
        .collect();
    for cached in every(context, open) {
        if gone
            .iter()
            .any(|of_device| of_device.keys.id == cached.keys.id)
        {
            // One that stays is of no use without the device, and goes at its time.
            let _ = context.state.remove(&cached.kind.file());
        }
    }
}

fn cipher(open: &Open) -> XChaCha20Poly1305 {
    let key = open.key.derived(&open.header.vault_id, b"aws sessions");
    XChaCha20Poly1305::new(&chacha20poly1305::Key::from(*key))
}
