//! LastPass Authenticator: JSON of version 1 (iOS) or 3 (Android).

use serde::Deserialize;

use crate::import::detect::{Format, certain, maybe};
use crate::import::ingest::Contents;
use crate::import::support::json::{self, Rows, Scalar, Text};
use crate::import::support::row::{Fields, rows};
use crate::import::{ImportError, Input};

pub(crate) const FORMAT: Format = Format {
    name: "lastpass",
    title: "LastPass Authenticator",
    probe: |look| {
        let mut named = ["issuerName", "originalIssuerName", "userName", "timeStep"].iter();
        let is_own = named.any(|own| look.json_at(&["accounts"], &["secret", own]));
        certain(is_own).or(maybe(look.json_has(&["accounts", "folders"])))
    },
    read,
};

#[derive(Deserialize)]
struct File {
    accounts: Rows<Account>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Account {
    issuer_name: Scalar,
    original_issuer_name: Scalar,
    user_name: Scalar,
    original_user_name: Scalar,
    secret: Text,
    time_step: Scalar,
    digits: Scalar,
    algorithm: Scalar,
}

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let file: File = json::read(input.bytes)?;
    let rows = rows(file.accounts, "account", |account, place| {
        let issuer = account.issuer_name.0.or(account.original_issuer_name.0);
        let name = account.user_name.0.or(account.original_user_name.0);
        let fields = Fields {
            issuer: issuer.unwrap_or_default(),
            name: name.unwrap_or_default(),
            key: account.secret.key(),
            algorithm: account.algorithm.0,
            digits: account.digits.0,
            period: account.time_step.0,
            ..Fields::default()
        };
        Some(fields.finish(place))
    });
    Ok(Contents::from_rows(rows))
}
