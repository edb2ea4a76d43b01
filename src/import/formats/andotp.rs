//! andOTP (archived 2022): a JSON list.

use serde::Deserialize;

use crate::import::detect::{Format, certain};
use crate::import::formats::andotp_encrypted;
use crate::import::ingest::Contents;
use crate::import::support::json::{self, Rows, Scalar, Text};
use crate::import::support::row::{Fields, rows};
use crate::import::{ImportError, Input, Row};

pub(crate) const FORMAT: Format = Format {
    name: "andotp",
    title: "andOTP",
    probe: |look| {
        let is_ours = |own: &str| look.json_array_of(&["secret", "label", "type", own]);
        certain(
            ["algorithm", "thumbnail", "tags", "last_used"]
                .into_iter()
                .any(is_ours),
        )
    },
    read,
};

#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    secret: Text,
    /// Missing in the oldest files, whose label is `Issuer - name`.
    issuer: Option<Scalar>,
    #[serde(default)]
    label: Scalar,
    #[serde(default)]
    digits: Scalar,
    #[serde(rename = "type", default)]
    kind: Scalar,
    #[serde(default)]
    algorithm: Scalar,
    #[serde(default)]
    period: Scalar,
    #[serde(default)]
    counter: Scalar,
    #[serde(default, deserialize_with = "json::or_default")]
    tags: Vec<String>,
}

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    if json::text(input.bytes).is_err() {
        return andotp_encrypted::read(input);
    }
    list(input.bytes)
}

pub(crate) fn list(bytes: &[u8]) -> Result<Contents, ImportError> {
    let list: Rows<Entry> = json::read(bytes)?;
    Ok(Contents::from_rows(rows(list, "entry", |entry, place| {
        Some(row(entry, place))
    })))
}

fn row(entry: Entry, place: String) -> Row {
    let label = entry.label.0.unwrap_or_default();
    let old = label.split_once(" - ").filter(|_| entry.issuer.is_none());
    let old = old.map(|(issuer, name)| (issuer.to_owned(), name.to_owned()));
    let (issuer, name) = match (&old, entry.issuer) {
        (Some((issuer, name)), _) => (issuer.clone(), name.clone()),
        (None, issuer) => (
            issuer.and_then(|issuer| issuer.0).unwrap_or_default(),
            label,
        ),
    };
    Fields {
        issuer,
        name,
        key: entry.secret.key(),
        kind: entry.kind.0.unwrap_or_default(),
        algorithm: entry.algorithm.0,
        digits: entry.digits.0,
        period: entry.period.0,
        counter: entry.counter.0,
        tags: entry.tags,
    }
    .finish(place)
    .map(|mut found| {
        // Old backups hold `Issuer - Issuer:name` for an account that andOTP shows as `Issuer:name`.
        if let Some((_, name)) = old {
            found.draft.name = name;
        }
        found
    })
}
