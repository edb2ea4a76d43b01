//! Raivo OTP: a JSON list in which all values are strings, alone or in an encrypted zip.

use serde::Deserialize;

use crate::import::detect::{Format, certain};
use crate::import::ingest::Contents;
use crate::import::support::json::{self, Rows, Scalar, Text};
use crate::import::support::row::{Fields, rows};
use crate::import::support::zip;
use crate::import::{ImportError, Input};

pub(crate) const FORMAT: Format = Format {
    name: "raivo",
    title: "Raivo OTP",
    probe: |look| {
        certain(
            look.zip_has("raivo-otp-export.json")
                || look.json_array_of(&["kind", "timer", "secret"]),
        )
    },
    read,
};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Entry {
    issuer: Scalar,
    account: Scalar,
    secret: Text,
    algorithm: Scalar,
    digits: Scalar,
    kind: Scalar,
    timer: Scalar,
    counter: Scalar,
}

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    if !zip::is_zip(input.bytes) {
        return list(input.bytes);
    }
    list(&zip::member(input, "raivo-otp-export.json")?)
}

fn list(bytes: &[u8]) -> Result<Contents, ImportError> {
    let list: Rows<Entry> = json::read(bytes)?;
    let rows = rows(list, "entry", |entry, place| {
        let fields = Fields {
            issuer: entry.issuer.0.unwrap_or_default(),
            name: entry.account.0.unwrap_or_default(),
            key: entry.secret.key(),
            kind: entry.kind.0.unwrap_or_default(),
            algorithm: entry.algorithm.0,
            digits: entry.digits.0,
            period: entry.timer.0,
            counter: entry.counter.0,
            tags: Vec::new(),
        };
        Some(fields.finish(place))
    });
    Ok(Contents::from_rows(rows))
}
