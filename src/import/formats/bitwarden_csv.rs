//! Bitwarden's CSV, from the password manager and the Authenticator app.

use crate::import::detect::{Format, certain};
use crate::import::ingest::Contents;
use crate::import::support::csv::Table;
use crate::import::support::labels::is_key;
use crate::import::support::logins::{Login, Logins, is_uri, looks_like_key, one_tag};
use crate::import::{ImportError, Input};

pub(crate) const FORMAT: Format = Format {
    name: "bitwarden-csv",
    title: "Bitwarden (CSV)",
    probe: |look| {
        let own = ["type", "name", "login_uri", "login_totp"];
        certain(own.iter().all(|column| look.csv_has(column)))
    },
    read,
};

/// The Authenticator app writes more columns than its header has, and quotes nothing. So a URI in any
/// column is taken, and beside one, `login_totp` only if it is a key. Users may have made fields of
/// their own: lines `name: value`.
fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let table = Table::read(input.bytes)?;
    let mut logins = Logins::default();
    for row in table.rows() {
        let login = Login {
            title: table.get(row, "name"),
            user: table.get(row, "login_username"),
            tags: one_tag(match table.get(row, "folder") {
                "" => table.get(row, "collections"),
                folder => folder,
            }),
            place: row.place(),
            ..Login::default()
        };
        let totp = table.get(row, "login_totp");
        let totp = Some(totp).filter(|key| row.uris().next().is_none() || looks_like_key(key));
        let fields = table.get(row, "fields").lines();
        let fields = fields.filter_map(|line| line.split_once(": "));
        let fields = fields.filter(|(name, value)| is_key(name) || is_uri(value));
        let own = fields.map(|(_, value)| value);
        logins.add(&login, row.uris().chain(totp).chain(own))?;
    }
    Ok(Contents::from_rows(logins.rows))
}
