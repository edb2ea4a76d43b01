//! 2FAuth's JSON (app/Api/v1/Resources/TwoFAccountExportResource.php in its repository): accounts with
//! all members, or with a URI each.

use serde::Deserialize;

use crate::import::detect::{Format, certain};
use crate::import::ingest::Contents;
use crate::import::support::json::{self, Rows, Scalar, Text};
use crate::import::support::row::{Fields, from_uri, rows};
use crate::import::{Found, ImportError, Input, Row};
use crate::otp::Kind;

pub(crate) const FORMAT: Format = Format {
    name: "2fauth",
    title: "2FAuth",
    probe: |look| {
        let is_account = look.json_at(&["data"], &["otp_type", "secret"]);
        let is_uri = look.json_at(&["data"], &["uri"]);
        certain(look.json_has(&["app", "schema", "data"]) && (is_account || is_uri))
    },
    read,
};

/// The newest known schema.
const SCHEMA: u32 = 1;

const STALE: &str = "the file has an older URI of it that differs; the URI was not used";

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    schema: u32,
    data: Rows<Account>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Account {
    otp_type: Scalar,
    #[serde(rename = "account")]
    name: Scalar,
    service: Scalar,
    secret: Text,
    digits: Scalar,
    algorithm: Scalar,
    period: Scalar,
    counter: Scalar,
    /// What the account was made from. It stays as it was when the person edits the account.
    legacy_uri: Text,
    /// Instead of all other members.
    uri: Text,
}

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let file: File = json::read(input.bytes)?;
    if file.schema > SCHEMA {
        return Err(ImportError::Newer(format!("2FAuth schema {}", file.schema)));
    }
    let rows = rows(file.data, "account", |account, place| {
        Some(row(account, &place))
    });
    Ok(Contents::from_rows(rows))
}

fn row(account: Account, place: &str) -> Row {
    if !account.uri.is_empty() {
        return from_uri(&account.uri, place);
    }
    let legacy = account.legacy_uri;
    if account.secret.trim().is_empty() && !legacy.is_empty() {
        return from_uri(&legacy, place);
    }
    let kind = account.otp_type.0.unwrap_or_default();
    let fields = Fields {
        issuer: account.service.0.unwrap_or_default(),
        name: account.name.0.unwrap_or_default(),
        key: account.secret.key(),
        kind: match kind.to_ascii_lowercase().as_str() {
            "steamtotp" => "steam".to_owned(),
            _ => kind,
        },
        algorithm: account.algorithm.0,
        digits: account.digits.0,
        period: account.period.0,
        counter: account.counter.0,
        tags: Vec::new(),
    };
    let mut found = fields.finish(place)?;
    if from_uri(&legacy, place).is_ok_and(|older| differs(&found, &older)) {
        found.remarks.push(STALE);
    }
    Ok(found)
}

/// Whether they have other names or codes. A counter that has moved on is no difference.
fn differs(found: &Found, older: &Found) -> bool {
    let codes = |found: &Found| {
        let mut credential = found.draft.credential.clone();
        if let Kind::Hotp { counter } = &mut credential.kind {
            *counter = 0;
        }
        credential
    };
    codes(found) != codes(older)
        || [&found.draft.issuer, &found.draft.name] != [&older.draft.issuer, &older.draft.name]
}
