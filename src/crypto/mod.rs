//! Ciphers and key derivations that several rooms share, and wiped buffers for secrets. Pure, and
//! uses no other room. A cost that a file states is checked before it is paid.

mod argon2;
mod secret_buffer;

use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::{Aes256Gcm, Nonce, Tag};
use sha2::{Digest, Sha256};
use thiserror::Error;
use zeroize::Zeroizing;

pub(crate) use argon2::Argon2;
pub(crate) use secret_buffer::SecretBuffer;

/// A derived or random key, wiped on drop.
pub(crate) type Key32 = Zeroizing<[u8; 32]>;
/// Decrypted bytes, wiped on drop.
pub(crate) type Plaintext = Zeroizing<Vec<u8>>;

/// The highest accepted scrypt N: 2^20, which takes 1 GiB at r = 8.
const MAX_SCRYPT_LOG_N: u8 = 20;

/// Why no key was derived.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum DerivationError {
    /// Needs more time or memory than any honest file asks for, or than this machine has.
    #[error("{0}")]
    TooCostly(String),
    /// Parameters that the algorithm does not allow.
    #[error("{0}")]
    Invalid(&'static str),
}

/// scrypt (RFC 7914) to 32 bytes, with N = 2^`log_n`.
pub(crate) fn scrypt(
    password: &str,
    salt: &[u8],
    log_n: u8,
    r: u32,
    p: u32,
) -> Result<Key32, DerivationError> {
    let cost = 1_u64.checked_shl(log_n.into()).unwrap_or(u64::MAX);
    let work = cost.saturating_mul(u64::from(r)).saturating_mul(p.into());
    if log_n > MAX_SCRYPT_LOG_N || r > 32 || work > 1 << 24 {
        let message = format!("scrypt with N = 2^{log_n}, r = {r}, p = {p}");
        return Err(DerivationError::TooCostly(message));
    }
    let invalid = DerivationError::Invalid("invalid parameters for scrypt");
    let params = scrypt::Params::new(log_n, r, p).map_err(|_| invalid.clone())?;
    let mut key = Zeroizing::new([0; 32]);
    scrypt::scrypt(password.as_bytes(), salt, &params, key.as_mut_slice()).map_err(|_| invalid)?;
    Ok(key)
}

/// Decrypts AES-256-GCM; `sealed` ends with the tag. `None` if the key, nonce or content is wrong.
pub(crate) fn open_gcm(
    key: &[u8; 32],
    nonce: &[u8],
    sealed: &[u8],
    aad: &[u8],
) -> Option<Plaintext> {
    let (text, tag) = sealed.split_at_checked(sealed.len().checked_sub(16)?)?;
    let nonce: [u8; 12] = nonce.try_into().ok()?;
    let tag: [u8; 16] = tag.try_into().ok()?;
    let mut plain = Zeroizing::new(text.to_vec());
    Aes256Gcm::new(key.into())
        .decrypt_inout_detached(
            &Nonce::from(nonce),
            aad,
            plain.as_mut_slice().into(),
            &Tag::from(tag),
        )
        .ok()?;
    Some(plain)
}

/// Encrypts with AES-256-GCM; the tag is at the end.
pub(crate) fn seal_gcm(key: &[u8; 32], nonce: [u8; 12], plain: &[u8]) -> Vec<u8> {
    // Allocated with room for the tag: growing would leave a copy of the plain text behind.
    let mut sealed = Vec::with_capacity(plain.len() + 16);
    sealed.extend_from_slice(plain);
    let tag = Aes256Gcm::new(key.into()).encrypt_inout_detached(
        &Nonce::from(nonce),
        b"",
        sealed.as_mut_slice().into(),
    );
    // It fails only above 64 GiB.
    sealed.extend_from_slice(&tag.map(|tag| tag.to_vec()).unwrap_or_default());
    sealed
}

/// SHA-256 over the parts, one after the other.
pub(crate) fn sha256(parts: &[&[u8]]) -> Key32 {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    Zeroizing::new(hash.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_with_its_key_alone() {
        let sealed = seal_gcm(&[1; 32], [2; 12], b"text");
        let open = |key: &[u8; 32], aad: &[u8]| open_gcm(key, &[2; 12], &sealed, aad);
        assert_eq!(open(&[1; 32], b"").unwrap().as_slice(), b"text");
        assert!(open(&[3; 32], b"").is_none());
        assert!(open(&[1; 32], b"other").is_none());
        assert!(open_gcm(&[1; 32], &[2; 12], b"short", b"").is_none());
    }

    /// RFC 7914 section 11, cut to 20 bytes.
    #[test]
    fn scrypt_gives_its_vector() {
        let key = scrypt("password", b"NaCl", 10, 8, 16).unwrap();
        let shown = data_encoding::HEXLOWER.encode(&key[..20]);
        assert_eq!(shown, "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cb");
    }

    #[test]
    fn impossible_costs_are_refused_before_they_are_paid() {
        for outcome in [
            scrypt("x", b"", 40, 8, 1),
            scrypt("x", b"", 20, u32::MAX, u32::MAX),
        ] {
            assert!(matches!(outcome, Err(DerivationError::TooCostly(_))));
        }
    }
}
