//! The ciphers and key derivations of other programs' files, and what they may cost. The numbers
//! come out of untrusted files: they are checked before any work is done.

use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::{Aes256Gcm, Nonce, Tag};
use cbc::cipher::{BlockModeDecrypt, KeyIvInit, block_padding::Pkcs7};
use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD};
use hmac::{Hmac, Mac};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use zeroize::{Zeroize, Zeroizing};

use super::ImportError;

/// The most rounds of PBKDF2, AES-KDF or Argon2 passes times MiB that are done.
const MAX_ITERATIONS: u32 = 10_000_000;
/// 2 GiB.
const MAX_MEMORY_KIB: u32 = 2 << 20;
/// scrypt's N: 2^20.
const MAX_SCRYPT_LOG_N: u8 = 20;
/// Above this a person is told that it takes a while: 128 MiB.
const NOTABLE_MEMORY_KIB: u32 = 128 << 10;

pub(super) type Key32 = Zeroizing<[u8; 32]>;
/// What is opened, wiped on drop.
pub(super) type Plain = Zeroizing<Vec<u8>>;

/// The hash under PBKDF2's HMAC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hash {
    Sha1,
    Sha256,
    Sha512,
}

/// PBKDF2 (RFC 8018) to 32 bytes.
pub(super) fn pbkdf2(
    hash: Hash,
    password: &str,
    salt: &[u8],
    iterations: u32,
) -> Result<Key32, ImportError> {
    if iterations == 0 || iterations > MAX_ITERATIONS {
        return Err(too_costly(&format!("{iterations} rounds of PBKDF2")));
    }
    let mut key = Zeroizing::new([0; 32]);
    let (word, out) = (password.as_bytes(), key.as_mut_slice());
    match hash {
        Hash::Sha1 => pbkdf2::pbkdf2_hmac::<Sha1>(word, salt, iterations, out),
        Hash::Sha256 => pbkdf2::pbkdf2_hmac::<Sha256>(word, salt, iterations, out),
        Hash::Sha512 => pbkdf2::pbkdf2_hmac::<Sha512>(word, salt, iterations, out),
    }
    Ok(key)
}

/// Argon2's numbers, as a file has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Argon2 {
    /// Argon2d, which only KeePass uses, and not Argon2id.
    pub(super) is_d: bool,
    /// 0x10 or 0x13.
    pub(super) version: u32,
    pub(super) passes: u32,
    pub(super) memory_kib: u32,
    pub(super) lanes: u32,
}

impl Argon2 {
    /// Argon2id of version 1.3.
    pub(super) const fn id(passes: u32, memory_kib: u32, lanes: u32) -> Self {
        Self {
            is_d: false,
            version: 0x13,
            passes,
            memory_kib,
            lanes,
        }
    }

    /// Derives `out.len()` bytes; `tell` hears of much memory before it is taken.
    pub(super) fn derive(
        self,
        password: &[u8],
        salt: &[u8],
        out: &mut [u8],
        tell: &dyn Fn(&str),
    ) -> Result<(), ImportError> {
        let work = u64::from(self.passes) * u64::from(self.memory_kib >> 10).max(1);
        let mib = self.memory_kib >> 10;
        if self.memory_kib > MAX_MEMORY_KIB || self.lanes > 64 || work > 64 << 10 {
            let Self { passes, lanes, .. } = self;
            return Err(too_costly(&format!(
                "Argon2 with {mib} MiB, {passes} passes and {lanes} lanes"
            )));
        }
        if self.memory_kib >= NOTABLE_MEMORY_KIB {
            tell(&format!(
                "the file asks for {mib} MiB of memory and {} passes over it: this takes a while",
                self.passes
            ));
        }
        let algorithm = if self.is_d {
            argon2::Algorithm::Argon2d
        } else {
            argon2::Algorithm::Argon2id
        };
        let version = match self.version {
            0x10 => argon2::Version::V0x10,
            0x13 => argon2::Version::V0x13,
            _ => return Err(damaged("unknown version of Argon2")),
        };
        let bad = |_| damaged("impossible numbers for Argon2");
        let params = argon2::Params::new(self.memory_kib, self.passes, self.lanes, Some(out.len()))
            .map_err(bad)?;
        let mut blocks = Vec::new();
        let count = params.block_count();
        blocks
            .try_reserve_exact(count)
            .map_err(|_| too_costly(&format!("{mib} MiB of memory, which is not there")))?;
        blocks.resize(count, argon2::Block::default());
        let result = argon2::Argon2::new(algorithm, version, params)
            .hash_password_into_with_memory(password, salt, out, &mut blocks);
        for block in &mut blocks {
            block.zeroize();
        }
        result.map_err(bad)
    }

    /// The same, to 32 bytes.
    pub(super) fn key(
        self,
        password: &[u8],
        salt: &[u8],
        tell: &dyn Fn(&str),
    ) -> Result<Key32, ImportError> {
        let mut key = Zeroizing::new([0; 32]);
        self.derive(password, salt, key.as_mut_slice(), tell)?;
        Ok(key)
    }
}

/// scrypt (RFC 7914) to 32 bytes.
pub(super) fn scrypt(
    password: &str,
    salt: &[u8],
    log_n: u8,
    r: u32,
    p: u32,
) -> Result<Key32, ImportError> {
    let cost = 1_u64.checked_shl(log_n.into()).unwrap_or(u64::MAX);
    let work = cost.saturating_mul(u64::from(r)).saturating_mul(p.into());
    if log_n > MAX_SCRYPT_LOG_N || r > 32 || work > 1 << 24 {
        return Err(too_costly(&format!(
            "scrypt with N = 2^{log_n}, r = {r}, p = {p}"
        )));
    }
    let params =
        scrypt::Params::new(log_n, r, p).map_err(|_| damaged("impossible numbers for scrypt"))?;
    let mut key = Zeroizing::new([0; 32]);
    scrypt::scrypt(password.as_bytes(), salt, &params, key.as_mut_slice())
        .map_err(|_| damaged("impossible numbers for scrypt"))?;
    Ok(key)
}

