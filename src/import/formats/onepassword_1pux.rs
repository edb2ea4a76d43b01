//! 1Password's 1pux, a zip. Only the fields of one-time passwords are read.

use serde::Deserialize;

use crate::import::detect::{Format, certain};
use crate::import::ingest::Contents;
use crate::import::structure;
use crate::import::support::json::{self, Rows, Scalar, Text};
use crate::import::support::row::{check_count, from_field, unreadable};
use crate::import::support::shared::{Shared, shared_tags};
use crate::import::support::zip;
use crate::import::{Found, ImportError, Input, Row, SetAside};

pub(crate) const FORMAT: Format = Format {
    name: "1pux",
    title: "1Password (1pux)",
    probe: |look| certain(look.zip_has("export.data")),
    read,
};

#[derive(Deserialize)]
struct Export {
    accounts: Vec<Account>,
}

#[derive(Deserialize)]
struct Account {
    #[serde(default)]
    vaults: Vec<Vault>,
}

#[derive(Deserialize)]
struct Vault {
    #[serde(default)]
    items: Rows<Item>,
}

#[derive(Deserialize)]
struct Item {
    #[serde(default)]
    state: Scalar,
    details: Details,
    overview: Overview,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Details {
    #[serde(default, deserialize_with = "json::or_default")]
    login_fields: Vec<LoginField>,
    #[serde(default, deserialize_with = "json::or_default")]
    sections: Vec<Section>,
}

#[derive(Deserialize)]
struct LoginField {
    #[serde(default)]
    designation: Scalar,
    #[serde(default)]
    value: Text,
}

#[derive(Deserialize)]
struct Section {
    #[serde(default, deserialize_with = "json::or_default")]
    fields: Vec<Field>,
}

#[derive(Deserialize)]
struct Field {
    #[serde(default, deserialize_with = "json::or_default")]
    value: Value,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Value {
    totp: Text,
}

#[derive(Deserialize)]
struct Overview {
    #[serde(default)]
    title: Scalar,
    #[serde(default, deserialize_with = "json::or_default")]
    tags: Vec<String>,
}

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let data = zip::member(input, "export.data")?;
    let export: Export = json::read(&data)?;
    let vaults = export
        .accounts
        .into_iter()
        .flat_map(|account| account.vaults);
    let items = vaults.flat_map(|vault| vault.items.0);
    let (mut rows, mut shared) = (Vec::new(), Shared::default());
    for (number, item) in (1_usize..).zip(items) {
        let place = format!("item {number}");
        match item {
            Some(item) => rows.extend(item_rows(item, &place, &mut shared)?),
            None => rows.push(unreadable(place)),
        }
        check_count(&rows)?;
    }
    let others = structure::elsewhere(json::text(&data)?, &rows);
    let mut contents = Contents::from_rows(rows);
    contents.notes.extend(others);
    Ok(contents)
}

fn item_rows(item: Item, place: &str, shared: &mut Shared) -> Result<Vec<Row>, ImportError> {
    let archived = item.state.0.as_deref() == Some("archived");
    let place_in_vault = archived.then_some(SetAside::Archived);
    let title = item.overview.title.0.unwrap_or_default();
    let mut login = item.details.login_fields.iter();
    let user = login.find(|field| field.designation.0.as_deref() == Some("username"));
    let user = user.map_or("", |field| &field.value);
    let fields = item.details.sections.iter().flat_map(|s| &s.fields);
    let keys = fields.filter(|field| !field.value.totp.trim().is_empty());
    let tags = shared_tags(item.overview.tags.into_iter());
    shared.take(keys.clone().count(), [&title, user], &tags)?;
    let rows = keys.map(|field| {
        let row = from_field(&field.value.totp, &title, user, place);
        row.map(|found| Found {
            tags: tags.clone(),
            ..found.set_aside(place_in_vault)
        })
    });
    Ok(rows.collect())
}
