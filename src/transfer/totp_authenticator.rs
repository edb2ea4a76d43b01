//! The app TOTP Authenticator: an encrypted file, or Android's preferences.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::crypt::{self, Plain};
use super::json::{self, Rows, Scalar, Text};
use super::row::Key;
use super::{Fields, Import, ImportError, Input, Row, prefs, rows};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Entry {
    issuer: Scalar,
    name: Scalar,
    key: Text,
    base: Scalar,
}

/// What the app itself says when no password was chosen.
const DEFAULT_PASSWORD: &str = "TotpAuthenticator";

const NOTE: &str =
    "this app's digits and periods are for show: its codes have 6 digits and last 30 s";

pub(super) fn read(input: &Input<'_>) -> Result<Import, ImportError> {
    let preferences = prefs::strings(json::text(input.bytes)?)?;
    let list = preferences
        .iter()
        .find(|one| one.name == "STATIC_TOTP_CODES_LIST");
    let list = list.ok_or_else(|| crypt::damaged("it has no list of accounts"))?;
    entries(list.value.as_bytes())
}

pub(super) fn read_sealed(input: &Input<'_>) -> Result<Import, ImportError> {
    let sealed = crypt::base64(json::text(input.bytes)?).ok_or(ImportError::Unrecognised)?;
    if let Some(list) = open(&sealed, DEFAULT_PASSWORD) {
        return entries(&list);
    }
    match open(&sealed, input.password()?) {
        Some(list) => entries(&list),
        None => Err(ImportError::WrongPassword),
    }
}

/// The list is the first name in an object, of all things.
fn open(sealed: &[u8], password: &str) -> Option<Plain> {
    let key = crypt::sha256(&[password.as_bytes()]);
    let plain = crypt::cbc(&key, &[0; 16], sealed)?;
    let text = json::text(&plain).ok()?;
    let first = text.trim_start().strip_prefix('{')?;
    let mut reader = serde_json::Deserializer::from_str(first);
    let list = String::deserialize(&mut reader).ok()?.into_bytes();
    let list = Plain::from(list);
    serde_json::from_slice::<Vec<IgnoredAny>>(&list).ok()?;
    Some(list)
}

fn entries(bytes: &[u8]) -> Result<Import, ImportError> {
    let list: Rows<Entry> = json::read(bytes)?;
    let rows = rows(list, "entry", |entry, place| Some(row(entry, place)));
    Ok(Import::of(rows).with_note(NOTE))
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
