//! Bitwarden's JSON, from the password manager and the Authenticator app. It holds all of a person's
//! passwords: only the fields of one-time passwords are read.

use serde::Deserialize;

use crate::import::detect::{Certainty, Format, certain};
use crate::import::ingest::Contents;
use crate::import::look::Look;
use crate::import::support::groups::Groups;
use crate::import::support::json::{self, Rows, Scalar, Text};
use crate::import::support::row::{from_field, rows};
use crate::import::{Found, ImportError, Input, SetAside};

pub(crate) const FORMAT: Format = Format {
    name: "bitwarden",
    title: "Bitwarden",
    probe,
    read,
};

fn probe(look: &Look<'_>) -> Option<Certainty> {
    certain(
        look.json_has(&["encrypted", "items"])
            || look.json_has(&["folders", "items"])
            || look.json_has(&["collections", "items"])
            || look.json_has(&["items"]) && look.text.contains("\"login\""),
    )
}

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

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    read_plain(input.bytes)
}

/// Reads the plain JSON, which is also the content of the encrypted one.
pub(crate) fn read_plain(bytes: &[u8]) -> Result<Contents, ImportError> {
    let file: File = json::read(bytes)?;
    if file.encrypted {
        let message = "only the Bitwarden account that made this export can open it: export again \
            as 'Password protected'";
        return Err(ImportError::Unsupported(message.to_owned()));
    }
    let folders = file.folders.into_iter().chain(file.collections);
    let names = folders.filter_map(|folder| Some((folder.id.0?, folder.name.0?)));
    let mut groups = Groups::new(names);
    let rows = rows(file.items, "item", |item, place| {
        let login = item.login?;
        if login.totp.trim().is_empty() {
            return None;
        }
        let issuer = item.name.0.unwrap_or_default();
        let name = login.username.0.unwrap_or_default();
        let row = from_field(&login.totp, &issuer, &name, &place);
        let tags = groups.names(item.folder_id.0);
        let bin = item.deleted_date.0.map(|_| SetAside::InTrash);
        Some(row.map(|found| Found {
            tags,
            ..found.set_aside(bin)
        }))
    });
    groups.check()?;
    Ok(Contents::from_rows(rows))
}
