//! Steam: Android's own file, SDA's and steamguard-cli's maFiles, plain and encrypted. The key is
//! `shared_secret`; the `uri` beside it may hold anything.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::crypt::{self, Argon2, Hash};
use super::json::{self, Rows, Scalar, Text};
use super::row::Key;
use super::{Fields, Import, ImportError, Input, Row, unreadable};

#[derive(Deserialize)]
struct Account {
    #[serde(default)]
    account_name: Scalar,
    shared_secret: Text,
}

#[derive(Deserialize)]
struct Accounts<'a> {
    #[serde(borrow)]
    accounts: BTreeMap<String, &'a RawValue>,
}

#[derive(Deserialize)]
struct Manifest {
    entries: Rows<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    filename: Scalar,
    #[serde(default)]
    encryption_iv: Scalar,
    #[serde(default)]
    encryption_salt: Scalar,
    #[serde(default, deserialize_with = "json::or_default")]
    encryption: Encryption,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Encryption {
    iv: Scalar,
    salt: Scalar,
    scheme: Scalar,
}

pub(super) fn read(input: &Input<'_>) -> Result<Import, ImportError> {
    if !json::text(input.bytes)?.trim_start().starts_with('{') {
        return read_sealed(input);
    }
    if let Ok(account) = json::read::<Account>(input.bytes) {
        return Ok(Import::of(vec![row(account, "account 1")]));
    }
    if let Ok(manifest) = json::read::<Manifest>(input.bytes) {
        let names = manifest.entries.0.into_iter().flatten();
        let names: Vec<_> = names.filter_map(|entry| entry.filename.0).collect();
        let note = format!(
            "a manifest has no accounts itself; they are in {}",
            names.join(", ")
        );
        return Ok(Import::of(Vec::new()).with_note(note));
    }
    let file: Accounts = json::read(input.bytes)?;
    let numbered = (1..).zip(file.accounts.into_values());
    let rows = numbered.map(|(number, account): (usize, &RawValue)| {
        let place = format!("account {number}");
        let account = serde_json::from_str(account.get());
        account.map_or_else(
            |_| unreadable(place.clone()),
            |account| row(account, &place),
        )
    });
    Ok(Import::of(rows.collect()))
}

fn row(account: Account, place: &str) -> Row {
    Fields {
        issuer: "Steam".to_owned(),
        name: account.account_name.0.unwrap_or_default(),
        key: Key::Base64(account.shared_secret.0),
        kind: "steam".to_owned(),
        ..Fields::default()
    }
    .finish(place)
}

/// An encrypted maFile is base64 and nothing else: salt and IV are in the manifest beside it.
pub(super) fn read_sealed(input: &Input<'_>) -> Result<Import, ImportError> {
    let sealed = crypt::base64(json::text(input.bytes)?).ok_or(ImportError::Unrecognised)?;
    let mut entries: Vec<Entry> = Vec::new();
    for (_, bytes) in input.beside {
        if let Ok(manifest) = json::read::<Manifest>(bytes) {
            entries.extend(manifest.entries.0.into_iter().flatten());
        }
    }
    if entries.is_empty() {
        return if is_ma_file(input.name) {
            let message =
                "an encrypted maFile needs the manifest.json that was beside it: give both";
            Err(ImportError::Unsupported(message.to_owned()))
        } else {
            Err(ImportError::Unrecognised)
        };
    }
    // The entry of this name first; a file may have been renamed.
    entries.sort_by_key(|entry| entry.filename.0.as_deref() != Some(input.name));
    let password = input.password()?;
    for entry in entries.into_iter().take(64) {
        if let Some(plain) = open(entry, password, &sealed, input)? {
            if let Ok(account) = json::read::<Account>(&plain) {
                return Ok(Import::of(vec![row(account, "account 1")]));
            }
            let is_text = json::text(&plain).is_ok_and(|text| text.starts_with('{'));
            if is_text {
                return Ok(Import::of(vec![unreadable("account 1".to_owned())]));
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
) -> Result<Option<crypt::Plain>, ImportError> {
    let iv = entry.encryption_iv.0.or(entry.encryption.iv.0);
    let salt = entry.encryption_salt.0.or(entry.encryption.salt.0);
    let (Some(iv), Some(salt)) = (iv, salt) else {
        return Ok(None);
    };
    let (Some(iv), Some(salt)) = (crypt::base64(&iv), crypt::base64(&salt)) else {
        return Ok(None);
    };
    let scheme = entry.encryption.scheme.0.unwrap_or_default();
    let key = if scheme.to_ascii_lowercase().contains("argon2id") {
        Argon2::id(3, 12288, 12).key(password.as_bytes(), &salt, input.tell)?
    } else {
        crypt::pbkdf2(Hash::Sha1, password, &salt, 50_000)?
    };
    Ok(crypt::cbc(&key, &iv, sealed))
}
