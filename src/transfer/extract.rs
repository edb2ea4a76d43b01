//! What `extract_otp_secrets` makes of Google Authenticator's export: CSV and JSON.

use serde::Deserialize;

use super::json::{self, Rows, Scalar, Text};
use super::table::Table;
use super::{Fields, Import, ImportError, Input, rows};

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
        // Hash and digits are in the URI alone.
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

pub(super) fn read(input: &Input<'_>) -> Result<Import, ImportError> {
    if json::text(input.bytes)?.trim_start().starts_with('[') {
        let list: Rows<Entry> = json::read(input.bytes)?;
        let rows = rows(list, "entry", |entry, place| {
            Some(entry.fields().finish(place))
        });
        return Ok(Import::of(rows));
    }
    let table = Table::read(input.bytes)?;
    let text = |row, name| Text(zeroize::Zeroizing::new(table.get(row, name).to_owned()));
    let rows = table.rows().map(|row| {
        let entry = Entry {
            name: Scalar(table.some(row, "name")),
            secret: text(row, "secret"),
            issuer: Scalar(table.some(row, "issuer")),
            kind: Scalar(table.some(row, "type")),
            counter: Scalar(table.some(row, "counter")),
            url: text(row, "url"),
        };
        entry.fields().finish(format!("line {}", row.line))
    });
    Ok(Import::of(rows.collect()))
}
