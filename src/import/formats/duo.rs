//! Duo Mobile's own file on Android. Duo's push accounts have no key.

use serde::Deserialize;

use crate::import::detect::{Format, certain};
use crate::import::ingest::Contents;
use crate::import::support::json::{self, Rows, Scalar, Text};
use crate::import::support::row::{Fields, rows};
use crate::import::{ImportError, Input, Skipped};

pub(crate) const FORMAT: Format = Format {
    name: "duo",
    title: "Duo",
    probe: |look| certain(look.json_array_of(&["otpGenerator"])),
    read,
};

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

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
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
    Ok(Contents::from_rows(rows))
}
