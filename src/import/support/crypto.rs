//! The ciphers and key derivations of other programs' files. Their costs come from untrusted files,
//! and are checked before any work is done.

use cbc::cipher::{BlockModeDecrypt, KeyIvInit, block_padding::Pkcs7};
use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD, HEXLOWER_PERMISSIVE};
use hmac::{Hmac, Mac};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use zeroize::Zeroizing;

use crate::crypto::{self, DerivationError};
use crate::import::{ImportError, Input};

pub(crate) use crate::crypto::{Argon2, Key32, Plaintext, open_gcm, sha256};

/// Bounds the rounds of PBKDF2.
const MAX_ITERATIONS: u32 = 10_000_000;
/// Above 128 MiB, people are told that it takes a while.
pub(crate) const NOTABLE_MEMORY_KIB: u32 = 128 << 10;

impl From<DerivationError> for ImportError {
    fn from(error: DerivationError) -> Self {
        match error {
            DerivationError::TooCostly(what) => Self::TooCostly(what),
            DerivationError::Invalid(what) => damaged(what),
        }
    }
}

/// The hash used in PBKDF2's HMAC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hash {
    Sha1,
    Sha256,
    Sha512,
}

/// Derives 32 bytes with PBKDF2 (RFC 8018).
pub(crate) fn pbkdf2(
    hash: Hash,
    password: &str,
    salt: &[u8],
    iterations: u32,
) -> Result<Key32, ImportError> {
    if iterations == 0 || iterations > MAX_ITERATIONS {
        let message = format!("{iterations} rounds of PBKDF2");
        return Err(ImportError::TooCostly(message));
    }
    let mut key = Zeroizing::new([0; 32]);
    let (password, out) = (password.as_bytes(), key.as_mut_slice());
    match hash {
        Hash::Sha1 => pbkdf2::pbkdf2_hmac::<Sha1>(password, salt, iterations, out),
        Hash::Sha256 => pbkdf2::pbkdf2_hmac::<Sha256>(password, salt, iterations, out),
        Hash::Sha512 => pbkdf2::pbkdf2_hmac::<Sha512>(password, salt, iterations, out),
    }
    Ok(key)
}

/// Derives 32 bytes with Argon2. Reports high memory use to [`Input::progress`] first.
pub(crate) fn argon2_key(
    numbers: Argon2,
    password: &[u8],
    salt: &[u8],
    input: &Input<'_>,
) -> Result<Key32, ImportError> {
    let mut key = Zeroizing::new([0; 32]);
    argon2_into(numbers, password, salt, key.as_mut_slice(), input)?;
    Ok(key)
}

/// As [`argon2_key`], for as many bytes as `out` has.
pub(crate) fn argon2_into(
    numbers: Argon2,
    password: &[u8],
    salt: &[u8],
    out: &mut [u8],
    input: &Input<'_>,
) -> Result<(), ImportError> {
    numbers.check_cost()?;
    if numbers.memory_kib >= NOTABLE_MEMORY_KIB {
        let (mib, passes) = (numbers.memory_kib >> 10, numbers.passes);
        (input.progress)(&format!(
            "opening the file takes {mib} MiB of memory, {passes} passes and some time"
        ));
    }
    Ok(numbers.derive(password, salt, out)?)
}

/// Derives 32 bytes with scrypt (RFC 7914), with N = 2^`log_n`.
pub(crate) fn scrypt(
    password: &str,
    salt: &[u8],
    log_n: u8,
    r: u32,
    p: u32,
) -> Result<Key32, ImportError> {
    Ok(crypto::scrypt(password, salt, log_n, r, p)?)
}

/// Decrypts AES-256-CBC with PKCS #7 padding. There is no tag: one in 256 wrong keys passes, so the
/// caller must check the result.
pub(crate) fn cbc(key: &[u8; 32], iv: &[u8], sealed: &[u8]) -> Option<Plaintext> {
    let iv: [u8; 16] = iv.try_into().ok()?;
    let mut plain = Zeroizing::new(sealed.to_vec());
    let length = cbc::Decryptor::<aes::Aes256>::new(key.into(), &iv.into())
        .decrypt_padded::<Pkcs7>(&mut plain)
        .ok()?
        .len();
    plain.truncate(length);
    Some(plain)
}

/// The first block of AES-256-CBC, which shows what a file is; `None` if there is not even one.
pub(crate) fn cbc_start(key: &[u8; 32], iv: &[u8; 16], sealed: &[u8]) -> Option<[u8; 16]> {
    let mut block = cbc::cipher::Block::<aes::Aes256>::from(*sealed.first_chunk::<16>()?);
    cbc::Decryptor::<aes::Aes256>::new(key.into(), iv.into()).decrypt_block(&mut block);
    Some(block.into())
}

