//! Psono's CSV: one table for all types of entries, each with columns of its own. Passwords and one-time
//! passwords have the columns of keys.

use crate::import::detect::{Format, certain};
use crate::import::ingest::Contents;
use crate::import::support::csv::{Record, Table};
use crate::import::support::logins::{Login, Logins, Params, one_tag};
use crate::import::{ImportError, Input};

pub(crate) const FORMAT: Format = Format {
    name: "psono-csv",
    title: "Psono (CSV)",
    probe: |look| {
        certain(
            look.csv_has("website_password_totp_code")
                || look.csv_has("totp_code") && look.csv_has("totp_title"),
        )
    },
    read,
};

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let table = Table::read(input.bytes)?;
    let mut logins = Logins::default();
    for row in table.rows() {
        for kind in ["website_password_", ""] {
            let key = table.get(row, &format!("{kind}totp_code"));
            logins.add(&login(&table, row, kind), [key])?;
        }
    }
    Ok(Contents::from_rows(logins.rows))
}

fn login<'r>(table: &Table, row: &'r Record, kind: &str) -> Login<'r> {
    let totp = |name: &str| table.non_empty(row, &format!("{kind}totp_{name}"));
    let (title, user) = match kind {
        "" => ("totp_title", ""),
        _ => ("website_password_title", "website_password_username"),
    };
    Login {
        title: table.get(row, title),
        user: table.get(row, user),
        tags: one_tag(table.get(row, "path")),
        place: row.place(),
        params: Params {
            algorithm: totp("algorithm"),
            digits: totp("digits"),
            period: totp("period"),
            ..Params::default()
        },
        ..Login::default()
    }
}
