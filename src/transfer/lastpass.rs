//! LastPass Authenticator: JSON of version 1 (iOS) or 3 (Android).

use serde::Deserialize;

use super::json::{self, Rows, Scalar, Text};
use super::{Fields, Import, ImportError, Input, rows};

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

pub(super) fn read(input: &Input<'_>) -> Result<Import, ImportError> {
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
    Ok(Import::of(rows))
}
