//! Buttercup's CSV: groups and entries are rows of one table, and each name of a field that any entry
//! has is a column.

use std::collections::HashMap;

use crate::import::detect::{Format, certain};
use crate::import::ingest::Contents;
use crate::import::support::csv::Table;
use crate::import::support::labels::is_key;
use crate::import::support::logins::{Login, Logins, one_tag};
use crate::import::{ImportError, Input, SetAside};

pub(crate) const FORMAT: Format = Format {
    name: "buttercup-csv",
    title: "Buttercup (CSV)",
    probe: |look| {
        certain(
            ["!type", "!group_id", "!group_name"]
                .iter()
                .all(|c| look.csv_has(c)),
        )
    },
    read,
};

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let table = Table::read(input.bytes)?;
    let mut groups = HashMap::new();
    for row in table.rows() {
        let name = table.get(row, "!group_name");
        if !name.is_empty() {
            groups.entry(table.get(row, "!group_id")).or_insert(name);
        }
    }
    let keys = table.columns_that(is_key);
    let mut logins = Logins::default();
    for row in table
        .rows()
        .filter(|row| table.get(row, "!type") != "group")
    {
        let group = groups.get(table.get(row, "!group_id")).copied();
        let group = group.unwrap_or_default();
        // Buttercup makes this group for deleted entries.
        let is_deleted = group == "Trash";
        let own = keys.iter().map(|column| row.get(*column));
        let login = Login {
            title: table.get(row, "title"),
            user: table.get(row, "username"),
            tags: one_tag(if is_deleted { "" } else { group }),
            place: row.place(),
            set_aside: is_deleted.then_some(SetAside::InTrash),
            ..Login::default()
        };
        logins.add(&login, own.chain(row.uris()))?;
    }
    Ok(Contents::from_rows(logins.rows))
}