/// Opens AES-256-GCM; `sealed` ends with the tag. `None` where key or content are wrong.
pub(super) fn gcm(key: &[u8; 32], nonce: &[u8], sealed: &[u8], aad: &[u8]) -> Option<Plain> {
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

/// Seals with AES-256-GCM; the tag is at the end.
pub(super) fn gcm_seal(key: &[u8; 32], nonce: &[u8], plain: &[u8]) -> Vec<u8> {
    let mut own = [0; 12];
    own.copy_from_slice(&nonce[..12]);
    let mut sealed = plain.to_vec();
    let tag = Aes256Gcm::new(key.into()).encrypt_inout_detached(
        &Nonce::from(own),
        b"",
        sealed.as_mut_slice().into(),
    );
    // Only after 64 GiB there is no tag.
    sealed.extend_from_slice(&tag.map(|tag| tag.to_vec()).unwrap_or_default());
    sealed
}

/// Opens AES-256-CBC with PKCS #7 padding. There is no tag: one in 256 wrong keys gets through,
/// and what comes out has to be looked at.
pub(super) fn cbc(key: &[u8; 32], iv: &[u8], sealed: &[u8]) -> Option<Plain> {
    let iv: [u8; 16] = iv.try_into().ok()?;
    let mut plain = Zeroizing::new(sealed.to_vec());
    let length = cbc::Decryptor::<aes::Aes256>::new(key.into(), &iv.into())
        .decrypt_padded::<Pkcs7>(&mut plain)
        .ok()?
        .len();
    plain.truncate(length);
    Some(plain)
}

/// CryptoJS's cipher for a passphrase: base64 of `Salted__`, 8 bytes of salt and AES-256-CBC, key
/// and IV by OpenSSL's `EVP_BytesToKey` with MD5.
pub(super) fn cryptojs(passphrase: &[u8], text: &str) -> Option<Plain> {
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

/// HMAC-SHA-256.
pub(super) fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    mac::<Hmac<Sha256>>(key, parts)
        .and_then(|tag| tag.try_into().ok())
        .unwrap_or_default()
}

/// HMAC of any hash; HMAC takes keys of any length, so there always is one.
pub(super) fn mac<M: Mac + hmac::KeyInit>(key: &[u8], parts: &[&[u8]]) -> Option<Vec<u8>> {
    let mut mac = <M as hmac::KeyInit>::new_from_slice(key).ok()?;
    for part in parts {
        mac.update(part);
    }
    Some(mac.finalize().into_bytes().to_vec())
}

/// SHA-256.
pub(super) fn sha256(parts: &[&[u8]]) -> Key32 {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    Zeroizing::new(hash.finalize().into())
}

/// SHA-512.
pub(super) fn sha512(parts: &[&[u8]]) -> Zeroizing<[u8; 64]> {
    let mut hash = Sha512::new();
    for part in parts {
        hash.update(part);
    }
    Zeroizing::new(hash.finalize().into())
}

/// Standard or URL-safe base64, padded or not, with line ends in it.
pub(super) fn base64(text: &str) -> Option<Plain> {
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

/// The same, where it has to be there.
pub(super) fn must_base64(text: &str, what: &str) -> Result<Plain, ImportError> {
    base64(text).ok_or_else(|| damaged(&format!("{what} is not base64")))
}

pub(super) fn damaged(what: &str) -> ImportError {
    ImportError::Damaged(what.to_owned())
}

fn too_costly(what: &str) -> ImportError {
    ImportError::TooCostly(what.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_with_its_key_alone() {
        let sealed = gcm_seal(&[1; 32], &[2; 12], b"text");
        assert_eq!(
            gcm(&[1; 32], &[2; 12], &sealed, b"").unwrap().as_slice(),
            b"text"
        );
        assert!(gcm(&[3; 32], &[2; 12], &sealed, b"").is_none());
        assert!(gcm(&[1; 32], &[2; 12], &sealed, b"other").is_none());
        assert!(gcm(&[1; 32], &[2; 12], b"short", b"").is_none());
    }

    /// RFC 6070 and RFC 7914 section 11 (cut to 32 bytes).
    #[test]
    fn derivations_give_their_vectors() {
        let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(&bytes[..20]);
        let key = pbkdf2(Hash::Sha1, "password", b"salt", 4096).unwrap();
        assert_eq!(hex(&*key), "4b007901b765489abead49d926f721d065a429c1");
        let key = scrypt("password", b"NaCl", 10, 8, 16).unwrap();
        assert_eq!(hex(&*key), "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cb");
    }

    #[test]
    fn impossible_costs_are_refused_before_they_are_paid() {
        let tell = |_: &str| {};
        let memory = Argon2::id(1, u32::MAX, 1).key(b"x", b"saltsalt", &tell);
        let passes = Argon2::id(u32::MAX, 1 << 20, 1).key(b"x", b"saltsalt", &tell);
        for outcome in [
            memory,
            passes,
            pbkdf2(Hash::Sha256, "x", b"", u32::MAX),
            scrypt("x", b"", 40, 8, 1),
            scrypt("x", b"", 20, u32::MAX, u32::MAX),
        ] {
            assert!(matches!(outcome, Err(ImportError::TooCostly(_))));
        }
    }
}
