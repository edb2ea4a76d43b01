//! The app TOTP Authenticator: an encrypted file, or Android's preferences.

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::import::detect::{Certainty, Format, certain, maybe};
use crate::import::ingest::Contents;
use crate::import::look::Look;
use crate::import::support::android_prefs;
use crate::import::support::crypto::{self, Plaintext};
use crate::import::support::json::{self, Rows, Scalar, Text};
use crate::import::support::row::{Fields, Key, rows};
use crate::import::{ImportError, Input, Row};

pub(crate) const FORMAT: Format = Format {
    name: "totp-authenticator",
    title: "TOTP Authenticator",
    probe,
    read,
};

fn probe(look: &Look<'_>) -> Option<Certainty> {
    certain(look.android_pref(LIST)).or(maybe(look.is_base64_of_blocks()))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Entry {
    issuer: Scalar,
    name: Scalar,
    key: Text,
    base: Scalar,
}

/// The app's own password, used if the person chose none.
const DEFAULT_PASSWORD: &str = "TotpAuthenticator";

/// The name of the preference with the accounts.
const LIST: &str = "STATIC_TOTP_CODES_LIST";

const NOTE: &str = "this app ignores its digits and periods: its codes have 6 digits and last 30 s";

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let text = json::text(input.bytes)?;
    if !android_prefs::is_prefs(text) {
        return read_encrypted(input);
    }
    let preferences = android_prefs::strings(text)?;
    let list = preferences.iter().find(|one| one.name == LIST);
    let list = list.ok_or_else(|| crypto::damaged("it has no list of accounts"))?;
    entries(list.value.as_bytes())
}

fn read_encrypted(input: &Input<'_>) -> Result<Contents, ImportError> {
    let sealed = crypto::base64(json::text(input.bytes)?).ok_or(ImportError::Unrecognised)?;
    if let Some(list) = open(&sealed, DEFAULT_PASSWORD) {
        return entries(&list);
    }
    match open(&sealed, input.password()?) {
        Some(list) => entries(&list),
        None => Err(ImportError::WrongPassword),
    }
}

/// Decrypts the list of accounts: JSON in a string, which is the first key of an object.
fn open(sealed: &[u8], password: &str) -> Option<Plaintext> {
    let key = crypto::sha256(&[password.as_bytes()]);
    let plain = crypto::cbc(&key, &[0; 16], sealed)?;
    let text = json::text(&plain).ok()?;
    let first = text.trim_start().strip_prefix('{')?;
    let mut reader = serde_json::Deserializer::from_str(first);
    let list = String::deserialize(&mut reader).ok()?.into_bytes();
    let list = Plaintext::from(list);
    serde_json::from_slice::<Vec<IgnoredAny>>(&list).ok()?;
    Some(list)
}

fn entries(bytes: &[u8]) -> Result<Contents, ImportError> {
    let list: Rows<Entry> = json::read(bytes)?;
    let rows = rows(list, "entry", |entry, place| Some(row(entry, place)));
    Ok(Contents::from_rows(rows).with_note(NOTE))
}

fn row(entry: Entry, place: String) -> Row {
    let key = match entry.base.0.as_deref() {
        Some("16") => Key::Hex(entry.key.0),
        Some("64") => Key::Base64(entry.key.0),
        _ => entry.key.key(),
    };
    Fields {
        issuer: entry.issuer.0.unwrap_or_default(),
        name: entry.name.0.unwrap_or_default(),
        key,
        ..Fields::default()
    }
    .finish(place)
}
