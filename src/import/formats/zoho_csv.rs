//! Zoho Vault's CSV: the user name and the user's own fields are lines in the columns `SecretData` and
//! `CustomData`.

use crate::import::detect::{Format, certain};
use crate::import::ingest::Contents;
use crate::import::support::csv::Table;
use crate::import::support::labels::{self, GROUPS, TITLES, USERS, is_key};
use crate::import::support::logins::{Login, Logins, is_uri, one_tag};
use crate::import::{ImportError, Input};

pub(crate) const FORMAT: Format = Format {
    name: "zoho-vault-csv",
    title: "Zoho Vault (CSV)",
    probe: |look| {
        let has_name = look.csv_has("Password Name") || look.csv_has("Secret Name");
        certain(has_name && look.csv_has("SecretData"))
    },
    read,
};

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let table = Table::read(input.bytes)?;
    let keys = table.columns_that(is_key);
    let (titles, folders) = (table.named(TITLES), table.named(GROUPS));
    let mut logins = Logins::default();
    for row in table.rows() {
        let data = ["SecretData", "CustomData"].map(|column| table.get(row, column));
        let fields = || data.into_iter().flat_map(fields);
        let users = || fields().filter(|(_, value)| !value.is_empty());
        let user = |name: &&str| users().find(|(own, _)| labels::plain(own) == **name);
        let own = fields().filter(|(name, value)| is_key(name) || is_uri(value));
        let columns = keys.iter().map(|column| row.get(*column));
        let login = Login {
            title: row.first(&titles),
            user: USERS.iter().find_map(user).map_or("", |(_, value)| value),
            tags: one_tag(row.first(&folders)),
            place: row.place(),
            ..Login::default()
        };
        logins.add(&login, columns.chain(own.map(|(_, value)| value)))?;
    }
    Ok(Contents::from_rows(logins.rows))
}

/// The lines `name:value`. The first says the type of the entry.
fn fields(data: &str) -> impl Iterator<Item = (&str, &str)> {
    let lines = data.lines().filter_map(|line| line.split_once(':'));
    lines
        .filter(|(name, _)| *name != "SecretType")
        .map(|(name, value)| (name, value.trim()))
}
