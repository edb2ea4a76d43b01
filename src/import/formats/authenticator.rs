//! The browser extension Authenticator: a JSON object of entries by id, plain or in one of three
//! encryptions, all based on CryptoJS's cipher.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::import::detect::{Format, certain};
use crate::import::ingest::Contents;
use crate::import::support::crypto::{self, Argon2, damaged};
use crate::import::support::json::{self, Scalar, Text};
use crate::import::support::row::{Fields, Key, unreadable};
use crate::import::{ImportError, Input, Row};
use crate::otp::Secret;

pub(crate) const FORMAT: Format = Format {
    name: "authenticator",
    title: "Authenticator (browser extension)",
    probe: |look| certain(is_export(look.text)),
    read,
};

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Entry {
    data_type: Scalar,
    encrypted: Scalar,
    index: Scalar,
    #[serde(rename = "type")]
    kind: Scalar,
    secret: Text,
    issuer: Scalar,
    account: Scalar,
    counter: Scalar,
    period: Scalar,
    digits: Scalar,
    algorithm: Scalar,
    /// The encrypted entry, in version 8.
    data: Scalar,
    key_id: Scalar,
    /// The id that entries name their key by; only in records of keys.
    id: Scalar,
    salt: Scalar,
    hash: Scalar,
    /// The key of all entries, encrypted with the password, in version 2.
    enc: Scalar,
}

type Members<'a> = BTreeMap<String, &'a RawValue>;

fn is_export(text: &str) -> bool {
    if !text.trim_start().starts_with('{') {
        return false;
    }
    let Ok(members) = serde_json::from_str::<Members>(text) else {
        return false;
    };
    members.values().any(|member| {
        let entry: Entry = serde_json::from_str(member.get()).unwrap_or_default();
        let data_type = entry.data_type.0.unwrap_or_default();
        let has_key = !entry.secret.is_empty() && entry.hash.0.is_some();
        has_key || matches!(data_type.as_str(), "OTPStorage" | "EncOTPStorage")
    })
}

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let members: Members = json::read(input.bytes)?;
    if members.len() > crate::import::MAX_ROWS {
        return Err(ImportError::TooCostly("too many entries".to_owned()));
    }
    let mut keys: BTreeMap<String, Zeroizing<String>> = BTreeMap::new();
    let mut records: BTreeMap<String, Entry> = BTreeMap::new();
    let (mut entries, mut contents) = (Vec::new(), Contents::default());
    for (id, raw) in &members {
        if matches!(id.as_str(), "key" | "enc" | "hash") {
            continue;
        }
        match serde_json::from_str::<Entry>(raw.get()) {
            Ok(entry) if entry.data_type.0.as_deref() == Some("Key") => {
                let id = entry.id.0.clone().unwrap_or_default();
                records.entry(id).or_insert(entry);
            }
            Ok(entry) => entries.push(entry),
            Err(_) => contents.rows.push(unreadable(format!("entry {id}"))),
        }
    }
    entries.sort_by_key(|entry| entry.index.0.as_deref().and_then(|i| i.parse::<i64>().ok()));
    // Without a password, those that need none are read, if there are any.
    let is_partial = input.password.is_none() && !entries.iter().all(Entry::is_sealed);
    let key = if !is_partial && entries.iter().any(Entry::is_sealed) {
        entry_key(&members, input)?
    } else {
        None
    };
    for (number, entry) in (1..).zip(entries) {
        let place = format!("entry {number}");
        if is_partial && entry.is_sealed() {
            contents.push_locked(place, entry.name());
            continue;
        }
        let entry = match entry.data.0 {
            Some(data) => {
                let id = entry.key_id.0.unwrap_or_default();
                if !keys.contains_key(&id) {
                    if keys.len() == MAX_KEYS {
                        return Err(ImportError::TooCostly(format!("more than {MAX_KEYS} keys")));
                    }
                    keys.insert(id.clone(), passphrase(records.get(&id), input)?);
                }
                let passphrase = keys.get(&id).map_or("", |key| key.as_str());
                open_entry(passphrase, &data)?
            }
            None if entry.encrypted.0.as_deref() == Some("true") => Entry {
                secret: open_secret(key.as_ref(), &entry.secret, input)?,
                ..entry
            },
            None => entry,
        };
        contents.rows.push(row(entry, place));
    }
    Ok(contents)
}

impl Entry {
    /// Whether only the password opens it.
    fn is_sealed(&self) -> bool {
        self.data.0.is_some() || self.encrypted.0.as_deref() == Some("true")
    }

    fn name(&self) -> String {
        let of = |text: &Scalar| text.0.clone().unwrap_or_default();
        crate::otp::full_name(&of(&self.issuer), &of(&self.account))
    }
}

/// Version 2's passphrase for all entries: the decrypted `enc`, in hexadecimal. `None` in version 1.
fn entry_key(
    members: &Members<'_>,
    input: &Input<'_>,
) -> Result<Option<Zeroizing<String>>, ImportError> {
    let record = members.get("key").map(|raw| raw.get());
    let record: Entry = record
        .and_then(|raw| serde_json::from_str(raw).ok())
        .unwrap_or_default();
    // Some versions have a bug: they put both members into the root.
    let root = |name| {
        let raw: &&RawValue = members.get(name)?;
        serde_json::from_str::<String>(raw.get()).ok()
    };
    let Some(sealed) = record.enc.0.or_else(|| root("enc")) else {
        return Ok(None);
    };
    let opened = crypto::cryptojs(input.password()?.as_bytes(), &sealed);
    let opened = opened.ok_or(ImportError::WrongPassword)?;
    let key = Zeroizing::new(data_encoding::HEXLOWER.encode(&opened));
    if let Some(hash) = record.hash.0.or_else(|| root("hash"))
        && !is_hash_of(&hash, key.as_bytes(), input)?
    {
        return Err(ImportError::WrongPassword);
    }
    Ok(Some(key))
}

