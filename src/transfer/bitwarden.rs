//! Bitwarden's JSON and CSV, of the password manager and of the Authenticator app. They hold all of
//! a person's passwords: only what belongs to one-time passwords is taken out.

use std::collections::HashMap;

use serde::Deserialize;

use super::json::{self, Rows, Scalar, Text};
use super::row::{IN_THE_BIN, of_field};
use super::table::Table;
use super::{Import, ImportError, Input, rows};

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    encrypted: bool,
    #[serde(default, deserialize_with = "json::or_default")]
    folders: Vec<Folder>,
    #[serde(default, deserialize_with = "json::or_default")]
    collections: Vec<Folder>,
    #[serde(default)]
    items: Rows<Item>,
}

#[derive(Deserialize)]
struct Folder {
    #[serde(default)]
    id: Scalar,
    #[serde(default)]
    name: Scalar,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Item {
    name: Scalar,
    folder_id: Scalar,
    deleted_date: Scalar,
    login: Option<Login>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Login {
    username: Scalar,
    totp: Text,
}

pub(super) fn read(input: &Input<'_>) -> Result<Import, ImportError> {
    json(input.bytes)
}

/// The plain JSON, which is what the encrypted one opens to.
pub(super) fn json(bytes: &[u8]) -> Result<Import, ImportError> {
    let file: File = json::read(bytes)?;
    if file.encrypted {
        let message = "this export opens only within the Bitwarden account that made it: export \
            again, with the choice 'Password protected'";
        return Err(ImportError::Unsupported(message.to_owned()));
    }
    let folders = file.folders.into_iter().chain(file.collections);
    let names = folders.filter_map(|folder| Some((folder.id.0?, folder.name.0?)));
    let names: HashMap<_, _> = names.collect();
    let rows = rows(file.items, "item", |item, place| {
        let login = item.login?;
        if login.totp.trim().is_empty() {
            return None;
        }
        let issuer = item.name.0.unwrap_or_default();
        let name = login.username.0.unwrap_or_default();
        let row = of_field(&login.totp, &issuer, &name, &place);
        let folder = item.folder_id.0.and_then(|id| names.get(&id).cloned());
        let remark = item.deleted_date.0.map(|_| IN_THE_BIN);
        Some(row.map(|found| super::Found {
            tags: folder.into_iter().collect(),
            ..found.remarked(remark)
        }))
    });
    Ok(Import::of(rows))
}

/// The Authenticator app writes rows of more columns than its head has, and quotes nothing: what
/// looks like a URI is taken wherever it stands.
pub(super) fn read_csv(input: &Input<'_>) -> Result<Import, ImportError> {
    let table = Table::read(input.bytes)?;
    let mut rows = Vec::new();
    for row in table.rows() {
        let named = table.get(row, "login_totp").trim();
        let field = row.uri().unwrap_or(named);
        if field.is_empty() {
            continue;
        }
        let place = format!("line {}", row.line);
        let issuer = table.get(row, "name");
        let name = table.get(row, "login_username");
        let mut found = of_field(field, issuer, name, &place);
        if let (Ok(found), Some(folder)) = (&mut found, table.some(row, "folder")) {
            found.tags.push(folder);
        }
        rows.push(found);
    }
    Ok(Import::of(rows))
}
