//! Myki's two tables with keys: `UserTwofa.csv` has only them, `UserAccount.csv` has passwords too.

use crate::import::detect::{Format, certain};
use crate::import::ingest::Contents;
use crate::import::support::csv::Table;
use crate::import::support::logins::{Login, Logins};
use crate::import::support::shared::shared_tags;
use crate::import::{ImportError, Input, SetAside};

pub(crate) const FORMAT: Format = Format {
    name: "myki-csv",
    title: "Myki (CSV)",
    probe: |look| {
        let is_either = look.csv_has("authToken") || look.csv_has("twofaSecret");
        certain(is_either && look.csv_has("nickname") && look.csv_has("additionalInfo"))
    },
    read,
};

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let table = Table::read(input.bytes)?;
    let mut logins = Logins::default();
    for row in table.rows() {
        let tags = table.get(row, "tags").split([',', ';']).map(str::trim);
        let login = Login {
            title: table.get(row, "nickname"),
            user: table.get(row, "username"),
            tags: shared_tags(tags.filter(|tag| !tag.is_empty())),
            place: row.place(),
            set_aside: match table.get(row, "status") {
                "trashed" | "deleted" => Some(SetAside::InTrash),
                "archived" => Some(SetAside::Archived),
                _ => None,
            },
            ..Login::default()
        };
        logins.add(
            &login,
            ["authToken", "twofaSecret"].map(|key| table.get(row, key)),
        )?;
    }
    Ok(Contents::from_rows(logins.rows))
}