/// Bounds the keys whose passphrase is derived. Real files have one key for each password.
const MAX_KEYS: usize = 4;

/// Version 8's passphrase: the Argon2 hash of the password, in base64.
fn passphrase(record: Option<&Entry>, input: &Input<'_>) -> Result<Zeroizing<String>, ImportError> {
    let record = record.ok_or_else(|| damaged("the key of an entry is missing"))?;
    let salt = record.salt.0.as_deref().unwrap_or_default();
    let password = input.password()?.as_bytes();
    let raw = crypto::argon2_key(Argon2::id(2, 19456, 1), password, salt.as_bytes(), input)?;
    let text = Zeroizing::new(data_encoding::BASE64_NOPAD.encode(&*raw));
    match &record.hash.0 {
        Some(hash) if !is_hash_of(hash, text.as_bytes(), input)? => Err(ImportError::WrongPassword),
        _ => Ok(text),
    }
}

/// Checks a password against a hash in the PHC string format:
/// `$argon2id$v=19$m=…,t=…,p=…$salt$hash`.
fn is_hash_of(phc: &str, password: &[u8], input: &Input<'_>) -> Result<bool, ImportError> {
    let invalid = || damaged("its password hash is malformed");
    let parts: Vec<_> = phc.split('$').collect();
    let [
        "",
        kind @ ("argon2id" | "argon2d"),
        version,
        numbers,
        salt,
        hash,
    ] = parts[..]
    else {
        return Err(invalid());
    };
    let number = |name: &str| {
        let mut all = numbers.split(',').filter_map(|pair| pair.split_once('='));
        let value = all.find(|pair| pair.0 == name).map(|pair| pair.1);
        value.and_then(|text| text.parse().ok()).ok_or_else(invalid)
    };
    let numbers = Argon2 {
        is_d: kind == "argon2d",
        version: if version == "v=16" { 0x10 } else { 0x13 },
        passes: number("t")?,
        memory_kib: number("m")?,
        lanes: number("p")?,
    };
    let salt = crypto::base64(salt).ok_or_else(invalid)?;
    let hash = crypto::base64(hash).filter(|hash| (4..=64).contains(&hash.len()));
    let hash = hash.ok_or_else(invalid)?;
    let mut own = Zeroizing::new(vec![0; hash.len()]);
    crypto::argon2_into(numbers, password, &salt, &mut own, input)?;
    Ok(own.ct_eq(&hash).into())
}

fn open_entry(passphrase: &str, sealed: &str) -> Result<Entry, ImportError> {
    let opened =
        crypto::cryptojs(passphrase.as_bytes(), sealed).ok_or(ImportError::WrongPassword)?;
    json::read(&opened).map_err(|_| ImportError::WrongPassword)
}

/// Decrypts a key of versions 1 and 2, which encrypt nothing else. With the wrong password, the
/// result is not text.
fn open_secret(
    key: Option<&Zeroizing<String>>,
    sealed: &str,
    input: &Input<'_>,
) -> Result<Text, ImportError> {
    let passphrase = match key {
        Some(key) => key.as_str(),
        None => input.password()?,
    };
    let opened =
        crypto::cryptojs(passphrase.as_bytes(), sealed).ok_or(ImportError::WrongPassword)?;
    let text = std::str::from_utf8(&opened).map_err(|_| ImportError::WrongPassword)?;
    if !text.chars().all(|c| c.is_ascii_graphic() || c == ' ') {
        return Err(ImportError::WrongPassword);
    }
    Ok(Text(Zeroizing::new(text.to_owned())))
}

fn row(entry: Entry, place: String) -> Row {
    // Numbers index the extension's own list of types.
    let kind = entry.kind.0.unwrap_or_default();
    let (mut kind, is_hex) = match kind.as_str() {
        "1" | "" => ("totp".to_owned(), false),
        "2" => ("hotp".to_owned(), false),
        "3" => ("battle".to_owned(), false),
        "4" => ("steam".to_owned(), false),
        "5" | "hex" => ("totp".to_owned(), true),
        "6" | "hhex" => ("hotp".to_owned(), true),
        other => (other.to_owned(), false),
    };
    let mut secret = entry.secret.0;
    for (prefix, meaning) in [("blz-", "battle"), ("bliz-", "battle"), ("stm-", "steam")] {
        if let Some(rest) = secret.strip_prefix(prefix) {
            meaning.clone_into(&mut kind);
            secret = Zeroizing::new(rest.to_owned());
        }
    }
    let mut digits = entry.digits.0;
    if kind == "battle" {
        "totp".clone_into(&mut kind);
        digits = Some("8".to_owned());
    }
    let looks_hex = crypto::hex(&secret).is_some() && Secret::from_base32(&secret).is_err();
    Fields {
        issuer: entry.issuer.0.unwrap_or_default(),
        name: entry.account.0.unwrap_or_default(),
        key: if is_hex || looks_hex {
            Key::Hex(secret)
        } else {
            Key::Base32(secret)
        },
        kind,
        algorithm: entry.algorithm.0,
        digits,
        period: entry.period.0.filter(|period| period != "0"),
        counter: entry.counter.0,
        tags: Vec::new(),
    }
    .finish(place)
}