/// Decrypts CryptoJS's format for passphrases: base64 of `Salted__`, 8 bytes of salt and AES-256-CBC.
/// Key and IV come from OpenSSL's `EVP_BytesToKey` with MD5.
pub(crate) fn cryptojs(passphrase: &[u8], text: &str) -> Option<Plaintext> {
    let bytes = base64(text)?;
    let (salt, sealed) = bytes.strip_prefix(b"Salted__")?.split_at_checked(8)?;
    let mut made = Zeroizing::new(Vec::with_capacity(48));
    while made.len() < 48 {
        let mut hash = Md5::new();
        hash.update(&made[made.len().saturating_sub(16)..]);
        hash.update(passphrase);
        hash.update(salt);
        made.extend_from_slice(&hash.finalize());
    }
    let key = Zeroizing::new(<[u8; 32]>::try_from(&made[..32]).ok()?);
    cbc(&key, &made[32..], sealed)
}

/// Decrypts a file of `openssl enc -aes-128-cbc -md sha256`: `Salted__`, 8 bytes of salt, AES-128-CBC.
/// There is no tag, so the caller must check the result.
pub(crate) fn openssl_aes128(password: &str, bytes: &[u8]) -> Option<Plaintext> {
    let (salt, sealed) = bytes.strip_prefix(b"Salted__")?.split_at_checked(8)?;
    let made = sha256(&[password.as_bytes(), salt]);
    let (key, iv) = made.split_first_chunk::<16>()?;
    let iv: &[u8; 16] = iv.try_into().ok()?;
    let mut plain = Zeroizing::new(sealed.to_vec());
    let length = cbc::Decryptor::<aes::Aes128>::new(key.into(), iv.into())
        .decrypt_padded::<Pkcs7>(&mut plain)
        .ok()?
        .len();
    plain.truncate(length);
    Some(plain)
}

pub(crate) fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    mac::<Hmac<Sha256>>(key, parts)
        .and_then(|tag| tag.try_into().ok())
        .unwrap_or_default()
}

/// HMAC with any hash. `None` never happens: HMAC accepts keys of any length.
pub(crate) fn mac<M: Mac + hmac::KeyInit>(key: &[u8], parts: &[&[u8]]) -> Option<Vec<u8>> {
    let mut mac = <M as hmac::KeyInit>::new_from_slice(key).ok()?;
    for part in parts {
        mac.update(part);
    }
    Some(mac.finalize().into_bytes().to_vec())
}

pub(crate) fn sha512(parts: &[&[u8]]) -> Zeroizing<[u8; 64]> {
    let mut hash = Sha512::new();
    for part in parts {
        hash.update(part);
    }
    Zeroizing::new(hash.finalize().into())
}

/// Decodes standard or URL-safe base64, with or without padding and line ends.
pub(crate) fn base64(text: &str) -> Option<Plaintext> {
    let mut plain = Zeroizing::new(String::with_capacity(text.len()));
    for character in text
        .chars()
        .filter(|c| *c != '=' && !c.is_ascii_whitespace())
    {
        plain.push(character);
    }
    let bytes = BASE64_NOPAD
        .decode(plain.as_bytes())
        .or_else(|_| BASE64URL_NOPAD.decode(plain.as_bytes()));
    bytes.ok().map(Zeroizing::new)
}

/// As [`base64`], but damage if it cannot be decoded; `what` names it in the error.
pub(crate) fn require_base64(text: &str, what: &str) -> Result<Plaintext, ImportError> {
    base64(text).ok_or_else(|| damaged(&format!("{what} is not base64")))
}

/// Decodes hexadecimal digits of either case.
pub(crate) fn hex(text: &str) -> Option<Plaintext> {
    let bytes = HEXLOWER_PERMISSIVE.decode(text.trim().as_bytes());
    bytes.ok().map(Zeroizing::new)
}

pub(crate) fn damaged(what: &str) -> ImportError {
    ImportError::Damaged(what.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The fourth vector of RFC 6070.
    #[test]
    fn pbkdf2_gives_its_vector() {
        let key = pbkdf2(Hash::Sha1, "password", b"salt", 4096).unwrap();
        let shown = data_encoding::HEXLOWER.encode(&key[..20]);
        assert_eq!(shown, "4b007901b765489abead49d926f721d065a429c1");
    }

    #[test]
    fn impossible_costs_are_refused_before_they_are_paid() {
        let outcome = pbkdf2(Hash::Sha256, "x", b"", u32::MAX);
        assert!(matches!(outcome, Err(ImportError::TooCostly(_))));
    }

    #[test]
    fn much_memory_is_announced_and_too_much_is_not() {
        let told = std::cell::Cell::new(0);
        let progress = |_: &str| told.set(told.get() + 1);
        let input = Input {
            progress: &progress,
            ..Input::new(b"", "")
        };
        let numbers = Argon2::id(1, NOTABLE_MEMORY_KIB, 4);
        assert!(argon2_key(numbers, b"x", b"saltsalt", &input).is_ok());
        assert!(argon2_key(Argon2::id(1, u32::MAX, 4), b"x", b"saltsalt", &input).is_err());
        assert_eq!(told.get(), 1);
    }
}
