//! 1Password: 1pux (a zip) and CSV. Only the fields of one-time passwords are taken.

use serde::Deserialize;

use super::json::{self, Rows, Scalar, Text};
use super::row::of_field;
use super::table::Table;
use super::{Found, Import, ImportError, Input, Row, unreadable, zip};

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

pub(super) fn read_1pux(input: &Input<'_>) -> Result<Import, ImportError> {
    let export: Export = json::read(&zip::member(input, "export.data")?)?;
    let vaults = export
        .accounts
        .into_iter()
        .flat_map(|account| account.vaults);
    let items = vaults.flat_map(|vault| vault.items.0);
    let mut rows = Vec::new();
    for (number, item) in (1_usize..).zip(items) {
        let place = format!("item {number}");
        match item {
            Some(item) => rows.extend(item_rows(item, &place)),
            None => rows.push(unreadable(place)),
        }
    }
    Ok(Import::of(rows))
}

fn item_rows(item: Item, place: &str) -> Vec<Row> {
    let archived = item.state.0.as_deref() == Some("archived");
    let remark = archived.then_some("it was in the archive");
    let title = item.overview.title.0.unwrap_or_default();
    let mut login = item.details.login_fields.iter();
    let user = login.find(|field| field.designation.0.as_deref() == Some("username"));
    let user = user.map_or("", |field| &field.value);
    let fields = item.details.sections.iter().flat_map(|s| &s.fields);
    let keys = fields.filter(|field| !field.value.totp.trim().is_empty());
    keys.map(|field| {
        let row = of_field(&field.value.totp, &title, user, place);
        row.map(|found| Found {
            tags: item.overview.tags.clone(),
            ..found.remarked(remark)
        })
    })
    .collect()
}

pub(super) fn read_csv(input: &Input<'_>) -> Result<Import, ImportError> {
    let table = Table::read(input.bytes)?;
    let mut rows = Vec::new();
    for row in table.rows() {
        let field = table.get(row, "OTPAuth").trim();
        if field.is_empty() {
            continue;
        }
        let place = format!("line {}", row.line);
        let (title, user) = (table.get(row, "Title"), table.get(row, "Username"));
        let tags = table
            .get(row, "Tags")
            .split(';')
            .filter(|tag| !tag.is_empty());
        let tags = tags.map(ToOwned::to_owned).collect();
        let found = of_field(field, title, user, &place);
        rows.push(found.map(|found| Found { tags, ..found }));
    }
    Ok(Import::of(rows))
}
