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
        let packed = [PLAIN, SEALED].iter().any(|name| look.zip_has(name));
        certain(packed || look.json_has(&["vaults", "userId"]))
    },
    read,
};

const PLAIN: &str = "Proton Pass/data.json";

/// In place of the JSON, if the export has a passphrase.
const SEALED: &str = "Proton Pass/data.pgp";

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
    /// In an item with fields of its user's choice.
    sections: Rows<Section>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Section {
    section_fields: Rows<Extra>,
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
    let is_packed = zip::is_zip(input.bytes);
    if is_packed
        && zip::names(input.bytes)
            .iter()
            .any(|name| name.ends_with(SEALED))
    {
        let message = "the export is encrypted with OpenPGP: unpack the zip and decrypt data.pgp first \
            (gpg -d data.pgp | mfa import -)";
        return Err(ImportError::Unsupported(message.to_owned()));
    }
    let file: Pass = if is_packed {
        json::read(&zip::member(input, PLAIN)?)?
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
    let sections = login.sections.0.into_iter().flatten();
    let extra = data.extra_fields.0.into_iter();
    let extra = extra.chain(sections.flat_map(|section| section.section_fields.0));
    let extra = extra.flatten();
    let keys: Vec<_> = std::iter::once(login.totp_uri)
        .chain(extra.map(|field| field.data.totp_uri))
        .filter(|field| !field.trim().is_empty())
        .collect();
    shared.take(keys.len(), [&issuer, &name], &[])?;
    let rows = keys.iter();
    let rows = rows.map(|field| from_field(field, &issuer, &name, place));
    Ok(rows.collect())
}
