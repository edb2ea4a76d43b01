//! The CSV and JSON that `extract_otp_secrets` makes from Google Authenticator's export.

use serde::Deserialize;

use crate::import::detect::{Format, certain};
use crate::import::ingest::Contents;
use crate::import::support::csv::Table;
use crate::import::support::json::{self, Rows, Scalar, Text};
use crate::import::support::row::{Fields, rows};
use crate::import::{ImportError, Input};

pub(crate) const FORMAT: Format = Format {
    name: "extract-otp-secrets",
    title: "extract_otp_secrets (CSV or JSON)",
    probe: |look| {
        let is_table = ["url", "secret", "issuer", "name", "type"]
            .iter()
            .all(|column| look.csv_has(column));
        certain(is_table || look.json_array_of(&["url", "secret", "issuer", "name", "type"]))
    },
    read,
};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Entry {
    name: Scalar,
    secret: Text,
    issuer: Scalar,
    #[serde(rename = "type")]
    kind: Scalar,
    counter: Scalar,
    url: Text,
}

impl Entry {
    fn fields(self) -> Fields {
        // Only the URI has algorithm and digits.
        let uri = crate::otp::parse(&self.url).ok();
        let credential = uri.map(|parsed| parsed.draft.credential);
        let digits = credential.as_ref().map(|c| c.digits.get().to_string());
        Fields {
            issuer: self.issuer.0.unwrap_or_default(),
            name: self.name.0.unwrap_or_default(),
            key: self.secret.key(),
            kind: self.kind.0.unwrap_or_default(),
            counter: self.counter.0,
            algorithm: credential.map(|c| c.algorithm.to_string()),
            digits,
            ..Fields::default()
        }
    }
}

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    if json::text(input.bytes)?.trim_start().starts_with('[') {
        let list: Rows<Entry> = json::read(input.bytes)?;
        let rows = rows(list, "entry", |entry, place| {
            Some(entry.fields().finish(place))
        });
        return Ok(Contents::from_rows(rows));
    }
    let table = Table::read(input.bytes)?;
    let text = |row, name| Text(zeroize::Zeroizing::new(table.get(row, name).to_owned()));
    let rows = table.rows().map(|row| {
        let entry = Entry {
            name: Scalar(table.non_empty(row, "name")),
            secret: text(row, "secret"),
            issuer: Scalar(table.non_empty(row, "issuer")),
            kind: Scalar(table.non_empty(row, "type")),
            counter: Scalar(table.non_empty(row, "counter")),
            url: text(row, "url"),
        };
        entry.fields().finish(format!("line {}", row.line))
    });
    Ok(Contents::from_rows(rows.collect()))
}
