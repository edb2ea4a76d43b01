//! Bitwarden's JSON: exports of the password manager, of an organisation and of the Authenticator app, and
//! what `bw list items` prints. It holds all of a person's passwords: only the fields of one-time passwords
//! are read.

use serde::Deserialize;

use crate::import::detect::{Certainty, Format, certain};
use crate::import::ingest::Contents;
use crate::import::look::Look;
use crate::import::support::entries::{Entries, Entry, Values};
use crate::import::support::groups::Groups;
use crate::import::support::json::{self, Rows, Scalar, Text};
use crate::import::{ImportError, Input, SetAside};

pub(crate) const FORMAT: Format = Format {
    name: "bitwarden",
    title: "Bitwarden",
    probe,
    read,
};

/// Members that an item of Bitwarden has beside `type` and `name`; one of them is enough.
const OWN: &[&str] = &[
    "login",
    "secureNote",
    "card",
    "identity",
    "sshKey",
    "folderId",
    "organizationId",
    "collectionIds",
    "reprompt",
];

fn probe(look: &Look<'_>) -> Option<Certainty> {
    let listed = |own: &&str| {
        let members = ["type", "name", own];
        look.json_has(&members)
            || look.json_array_of(&members)
            || look.json_at(&["items"], &members)
            || look.json_at(&["data", "data"], &members)
    };
    let is_made_by_hand = look.json_at(&["items"], &["name", "folderId"])
        || look.json_at(&["items", "login"], &["totp"]);
    let is_export = look.json_has(&["encrypted", "items"]) || is_made_by_hand;
    certain(is_export || OWN.iter().any(listed))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct File {
    encrypted: bool,
    #[serde(deserialize_with = "json::or_default")]
    folders: Vec<Folder>,
    #[serde(deserialize_with = "json::or_default")]
    collections: Vec<Folder>,
    items: Rows<Item>,
    /// The answer of `bw --response list items`.
    #[serde(deserialize_with = "json::or_default")]
    data: Answer,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Answer {
    data: Rows<Item>,
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
    #[serde(deserialize_with = "json::or_default")]
    collection_ids: Vec<Scalar>,
    deleted_date: Scalar,
    archived_date: Scalar,
    login: Option<Login>,
    /// Custom fields. Some people keep a second key in one.
    fields: Rows<Custom>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Login {
    username: Scalar,
    totp: Text,
}

#[derive(Deserialize)]
struct Custom {
    #[serde(default)]
    value: Values,
}

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    read_plain(input.bytes)
}

/// Reads the plain JSON, which is also the content of the encrypted one.
pub(crate) fn read_plain(bytes: &[u8]) -> Result<Contents, ImportError> {
    let file = open(bytes)?;
    if file.encrypted {
        let message = "only the Bitwarden account that made this export can open it: export again \
            as 'Password protected'";
        return Err(ImportError::Unsupported(message.to_owned()));
    }
    let folders = file.folders.into_iter().chain(file.collections);
    let names = folders.filter_map(|folder| Some((folder.id.0?, folder.name.0?)));
    let mut groups = Groups::new(names);
    let mut entries = Entries::new("item");
    entries.each(file.items, |entries, item| {
        let Login { username, totp } = item.login.unwrap_or_default();
        let custom = item.fields.0.into_iter().flatten();
        let keys = std::iter::once(totp).chain(custom.flat_map(|field| field.value.uris()));
        let keys: Vec<_> = keys.filter(|key| !key.trim().is_empty()).collect();
        if keys.is_empty() {
            return Ok(());
        }
        let own = item.collection_ids.into_iter().chain([item.folder_id]);
        let archived = item.archived_date.0.map(|_| SetAside::Archived);
        let entry = Entry {
            title: item.name.0.unwrap_or_default(),
            user: username.0.unwrap_or_default(),
            tags: groups.names(own.filter_map(|id| id.0)),
            set_aside: item
                .deleted_date
                .0
                .map_or(archived, |_| Some(SetAside::InTrash)),
        };
        entries.add_texts(&entry, keys)
    })?;
    groups.check()?;
    Ok(entries.into_contents())
}

/// An export, a list of items or a single item.
fn open(bytes: &[u8]) -> Result<File, ImportError> {
    let mut file = File::default();
    if json::text(bytes)?.trim_start().starts_with('[') {
        file.items = json::read(bytes)?;
        return Ok(file);
    }
    file = json::read(bytes)?;
    file.items.0.append(&mut file.data.data.0);
    if file.items.0.is_empty() && !file.encrypted {
        let alone: Item = json::read(bytes)?;
        file.items
            .0
            .extend(alone.login.is_some().then_some(Some(alone)));
    }
    Ok(file)
}
