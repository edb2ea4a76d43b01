//! Steam: Android's own file, and the maFiles of SDA and steamguard-cli. The key is `shared_secret`;
//! the `uri` beside it is not reliable.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::import::detect::{Certainty, Format, certain};
use crate::import::formats::steam_encrypted;
use crate::import::ingest::Contents;
use crate::import::look::Look;
use crate::import::support::json::{self, Rows, Scalar, Text};
use crate::import::support::row::{Fields, Key, rows, unreadable};
use crate::import::{ImportError, Input, Row};

pub(crate) const FORMAT: Format = Format {
    name: "steam",
    title: "Steam (Android, SDA, steamguard-cli, ArchiSteamFarm)",
    probe,
    read,
};

fn probe(look: &Look<'_>) -> Option<Certainty> {
    let is_many = look.json_has(&["accounts"]) && look.text.contains("\"shared_secret\"");
    let is_within = |member: &&str| look.json_at(&[member], &["shared_secret"]);
    certain(
        is_many
            || look.json_has(&["shared_secret"])
            || look.json_array_of(&["shared_secret"])
            || look.json_has(&["SharedSecret", "IdentitySecret"])
            || WRAPPED.iter().any(is_within)
            || look.json_has(&["entries", "encrypted"]),
    )
}

/// Where the account is an inner object: in `ArchiSteamFarm`'s databases, and in Steam's own answers.
const WRAPPED: [&str; 2] = ["_MobileAuthenticator", "response"];

#[derive(Deserialize)]
pub(crate) struct Account {
    #[serde(default, alias = "AccountName")]
    account_name: Scalar,
    #[serde(alias = "SharedSecret")]
    shared_secret: Text,
}

#[derive(Deserialize)]
struct Wrapped {
    #[serde(alias = "_MobileAuthenticator")]
    response: Account,
}

#[derive(Deserialize)]
struct Accounts<'a> {
    #[serde(borrow)]
    accounts: BTreeMap<String, &'a RawValue>,
}

/// SDA's and steamguard-cli's list of maFiles.
#[derive(Deserialize)]
pub(crate) struct Manifest {
    pub(crate) entries: Rows<Entry>,
}

/// One maFile in a manifest, with the salt and IV of its encryption.
#[derive(Deserialize)]
pub(crate) struct Entry {
    #[serde(default)]
    pub(crate) filename: Scalar,
    #[serde(default)]
    pub(crate) encryption_iv: Scalar,
    #[serde(default)]
    pub(crate) encryption_salt: Scalar,
    #[serde(default, deserialize_with = "json::or_default")]
    pub(crate) encryption: Encryption,
}

/// The salt and IV as steamguard-cli writes them.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Encryption {
    pub(crate) iv: Scalar,
    pub(crate) salt: Scalar,
    pub(crate) scheme: Scalar,
}

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let text = json::text(input.bytes)?.trim_start();
    if text.starts_with('[') {
        let list: Rows<Account> = json::read(input.bytes)?;
        let rows = rows(list, "account", |account, place| Some(row(account, &place)));
        return Ok(Contents::from_rows(rows));
    }
    if !text.starts_with('{') {
        return steam_encrypted::read(input);
    }
    if let Ok(account) = json::read::<Account>(input.bytes) {
        return Ok(Contents::from_rows(vec![row(account, "account 1")]));
    }
    if let Ok(file) = json::read::<Wrapped>(input.bytes) {
        let mut account = file.response;
        // ArchiSteamFarm names its files after its bots.
        let stem = input.name.rsplit_once('.').map_or("", |(stem, _)| stem);
        let name = account.account_name.0.or_else(|| Some(stem.to_owned()));
        account.account_name = Scalar(name);
        return Ok(Contents::from_rows(vec![row(account, "account 1")]));
    }
    if let Ok(manifest) = json::read::<Manifest>(input.bytes) {
        let names = manifest.entries.0.into_iter().flatten();
        let names: Vec<_> = names.filter_map(|entry| entry.filename.0).collect();
        let note = format!(
            "a manifest contains no accounts; they are in {}",
            names.join(", ")
        );
        return Ok(Contents::from_rows(Vec::new()).with_note(note));
    }
    let file: Accounts = json::read(input.bytes)?;
    let numbered = (1..).zip(file.accounts.into_values());
    let rows = numbered.map(|(number, account): (usize, &RawValue)| {
        let place = format!("account {number}");
        let account = serde_json::from_str(account.get());
        account.map_or_else(
            |_| unreadable(place.clone()),
            |account| row(account, &place),
        )
    });
    Ok(Contents::from_rows(rows.collect()))
}

pub(crate) fn row(account: Account, place: &str) -> Row {
    Fields {
        issuer: "Steam".to_owned(),
        name: account.account_name.0.unwrap_or_default(),
        key: Key::Base64(account.shared_secret.0),
        kind: "steam".to_owned(),
        ..Fields::default()
    }
    .finish(place)
}
