//! Raivo OTP: a JSON list in which all values are words, alone or in a zip with a password.

use serde::Deserialize;

use super::json::{self, Rows, Scalar, Text};
use super::{Fields, Import, ImportError, Input, rows, zip};

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

pub(super) fn read(input: &Input<'_>) -> Result<Import, ImportError> {
    if !zip::is_zip(input.bytes) {
        return list(input.bytes);
    }
    list(&zip::member(input, "raivo-otp-export.json")?)
}

fn list(bytes: &[u8]) -> Result<Import, ImportError> {
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
    Ok(Import::of(rows))
}
