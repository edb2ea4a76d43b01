//! Proton Authenticator, plain and encrypted (the Rust source is in
//! protonpass/proton-pass-common).

use serde::Deserialize;

use crate::import::detect::{Format, certain};
use crate::import::ingest::Contents;
use crate::import::support::crypto::{self, Argon2, damaged};
use crate::import::support::json::{self, Rows, Scalar, Text};
use crate::import::support::row::{from_uri, rows};
use crate::import::{ImportError, Input};

pub(crate) const FORMAT: Format = Format {
    name: "proton",
    title: "Proton Authenticator",
    probe: |look| {
        certain(
            look.json_at(&["entries", "content"], &["uri"])
                || look.json_is(&["version", "entries"])
                || look.json_is(&["version", "salt", "content"]),
        )
    },
    read,
};

#[derive(Deserialize)]
struct Sealed {
    version: u32,
    salt: String,
    content: String,
}

#[derive(Deserialize)]
struct Plain {
    version: u32,
    entries: Rows<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    content: Content,
}

#[derive(Deserialize)]
struct Content {
    uri: Text,
    #[serde(default)]
    entry_type: Scalar,
    #[serde(default)]
    name: Scalar,
}

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let Ok(sealed) = json::read::<Sealed>(input.bytes) else {
        return plain(input.bytes);
    };
    check_version(sealed.version)?;
    let salt = crypto::require_base64(&sealed.salt, "the salt")?;
    let content = crypto::require_base64(&sealed.content, "the encrypted part")?;
    let short = || damaged("the encrypted part is cut short");
    let (nonce, content) = content.split_at_checked(12).ok_or_else(short)?;
    let password = input.password()?.as_bytes();
    let key = crypto::argon2_key(Argon2::id(2, 19456, 1), password, &salt, input)?;
    let opened = crypto::open_gcm(&key, nonce, content, b"proton.authenticator.export.v1");
    plain(&opened.ok_or(ImportError::WrongPassword)?)
}

fn check_version(version: u32) -> Result<(), ImportError> {
    match version {
        0 | 1 => Ok(()),
        _ => Err(ImportError::Newer(format!(
            "Proton Authenticator {version}"
        ))),
    }
}

fn plain(bytes: &[u8]) -> Result<Contents, ImportError> {
    let file: Plain = json::read(bytes)?;
    check_version(file.version)?;
    let rows = rows(file.entries, "entry", |entry, place| {
        let content = entry.content;
        let is_steam = content.entry_type.0.as_deref() == Some("Steam");
        // Steam's URI cannot hold a name, so the entry's name is used alone.
        let issuer = if is_steam { "Steam" } else { "" };
        let name = match content.name.0.as_deref() {
            Some(name) if !is_steam || name != issuer => name,
            _ => "",
        };
        Some(from_uri(&content.uri, &place).map(|found| found.or_named(issuer, name)))
    });
    Ok(Contents::from_rows(rows))
}
