//! 1Password's CSV. Only the fields of one-time passwords are read.

use crate::import::detect::{Format, certain};
use crate::import::ingest::Contents;
use crate::import::support::csv::Table;
use crate::import::support::logins::{Login, Logins};
use crate::import::support::shared::shared_tags;
use crate::import::{ImportError, Input, SetAside};

pub(crate) const FORMAT: Format = Format {
    name: "1password-csv",
    title: "1Password (CSV)",
    probe: |look| {
        let own = ["Title", "OTPAuth", "Favorite", "Archived"];
        certain(own.iter().all(|column| look.csv_has(column)))
    },
    read,
};

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let table = Table::read(input.bytes)?;
    let mut logins = Logins::default();
    for row in table.rows() {
        let tags = table.get(row, "Tags").split(';');
        let is_archived = table.get(row, "Archived").eq_ignore_ascii_case("true");
        let login = Login {
            title: table.get(row, "Title"),
            user: table.get(row, "Username"),
            tags: shared_tags(tags.filter(|tag| !tag.is_empty())),
            place: row.place(),
            set_aside: is_archived.then_some(SetAside::Archived),
            ..Login::default()
        };
        logins.add(&login, [table.get(row, "OTPAuth")])?;
    }
    Ok(Contents::from_rows(logins.rows))
}
