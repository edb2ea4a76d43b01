//! Proton Authenticator, plain and encrypted, and the exports of Proton Pass (the Rust source is in
//! protonpass/proton-pass-common).

use std::collections::BTreeMap;

use serde::Deserialize;

use super::crypt::{self, Argon2, damaged};
use super::json::{self, Rows, Scalar, Text};
use super::row::{IN_THE_BIN, of_field, of_uri};
use super::{Import, ImportError, Input, Row, rows, unreadable, zip};

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

pub(super) fn read(input: &Input<'_>) -> Result<Import, ImportError> {
    let Ok(sealed) = json::read::<Sealed>(input.bytes) else {
        return plain(input.bytes);
    };
    check_version(sealed.version)?;
    let salt = crypt::must_base64(&sealed.salt, "the salt")?;
    let content = crypt::must_base64(&sealed.content, "the encrypted part")?;
    let short = || damaged("the encrypted part is cut short");
    let (nonce, content) = content.split_at_checked(12).ok_or_else(short)?;
    let password = input.password()?.as_bytes();
    let key = Argon2::id(2, 19456, 1).key(password, &salt, input.tell)?;
    let opened = crypt::gcm(&key, nonce, content, b"proton.authenticator.export.v1");
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

fn plain(bytes: &[u8]) -> Result<Import, ImportError> {
    let file: Plain = json::read(bytes)?;
    check_version(file.version)?;
    let rows = rows(file.entries, "entry", |entry, place| {
        let content = entry.content;
        let is_steam = content.entry_type.0.as_deref() == Some("Steam");
        // Steam's URI has no room for a name, and the entry's name is all that there is.
        let issuer = if is_steam { "Steam" } else { "" };
        let name = match content.name.0.as_deref() {
            Some(name) if !is_steam || name != issuer => name,
            _ => "",
        };
        Some(of_uri(&content.uri, &place).map(|found| found.or_named(issuer, name)))
    });
    Ok(Import::of(rows))
}

#[derive(Deserialize)]
struct Pass {
    vaults: BTreeMap<String, Vault>,
}

#[derive(Deserialize)]
struct Vault {
    #[serde(default)]
    items: Rows<Item>,
}

#[derive(Deserialize)]
struct Item {
    data: Data,
    /// 2 is in the bin.
    #[serde(default)]
    state: Scalar,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    metadata: Metadata,
    #[serde(default, deserialize_with = "json::or_default")]
    content: Login,
    #[serde(default)]
    extra_fields: Rows<Extra>,
}

#[derive(Deserialize)]
struct Metadata {
    #[serde(default)]
    name: Scalar,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Login {
    item_email: Scalar,
    item_username: Scalar,
    /// Of older files.
    username: Scalar,
    totp_uri: Text,
}

#[derive(Deserialize)]
struct Extra {
    #[serde(default, deserialize_with = "json::or_default")]
    data: ExtraData,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct ExtraData {
    totp_uri: Text,
}

/// Only the fields of one-time passwords are taken out of this export of all passwords.
pub(super) fn read_pass(input: &Input<'_>) -> Result<Import, ImportError> {
    let file: Pass = if zip::is_zip(input.bytes) {
        json::read(&zip::member(input, "Proton Pass/data.json")?)?
    } else {
        json::read(input.bytes)?
    };
    let items = file.vaults.into_values().flat_map(|vault| vault.items.0);
    let mut found = Vec::new();
    for (number, item) in (1_usize..).zip(items) {
        let place = format!("item {number}");
        match item {
            Some(item) => {
                let in_bin = item.state.0.as_deref() == Some("2");
                let remark = in_bin.then_some(IN_THE_BIN);
                let rows = item_rows(item.data, &place).into_iter();
                found.extend(rows.map(|row| row.map(|found| found.remarked(remark))));
            }
            None => found.push(unreadable(place)),
        }
    }
    Ok(Import::of(found))
}

fn item_rows(data: Data, place: &str) -> Vec<Row> {
    let issuer = data.metadata.name.0.unwrap_or_default();
    let login = data.content;
    let name = login.item_username.0.or(login.username.0);
    let name = name.or(login.item_email.0);
    let name = name.unwrap_or_default();
    let extra = data.extra_fields.0.into_iter().flatten();
    std::iter::once(login.totp_uri)
        .chain(extra.map(|field| field.data.totp_uri))
        .filter(|field| !field.trim().is_empty())
        .map(|field| of_field(&field, &issuer, &name, place))
        .collect()
}
