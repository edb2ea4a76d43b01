//! Keeper's JSON, of the vault and of the Commander, alone or in its zip. Only the fields of one-time
//! passwords are read.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::import::detect::{Certainty, Format, certain};
use crate::import::ingest::Contents;
use crate::import::look::Look;
use crate::import::support::entries::{Entries, Entry, Values, is_uri};
use crate::import::support::json::{self, Rows, Scalar, Text};
use crate::import::support::shared::shared_tags;
use crate::import::support::zip;
use crate::import::{ImportError, Input};

pub(crate) const FORMAT: Format = Format {
    name: "keeper",
    title: "Keeper (JSON or zip)",
    probe,
    read,
};

/// Members that only Keeper's records have; one of them is enough.
const OWN: &[&str] = &["custom_fields", "login_url", "$type", "shared_folder"];

fn probe(look: &Look<'_>) -> Option<Certainty> {
    let is = |own: &&str| {
        let members = ["title", own];
        look.json_at(&["records"], &members) || look.json_array_of(&members)
    };
    // Others may have such a file in a zip too: reading tells them apart.
    let is_packed = look.zip_names().iter().any(|name| name == PACKED);
    certain(is_packed || OWN.iter().any(is) || look.json_has(&["shared_folders", "records"]))
}

/// The file with the records, in a zip with attachments.
const PACKED: &str = "export.json";

#[derive(Deserialize)]
struct File {
    records: Rows<Record>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Record {
    title: Scalar,
    login: Scalar,
    custom_fields: Option<Custom>,
    folders: Rows<Folder>,
}

/// By name, such as `$oneTimeCode::1`; older versions write a list.
#[derive(Deserialize)]
#[serde(untagged)]
enum Custom {
    Named(BTreeMap<String, Values>),
    Listed(Vec<Field>),
}

#[derive(Deserialize)]
struct Field {
    #[serde(default)]
    name: Scalar,
    #[serde(default)]
    r#type: Scalar,
    #[serde(default)]
    value: Values,
}

#[derive(Deserialize)]
struct Folder {
    #[serde(default)]
    folder: Scalar,
    #[serde(default)]
    shared_folder: Scalar,
}

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let packed;
    let mut bytes = input.bytes;
    if zip::is_zip(bytes) {
        packed = zip::member_where(input, |name| name == PACKED)?;
        bytes = &packed;
        if probe(&Look::at(bytes)).is_none() {
            return Err(ImportError::Unrecognised);
        }
    }
    let records = if json::text(bytes)?.trim_start().starts_with('[') {
        json::read(bytes)?
    } else {
        json::read::<File>(bytes)?.records
    };
    let mut entries = Entries::new("record");
    entries.each(records, |entries, record| {
        let folders = record.folders.0.into_iter().flatten();
        let folders = folders.filter_map(|folder| folder.folder.0.or(folder.shared_folder.0));
        let entry = Entry {
            title: record.title.0.unwrap_or_default(),
            user: record.login.0.unwrap_or_default(),
            tags: shared_tags(folders.map(|path| path.replace('\\', "/"))),
            ..Entry::default()
        };
        entries.add_texts(&entry, record.custom_fields.map(keys).unwrap_or_default())
    })?;
    Ok(entries.into_contents())
}

fn keys(custom: Custom) -> Vec<Text> {
    let named: Vec<(bool, Values)> = match custom {
        Custom::Named(fields) => fields
            .into_iter()
            .map(|(name, values)| (is_totp(&name), values))
            .collect(),
        Custom::Listed(fields) => fields
            .into_iter()
            .map(|field| {
                let mut names = [&field.name, &field.r#type].into_iter();
                let is_own = names.any(|name| name.0.as_deref().is_some_and(is_totp));
                (is_own, field.value)
            })
            .collect(),
    };
    let texts = named.into_iter().flat_map(|(is_own, values)| {
        let texts = values.0.into_iter();
        texts.filter(move |text| is_own || is_uri(text))
    });
    texts.collect()
}

/// Whether a field of this name holds a key: `$oneTimeCode::1`, `oneTimeCode`, `TFC:Keeper`.
fn is_totp(name: &str) -> bool {
    let name = name.trim_start_matches('$');
    ["oneTimeCode", "TFC:Keeper"]
        .iter()
        .any(|own| name.starts_with(own))
}
