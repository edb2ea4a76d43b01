//! The exports of Proton Pass (the Rust source is in protonpass/proton-pass-common). They hold all
//! passwords; only the fields of one-time passwords are read.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::import::detect::{Format, certain};
use crate::import::ingest::Contents;
use crate::import::support::json::{self, Rows, Scalar, Text};
use crate::import::support::row::{check_count, from_field, unreadable};
use crate::import::support::shared::Shared;
use crate::import::support::zip;
use crate::import::{ImportError, Input, Row, SetAside};

pub(crate) const FORMAT: Format = Format {
    name: "proton-pass",
    title: "Proton Pass (zip or JSON)",
    probe: |look| {
        certain(look.zip_has("Proton Pass/data.json") || look.json_has(&["vaults", "userId"]))
    },
    read,
};

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
    /// 2 if the item is in the recycle bin.
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
    /// The user name, in older files.
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

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let file: Pass = if zip::is_zip(input.bytes) {
        json::read(&zip::member(input, "Proton Pass/data.json")?)?
    } else {
        json::read(input.bytes)?
    };
    let items = file.vaults.into_values().flat_map(|vault| vault.items.0);
    let (mut found, mut shared) = (Vec::new(), Shared::default());
    for (number, item) in (1_usize..).zip(items) {
        let place = format!("item {number}");
        match item {
            Some(item) => {
                let in_bin = item.state.0.as_deref() == Some("2");
                let bin = in_bin.then_some(SetAside::InTrash);
                let rows = item_rows(item.data, &place, &mut shared)?.into_iter();
                found.extend(rows.map(|row| row.map(|found| found.set_aside(bin))));
            }
            None => found.push(unreadable(place)),
        }
        check_count(&found)?;
    }
    Ok(Contents::from_rows(found))
}

fn item_rows(data: Data, place: &str, shared: &mut Shared) -> Result<Vec<Row>, ImportError> {
    let issuer = data.metadata.name.0.unwrap_or_default();
    let login = data.content;
    let name = login.item_username.0.or(login.username.0);
    let name = name.or(login.item_email.0);
    let name = name.unwrap_or_default();
    let extra = data.extra_fields.0.into_iter().flatten();
    let keys: Vec<_> = std::iter::once(login.totp_uri)
        .chain(extra.map(|field| field.data.totp_uri))
        .filter(|field| !field.trim().is_empty())
        .collect();
    shared.take(keys.len(), [&issuer, &name], &[])?;
    let rows = keys.iter();
    let rows = rows.map(|field| from_field(field, &issuer, &name, place));
    Ok(rows.collect())
}
