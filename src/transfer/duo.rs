//! Duo Mobile's own file on Android. Accounts of Duo itself (push) have no key that could be taken
//! along.

use serde::Deserialize;

use super::json::{self, Rows, Scalar, Text};
use super::{Fields, Import, ImportError, Input, Skipped, rows};

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Account {
    name: Scalar,
    otp_generator: Option<Generator>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Generator {
    otp_secret: Text,
    counter: Scalar,
}

pub(super) fn read(input: &Input<'_>) -> Result<Import, ImportError> {
    let list: Rows<Account> = json::read(input.bytes)?;
    let rows = rows(list, "account", |account, place| {
        let name = account.name.0.unwrap_or_default();
        let Some(generator) = account.otp_generator else {
            let reason = "it is confirmed by push and has no key".to_owned();
            return Some(Err(Skipped {
                place,
                name,
                reason,
            }));
        };
        let kind = generator.counter.0.as_ref().map_or("totp", |_| "hotp");
        let fields = Fields {
            name,
            key: generator.otp_secret.key(),
            kind: kind.to_owned(),
            counter: generator.counter.0,
            ..Fields::default()
        };
        Some(fields.finish(place))
    });
    Ok(Import::of(rows))
}
