//! age files that a passphrase opens (age-encryption.org/v1), in ASCII armour.
//!
//! The `age` crate is an optional dependency, and this is a tenth of its size.

use chacha20poly1305::ChaCha20Poly1305;
use chacha20poly1305::aead::{AeadInOut, KeyInit};
use hkdf::Hkdf;
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::import::support::crypto::{self, Key32, Plaintext, damaged};
use crate::import::{ImportError, Input};

pub(crate) const ARMOR: &str = "-----BEGIN AGE ENCRYPTED FILE-----";
const ARMOR_END: &str = "-----END AGE ENCRYPTED FILE-----";
const CHUNK: usize = 64 * 1024 + 16;

pub(crate) fn open(text: &str, input: &Input<'_>) -> Result<Plaintext, ImportError> {
    let cut = || damaged("the age file is cut short");
    let inner = text
        .trim()
        .strip_prefix(ARMOR)
        .and_then(|text| text.strip_suffix(ARMOR_END));
    let bytes = crypto::require_base64(inner.ok_or_else(cut)?, "the age file")?;
    let end = bytes
        .windows(5)
        .position(|window| window == b"\n--- ")
        .ok_or_else(cut)?;
    let (head, rest) = bytes.split_at(end + 4);
    let line = rest
        .iter()
        .position(|byte| *byte == b'\n')
        .ok_or_else(cut)?;
    let (mac, payload) = (&rest[1..line], &rest[line + 1..]);
    let header = std::str::from_utf8(head).map_err(|_| cut())?;
    let file_key = file_key(header, input.password()?)?;
    let mac = crypto::base64(&String::from_utf8_lossy(mac)).ok_or_else(cut)?;
    let own = crypto::hmac_sha256(&*expand(&file_key, &[], b"header"), &[head]);
    if !bool::from(own.ct_eq(&mac)) {
        return Err(damaged("the header of the age file was changed"));
    }
    let (nonce, chunks) = payload.split_at_checked(16).ok_or_else(cut)?;
    stream(&expand(&file_key, nonce, b"payload"), chunks)
}

/// Opens the stanza `-> scrypt SALT LOG_N`, which must be the only one.
fn file_key(header: &str, password: &str) -> Result<Zeroizing<Vec<u8>>, ImportError> {
    let mut lines = header.lines();
    if lines.next() != Some("age-encryption.org/v1") {
        return Err(ImportError::Newer("an unknown version of age".to_owned()));
    }
    let words: Vec<_> = lines.next().unwrap_or_default().split(' ').collect();
    let ["->", "scrypt", salt, log_n] = words[..] else {
        let message =
            "this age file is encrypted to a key: decrypt it first (age -d FILE | mfa import -)";
        return Err(ImportError::Unsupported(message.to_owned()));
    };
    let invalid = || damaged("the header of the age file is malformed");
    let body: String = lines.take_while(|line| !line.starts_with('-')).collect();
    let mut body = crypto::base64(&body).ok_or_else(invalid)?;
    let salt = crypto::base64(salt).ok_or_else(invalid)?;
    let salt = [&b"age-encryption.org/v1/scrypt"[..], &salt].concat();
    let log_n = log_n.parse().map_err(|_| invalid())?;
    let key = crypto::scrypt(password, &salt, log_n, 8, 1)?;
    ChaCha20Poly1305::new((&*key).into())
        .decrypt_in_place(&[0; 12].into(), b"", &mut *body)
        .map_err(|_| ImportError::WrongPassword)?;
    Ok(body)
}

fn expand(key: &[u8], salt: &[u8], info: &[u8]) -> Key32 {
    let mut out = Zeroizing::new([0; 32]);
    // HKDF-SHA-256 can give up to 8160 bytes.
    let _ = Hkdf::<Sha256>::new(Some(salt), key).expand(info, out.as_mut_slice());
    out
}

/// STREAM: numbered chunks of 64 KiB; the last one is marked.
fn stream(key: &[u8; 32], mut rest: &[u8]) -> Result<Plaintext, ImportError> {
    let cipher = ChaCha20Poly1305::new(key.into());
    let mut plain = Zeroizing::new(Vec::with_capacity(rest.len()));
    for counter in 0_u64.. {
        let (chunk, after) = rest.split_at(rest.len().min(CHUNK));
        let mut nonce = [0; 12];
        nonce[3..11].copy_from_slice(&counter.to_be_bytes());
        nonce[11] = u8::from(after.is_empty());
        let mut text = Zeroizing::new(chunk.to_vec());
        cipher
            .decrypt_in_place(&nonce.into(), b"", &mut *text)
            .map_err(|_| damaged("a part of the age file was changed"))?;
        plain.extend_from_slice(&text);
        if after.is_empty() {
            break;
        }
        rest = after;
    }
    Ok(plain)
}
