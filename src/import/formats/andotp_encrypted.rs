//! andOTP's two encryptions. Neither has a mark.

use crate::import::detect::{Format, maybe};
use crate::import::formats::andotp;
use crate::import::ingest::Contents;
use crate::import::support::crypto::{self, Hash};
use crate::import::{ImportError, Input};

pub(crate) const FORMAT: Format = Format {
    name: "andotp-encrypted",
    title: "andOTP (encrypted)",
    probe: |look| maybe(look.is_dense()),
    read,
};

/// The new form starts with the number of rounds, the old one with random bytes. Both are tried.
pub(crate) fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let password = input.password()?;
    let plain = open_new(input.bytes, password).or_else(|| open_old(input.bytes, password));
    andotp::list(&plain.ok_or(ImportError::WrongPassword)?)
}

fn open_new(bytes: &[u8], password: &str) -> Option<crypto::Plaintext> {
    let (iterations, rest) = bytes.split_first_chunk::<4>()?;
    let (salt, rest) = rest.split_at_checked(12)?;
    let (iv, sealed) = rest.split_at_checked(12)?;
    let key = crypto::pbkdf2(Hash::Sha1, password, salt, u32::from_be_bytes(*iterations)).ok()?;
    crypto::open_gcm(&key, iv, sealed, b"")
}

fn open_old(bytes: &[u8], password: &str) -> Option<crypto::Plaintext> {
    let (iv, sealed) = bytes.split_at_checked(12)?;
    crypto::open_gcm(&crypto::sha256(&[password.as_bytes()]), iv, sealed, b"")
}
