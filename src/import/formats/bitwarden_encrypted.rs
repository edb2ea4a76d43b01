//! Bitwarden's JSON export, encrypted with a password.

use hkdf::Hkdf;
use serde::Deserialize;
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::import::detect::{Format, certain};
use crate::import::formats::bitwarden;
use crate::import::ingest::Contents;
use crate::import::support::crypto::{self, Argon2, Hash, Key32, damaged};
use crate::import::support::json;
use crate::import::{ImportError, Input};

pub(crate) const FORMAT: Format = Format {
    name: "bitwarden-encrypted",
    title: "Bitwarden (encrypted JSON)",
    probe: |look| certain(look.json_has(&["encrypted", "encKeyValidation_DO_NOT_EDIT"])),
    read,
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    #[serde(default)]
    password_protected: bool,
    #[serde(default)]
    salt: String,
    #[serde(default)]
    kdf_type: u8,
    #[serde(default)]
    kdf_iterations: u32,
    /// Argon2id's memory in MiB.
    #[serde(default)]
    kdf_memory: Option<u32>,
    #[serde(default)]
    kdf_parallelism: Option<u32>,
    #[serde(rename = "encKeyValidation_DO_NOT_EDIT")]
    validation: String,
    #[serde(default)]
    data: String,
}

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let file: File = json::read(input.bytes)?;
    if !file.password_protected {
        let message = "only the Bitwarden account that made this export can open it: export again \
            as 'Password protected'";
        return Err(ImportError::Unsupported(message.to_owned()));
    }
    let (password, salt) = (input.password()?, file.salt.as_bytes());
    let key = match file.kdf_type {
        0 => crypto::pbkdf2(Hash::Sha256, password, salt, file.kdf_iterations)?,
        1 => {
            let memory = file.kdf_memory.unwrap_or_default().saturating_mul(1024);
            let lanes = file.kdf_parallelism.unwrap_or(1);
            let numbers = Argon2::id(file.kdf_iterations, memory, lanes);
            crypto::argon2_key(
                numbers,
                password.as_bytes(),
                &*crypto::sha256(&[salt]),
                input,
            )?
        }
        other => return Err(ImportError::Newer(format!("Bitwarden's KDF {other}"))),
    };
    let (cipher, mac) = (expand(&key, b"enc"), expand(&key, b"mac"));
    let opens = open(&file.validation, &cipher, &mac)?;
    if opens.is_none() {
        return Err(ImportError::WrongPassword);
    }
    let plain = open(&file.data, &cipher, &mac)?;
    bitwarden::read_plain(
        &plain.ok_or_else(|| damaged("the password is right, but the content was changed"))?,
    )
}

/// HKDF's expand step (RFC 5869 section 2.3), without extract.
fn expand(key: &[u8; 32], info: &[u8]) -> Key32 {
    let mut out = Zeroizing::new([0; 32]);
    if let Ok(hkdf) = Hkdf::<Sha256>::from_prk(key) {
        // HKDF-SHA-256 can give up to 8160 bytes.
        let _ = hkdf.expand(info, out.as_mut_slice());
    }
    out
}

/// Decrypts `2.iv|ciphertext|mac`; `None` if the MAC does not match.
fn open(
    sealed: &str,
    key: &[u8; 32],
    mac_key: &[u8; 32],
) -> Result<Option<crypto::Plaintext>, ImportError> {
    let unknown = || damaged("an encrypted part has an unknown type");
    let parts = sealed.strip_prefix("2.").ok_or_else(unknown)?;
    let parts: Vec<_> = parts.split('|').map(crypto::base64).collect();
    let [Some(iv), Some(text), Some(mac)] = &parts[..] else {
        return Err(unknown());
    };
    let own = crypto::hmac_sha256(mac_key, &[iv, text]);
    if !bool::from(own.ct_eq(mac)) {
        return Ok(None);
    }
    Ok(crypto::cbc(key, iv, text))
}
