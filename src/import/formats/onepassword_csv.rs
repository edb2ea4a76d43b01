//! 1Password's CSV. Only the fields of one-time passwords are read.

use crate::import::detect::{Format, certain};
use crate::import::ingest::Contents;
use crate::import::support::csv::Table;
use crate::import::support::row::from_field;
use crate::import::support::shared::{Shared, shared_tags};
use crate::import::{Found, ImportError, Input};

pub(crate) const FORMAT: Format = Format {
    name: "1password-csv",
    title: "1Password (CSV)",
    probe: |look| certain(look.csv_has("OTPAuth") && look.csv_has("Title")),
    read,
};

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let table = Table::read(input.bytes)?;
    let (mut rows, mut shared) = (Vec::new(), Shared::default());
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
        let tags = shared_tags(tags);
        shared.take(1, [title, user], &tags)?;
        let found = from_field(field, title, user, &place);
        rows.push(found.map(|found| Found { tags, ..found }));
    }
    Ok(Contents::from_rows(rows))
}
