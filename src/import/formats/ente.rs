//! Ente Auth's encrypted export: Argon2id, then libsodium's secretstream of one message.

use chacha20::cipher::{KeyIvInit, StreamCipher, StreamCipherSeek};
use chacha20::{ChaCha20, R20, hchacha};
use poly1305::Poly1305;
use poly1305::universal_hash::KeyInit;
use serde::Deserialize;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::import::detect::{Format, certain};
use crate::import::formats::uris;
use crate::import::ingest::Contents;
use crate::import::support::crypto::{self, Argon2, damaged};
use crate::import::support::json;
use crate::import::{ImportError, Input};

pub(crate) const FORMAT: Format = Format {
    name: "ente",
    title: "Ente Auth (encrypted)",
    probe: |look| certain(look.json_has(&["encryptedData", "encryptionNonce"])),
    read,
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    version: u32,
    kdf_params: KdfParams,
    encrypted_data: String,
    encryption_nonce: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct KdfParams {
    /// Argon2id's memory in bytes, as libsodium counts it.
    mem_limit: u64,
    ops_limit: u32,
    salt: String,
}

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let file: File = json::read(input.bytes)?;
    if file.version > 1 {
        return Err(ImportError::Newer(format!("Ente {}", file.version)));
    }
    let salt = crypto::require_base64(&file.kdf_params.salt, "the salt")?;
    let header = crypto::require_base64(&file.encryption_nonce, "the nonce")?;
    let sealed = crypto::require_base64(&file.encrypted_data, "the encrypted part")?;
    let header: &[u8; 24] =
        (header.as_slice().try_into()).map_err(|_| damaged("its nonce is not 24 bytes long"))?;
    if sealed.len() < 17 {
        return Err(damaged("the encrypted part is cut short"));
    }
    let memory = u32::try_from(file.kdf_params.mem_limit / 1024).unwrap_or(u32::MAX);
    let numbers = Argon2::id(file.kdf_params.ops_limit, memory, 1);
    let key = crypto::argon2_key(numbers, input.password()?.as_bytes(), &salt, input)?;
    let plain = open_message(&key, header, &sealed).ok_or(ImportError::WrongPassword)?;
    let text = json::text(&plain)?;
    if text.trim().is_empty() {
        return Ok(Contents::from_rows(Vec::new()));
    }
    uris::lines(text)
}

/// `crypto_secretstream_xchacha20poly1305_pull` for the first message: the encrypted tag byte, the
/// text, the MAC. Built on two primitives that are dependencies anyway. The crate for it has not
/// been maintained since 2023, and needs older versions of both.
fn open_message(key: &[u8; 32], header: &[u8; 24], sealed: &[u8]) -> Option<crypto::Plaintext> {
    let (body, mac) = sealed.split_at_checked(sealed.len().checked_sub(16)?)?;
    let (tag, text) = body.split_first()?;
    let (input, rest) = header.split_first_chunk::<16>()?;
    let subkey = hchacha::<R20>(key.into(), input.into());
    let mut nonce = [0; 12];
    nonce[0] = 1;
    nonce[4..].copy_from_slice(rest);
    let mut cipher = ChaCha20::new(&subkey, &nonce.into());
    let mut block = Zeroizing::new([0_u8; 64]);
    cipher.apply_keystream(block.as_mut_slice());
    let mac_key = Zeroizing::new(<[u8; 32]>::try_from(&block[..32]).ok()?);
    // The tag takes a whole block, which is encrypted and authenticated.
    let mut first = Zeroizing::new([0_u8; 64]);
    first[0] = *tag;
    cipher.apply_keystream(first.as_mut_slice());
    first[0] = *tag;
    if !bool::from(authenticate(&mac_key, &first[..], text).ct_eq(mac)) {
        return None;
    }
    let mut plain = Zeroizing::new(text.to_vec());
    cipher.seek(128_u64);
    cipher.apply_keystream(&mut plain);
    Some(plain)
}

/// Poly1305 over the tag's block, the text with libsodium's odd padding, and the two lengths.
fn authenticate(key: &[u8; 32], first: &[u8], text: &[u8]) -> [u8; 16] {
    let mut message = Vec::with_capacity(text.len() + 96);
    message.extend_from_slice(first);
    message.extend_from_slice(text);
    // (0x10 - 64 + length) mod 16: a mistake that libsodium keeps for compatibility, harmless here.
    let padding = (16_usize.wrapping_sub(64).wrapping_add(text.len())) & 15;
    message.resize(message.len() + padding, 0);
    message.extend_from_slice(&0_u64.to_le_bytes());
    let length = u64::try_from(text.len()).unwrap_or(0) + 64;
    message.extend_from_slice(&length.to_le_bytes());
    Poly1305::new(key.into()).compute_unpadded(&message).into()
}
