//! RoboForm's CSV. The last column of the head and all cells beyond it are the fields of a form, one a
//! cell: `TOTP KEY$,,,txt,KEY`, and in older versions `TOTP KEY$:txt:KEY`.

use zeroize::Zeroizing;

use crate::import::detect::{Format, certain};
use crate::import::ingest::Contents;
use crate::import::support::csv::Table;
use crate::import::support::labels::is_key;
use crate::import::support::logins::{Login, Logins, is_uri, one_tag};
use crate::import::{ImportError, Input};

pub(crate) const FORMAT: Format = Format {
    name: "roboform-csv",
    title: "RoboForm (CSV)",
    probe: |look| {
        certain(look.csv_has("Pwd") && COLUMNS.iter().any(|(column, ..)| look.csv_has(column)))
    },
    read,
};

/// The column of fields in both versions, what is between their parts, and how many parts come before
/// the value.
const COLUMNS: [(&str, char, usize); 2] = [("RfFieldsV2", ',', 4), ("Rf_fields", ':', 2)];

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let table = Table::read(input.bytes)?;
    let mut logins = Logins::default();
    for row in table.rows() {
        let mut keys: Vec<Zeroizing<String>> = Vec::new();
        for (column, separator, before) in COLUMNS {
            let fields = table.cells_from(row, column);
            keys.extend(fields.filter_map(|field| key(field, separator, before)));
        }
        let login = Login {
            title: table.get(row, "Name"),
            user: table.get(row, "Login"),
            tags: one_tag(table.get(row, "Folder")),
            place: row.place(),
            ..Login::default()
        };
        logins.add(&login, keys.iter().map(|key| key.as_str()))?;
    }
    Ok(Contents::from_rows(logins.rows))
}

/// The value of a field, if it holds a key. A value with a quote or a separator is in quotes.
fn key(field: &str, separator: char, before: usize) -> Option<Zeroizing<String>> {
    let mut parts = field.splitn(before + 1, separator);
    let name = parts.next()?;
    let value = parts.nth(before - 1)?;
    let quoted = value
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    let value = Zeroizing::new(match quoted {
        Some(quoted) => quoted.replace("\"\"", "\""),
        None => value.to_owned(),
    });
    (is_key(name) || is_uri(&value)).then_some(value)
}
