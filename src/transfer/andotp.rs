//! andOTP (archived 2022): a JSON list, plain or in one of two encryptions that have no mark.

use serde::Deserialize;

use super::crypt::{self, Hash};
use super::json::{self, Rows, Scalar, Text};
use super::{Fields, Import, ImportError, Input, Row, rows};

#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    secret: Text,
    /// Missing in the oldest files, whose label is `Issuer - name`.
    issuer: Option<Scalar>,
    #[serde(default)]
    label: Scalar,
    #[serde(default)]
    digits: Scalar,
    #[serde(rename = "type", default)]
    kind: Scalar,
    #[serde(default)]
    algorithm: Scalar,
    #[serde(default)]
    period: Scalar,
    #[serde(default)]
    counter: Scalar,
    #[serde(default, deserialize_with = "json::or_default")]
    tags: Vec<String>,
}

pub(super) fn read(input: &Input<'_>) -> Result<Import, ImportError> {
    if json::text(input.bytes).is_err() {
        return read_encrypted(input);
    }
    list(input.bytes)
}

/// The new form has the number of rounds in front, the old one nothing: what looks like the new
/// one and does not open is tried as the old one too.
pub(super) fn read_encrypted(input: &Input<'_>) -> Result<Import, ImportError> {
    let password = input.password()?;
    let plain = open_new(input.bytes, password).or_else(|| open_old(input.bytes, password));
    list(&plain.ok_or(ImportError::WrongPassword)?)
}

fn open_new(bytes: &[u8], password: &str) -> Option<crypt::Plain> {
    let (iterations, rest) = bytes.split_first_chunk::<4>()?;
    let (salt, rest) = rest.split_at_checked(12)?;
    let (iv, sealed) = rest.split_at_checked(12)?;
    let key = crypt::pbkdf2(Hash::Sha1, password, salt, u32::from_be_bytes(*iterations)).ok()?;
    crypt::gcm(&key, iv, sealed, b"")
}

fn open_old(bytes: &[u8], password: &str) -> Option<crypt::Plain> {
    let (iv, sealed) = bytes.split_at_checked(12)?;
    crypt::gcm(&crypt::sha256(&[password.as_bytes()]), iv, sealed, b"")
}

fn list(bytes: &[u8]) -> Result<Import, ImportError> {
    let list: Rows<Entry> = json::read(bytes)?;
    Ok(Import::of(rows(list, "entry", |entry, place| {
        Some(row(entry, place))
    })))
}

fn row(entry: Entry, place: String) -> Row {
    let label = entry.label.0.unwrap_or_default();
    let (issuer, name) = match entry.issuer {
        Some(issuer) => (issuer.0.unwrap_or_default(), label),
        None => match label.split_once(" - ") {
            Some((issuer, name)) => (issuer.to_owned(), name.to_owned()),
            None => (String::new(), label),
        },
    };
    Fields {
        issuer,
        name,
        key: entry.secret.key(),
        kind: entry.kind.0.unwrap_or_default(),
        algorithm: entry.algorithm.0,
        digits: entry.digits.0,
        period: entry.period.0,
        counter: entry.counter.0,
        tags: entry.tags,
    }
    .finish(place)
}
