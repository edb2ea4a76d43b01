//! Steam's encrypted maFiles, as SDA and steamguard-cli write them.

use crate::import::detect::{Format, maybe};
use crate::import::formats::steam::{Account, Entry, Manifest, row};
use crate::import::ingest::Contents;
use crate::import::support::crypto::{self, Argon2, Hash};
use crate::import::support::json;
use crate::import::support::row::unreadable;
use crate::import::{ImportError, Input};

pub(crate) const FORMAT: Format = Format {
    name: "steam-sealed",
    title: "Steam (encrypted maFile)",
    probe: |look| maybe(look.is_base64_of_blocks()),
    read,
};

/// An encrypted maFile is only base64; salt and IV are in the manifest beside it.
pub(crate) fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let sealed = crypto::base64(json::text(input.bytes)?).ok_or(ImportError::Unrecognised)?;
    let mut entries: Vec<Entry> = Vec::new();
    for bytes in input.companions {
        if let Ok(manifest) = json::read::<Manifest>(bytes) {
            entries.extend(manifest.entries.0.into_iter().flatten());
        }
    }
    if entries.is_empty() {
        return if is_ma_file(input.name) {
            let message =
                "an encrypted maFile needs the manifest.json from its folder: import both";
            Err(ImportError::Unsupported(message.to_owned()))
        } else {
            Err(ImportError::Unrecognised)
        };
    }
    // The entry with this file's name comes first, but the file may have been renamed.
    entries.sort_by_key(|entry| entry.filename.0.as_deref() != Some(input.name));
    let password = input.password()?;
    for entry in entries.into_iter().take(64) {
        if let Some(plain) = open(entry, password, &sealed, input)? {
            if let Ok(account) = json::read::<Account>(&plain) {
                return Ok(Contents::from_rows(vec![row(account, "account 1")]));
            }
            let is_text = json::text(&plain).is_ok_and(|text| text.starts_with('{'));
            if is_text {
                return Ok(Contents::from_rows(vec![unreadable(
                    "account 1".to_owned(),
                )]));
            }
        }
    }
    Err(ImportError::WrongPassword)
}

fn is_ma_file(name: &str) -> bool {
    name.to_ascii_lowercase().ends_with(".mafile")
}

fn open(
    entry: Entry,
    password: &str,
    sealed: &[u8],
    input: &Input<'_>,
) -> Result<Option<crypto::Plaintext>, ImportError> {
    let iv = entry.encryption_iv.0.or(entry.encryption.iv.0);
    let salt = entry.encryption_salt.0.or(entry.encryption.salt.0);
    let (Some(iv), Some(salt)) = (iv, salt) else {
        return Ok(None);
    };
    let (Some(iv), Some(salt)) = (crypto::base64(&iv), crypto::base64(&salt)) else {
        return Ok(None);
    };
    let scheme = entry.encryption.scheme.0.unwrap_or_default();
    let key = if scheme.to_ascii_lowercase().contains("argon2id") {
        crypto::argon2_key(Argon2::id(3, 12288, 12), password.as_bytes(), &salt, input)?
    } else {
        crypto::pbkdf2(Hash::Sha1, password, &salt, 50_000)?
    };
    Ok(crypto::cbc(&key, &iv, sealed))
}
