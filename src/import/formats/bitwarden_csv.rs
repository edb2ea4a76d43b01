//! Bitwarden's CSV, from the password manager and the Authenticator app.

use crate::import::detect::{Format, certain};
use crate::import::ingest::Contents;
use crate::import::support::csv::Table;
use crate::import::support::row::from_field;
use crate::import::{ImportError, Input};

pub(crate) const FORMAT: Format = Format {
    name: "bitwarden-csv",
    title: "Bitwarden (CSV)",
    probe: |look| certain(look.csv_has("login_totp")),
    read,
};

/// The Authenticator app writes more columns than its header has, and quotes nothing. So a URI in any
/// column is taken.
fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let table = Table::read(input.bytes)?;
    let mut rows = Vec::new();
    for row in table.rows() {
        let named = table.get(row, "login_totp").trim();
        let field = row.uri().unwrap_or(named);
        if field.is_empty() {
            continue;
        }
        let place = format!("line {}", row.line);
        let issuer = table.get(row, "name");
        let name = table.get(row, "login_username");
        let mut found = from_field(field, issuer, name, &place);
        if let (Ok(found), Some(folder)) = (&mut found, table.non_empty(row, "folder")) {
            found.tags.push(folder);
        }
        rows.push(found);
    }
    Ok(Contents::from_rows(rows))
}
