//! Stratum, formerly Authenticator Pro (`doc/BACKUP_FORMAT.md` in its repository).

use serde::Deserialize;

use crate::import::detect::{Format, certain};
use crate::import::ingest::Contents;
use crate::import::support::crypto::{self, Argon2, Hash, damaged};
use crate::import::support::groups::{Groups, Members};
use crate::import::support::json::{self, Rows, Scalar, Text};
use crate::import::support::row::{Fields, rows};
use crate::import::{ImportError, Input, Row};

pub(crate) const FORMAT: Format = Format {
    name: "stratum",
    title: "Stratum, Authenticator Pro",
    probe: |look| {
        certain(
            look.starts_with(STRONG)
                || look.starts_with(LEGACY)
                || look.json_at(&["Authenticators"], &["Secret"])
                || look.json_has(&["Authenticators", "Categories"]),
        )
    },
    read,
};

/// The start of the current encryption; then salt 16, nonce 12, AES-GCM.
const STRONG: &[u8] = b"AUTHENTICATORPRO";
/// The start of the old encryption; then salt 20, IV 16, AES-CBC.
const LEGACY: &[u8] = b"AuthenticatorPro";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct File {
    authenticators: Rows<Entry>,
    #[serde(default, deserialize_with = "json::or_default")]
    categories: Vec<Category>,
    #[serde(default, deserialize_with = "json::or_default")]
    authenticator_categories: Vec<Membership>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Category {
    id: String,
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Membership {
    category_id: String,
    authenticator_secret: Text,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[derive(Default)]
struct Entry {
    #[serde(rename = "Type")]
    kind: Scalar,
    issuer: Scalar,
    username: Scalar,
    secret: Text,
    algorithm: Scalar,
    digits: Scalar,
    period: Scalar,
    counter: Scalar,
}

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let opened;
    let plain = if let Some(rest) = input.bytes.strip_prefix(STRONG) {
        opened = open_strong(rest, input)?;
        opened.as_slice()
    } else if let Some(rest) = input.bytes.strip_prefix(LEGACY) {
        opened = open_legacy(rest, input.password()?)?;
        opened.as_slice()
    } else {
        input.bytes
    };
    let was_sealed = !std::ptr::eq(plain, input.bytes);
    let file: File = json::read(plain).map_err(|error| match error {
        // Padding alone does not show a wrong password.
        ImportError::Damaged(_) if was_sealed => ImportError::WrongPassword,
        error => error,
    })?;
    let categories = file.categories.into_iter();
    let mut groups = Groups::new(categories.map(|group| (group.id, group.name)));
    let memberships = file.authenticator_categories.into_iter();
    let mut members =
        Members::new(memberships.map(|one| (one.authenticator_secret.0, one.category_id)));
    let rows = rows(file.authenticators, "entry", |entry, place| {
        let tags = groups.names(members.take(&entry.secret));
        Some(row(entry, tags, place))
    });
    groups.check()?;
    Ok(Contents::from_rows(rows))
}

fn open_strong(bytes: &[u8], input: &Input<'_>) -> Result<crypto::Plaintext, ImportError> {
    let short = || damaged("it is cut short");
    let (salt, rest) = bytes.split_at_checked(16).ok_or_else(short)?;
    let (nonce, sealed) = rest.split_at_checked(12).ok_or_else(short)?;
    let password = input.password()?.as_bytes();
    let key = crypto::argon2_key(Argon2::id(3, 65536, 4), password, salt, input)?;
    crypto::open_gcm(&key, nonce, sealed, b"").ok_or(ImportError::WrongPassword)
}

fn open_legacy(bytes: &[u8], password: &str) -> Result<crypto::Plaintext, ImportError> {
    let short = || damaged("it is cut short");
    let (salt, rest) = bytes.split_at_checked(20).ok_or_else(short)?;
    let (iv, sealed) = rest.split_at_checked(16).ok_or_else(short)?;
    let key = crypto::pbkdf2(Hash::Sha1, password, salt, 64_000)?;
    crypto::cbc(&key, iv, sealed).ok_or(ImportError::WrongPassword)
}

fn row(entry: Entry, tags: Vec<String>, place: String) -> Row {
    Fields {
        issuer: entry.issuer.0.unwrap_or_default(),
        name: entry.username.0.unwrap_or_default(),
        key: entry.secret.key(),
        kind: kind(entry.kind.0.as_deref()).to_owned(),
        algorithm: algorithm(entry.algorithm.0),
        digits: entry.digits.0,
        period: entry.period.0,
        counter: entry.counter.0,
        tags,
    }
    .finish(place)
}

/// The type for a number of Stratum's, also in its database.
pub(crate) fn kind(number: Option<&str>) -> &'static str {
    match number {
        None | Some("2") => "totp",
        Some("1") => "hotp",
        Some("3") => "motp",
        Some("4") => "steam",
        Some("5") => "yandex",
        Some(_) => "unknown",
    }
}

/// The algorithm for a number of Stratum's.
pub(crate) fn algorithm(number: Option<String>) -> Option<String> {
    number.map(|number| match number.as_str() {
        "0" => "SHA1".to_owned(),
        "1" => "SHA256".to_owned(),
        "2" => "SHA512".to_owned(),
        _ => number,
    })
}
