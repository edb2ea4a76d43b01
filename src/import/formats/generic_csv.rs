//! CSV of password managers without a mark of their own: a column with keys or URIs, and one with
//! titles or names. All other columns are ignored.

use crate::import::detect::{Certainty, Format, certain};
use crate::import::ingest::Contents;
use crate::import::look::Look;
use crate::import::support::csv::{Record, Table};
use crate::import::support::row::{Fields, Key, from_field};
use crate::import::{ImportError, Input, Row};

pub(crate) const FORMAT: Format = Format {
    name: "csv",
    title: "tables of other password managers (LastPass, Proton Pass, Dashlane and others)",
    probe,
    read,
};

fn probe(look: &Look<'_>) -> Option<Certainty> {
    let any = |names: &[&str]| names.iter().any(|name| look.csv_has(name));
    certain(any(KEYS) && (any(TITLES) || any(USERS)))
}

/// Known names of the column with the key or URI.
const KEYS: &[&str] = &[
    "totp",
    "otpauth",
    "otp",
    "otp_auth",
    "otpurl",
    "otpsecret",
    "one-time password",
    "totp_secret",
    "totp secret",
    "secret",
];
const TITLES: &[&str] = &["issuer", "service", "title", "name", "item name"];
const USERS: &[&str] = &[
    "username",
    "user name",
    "account",
    "login",
    "user",
    "email",
    "label",
];

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let table = Table::read(input.bytes)?;
    let rows = table.rows().filter_map(|row| account(&table, row));
    Ok(Contents::from_rows(rows.collect()))
}

fn account(table: &Table, row: &Record) -> Option<Row> {
    let first = |names: &[&str]| {
        let values = names.iter().map(|name| table.get(row, name).trim());
        values.clone().find(|value| !value.is_empty())
    };
    let key = first(KEYS)?;
    let title = first(TITLES).unwrap_or_default();
    let user = first(USERS).unwrap_or_default();
    let place = format!("line {}", row.line);
    if key.contains("://") {
        return Some(from_field(key, title, user, &place));
    }
    let fields = Fields {
        issuer: title.to_owned(),
        name: user.to_owned(),
        key: Key::Base32(key.to_owned().into()),
        kind: table
            .non_empty(row, "type")
            .filter(|kind| is_kind(kind))
            .unwrap_or_default(),
        algorithm: table.non_empty(row, "algorithm"),
        digits: table.non_empty(row, "digits"),
        period: table.non_empty(row, "period"),
        counter: table.non_empty(row, "counter"),
        tags: Vec::new(),
    };
    Some(fields.finish(place))
}

/// In some files, a column `type` says that the row is a login.
fn is_kind(text: &str) -> bool {
    ["totp", "hotp", "steam"]
        .iter()
        .any(|kind| text.eq_ignore_ascii_case(kind))
}
