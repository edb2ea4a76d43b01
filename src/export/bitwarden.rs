//! Bitwarden's plain JSON, for the password manager and the Authenticator app.

use serde::Serialize;
use zeroize::Zeroizing;

use super::{Export, Target, distinct, file, json, name, note_extras, partition};
use crate::otp::{Account, Kind, format};

pub(super) const TARGET: Target = Target {
    name: "bitwarden",
    title: "Bitwarden JSON, not encrypted",
    is_encrypted: false,
    write: |accounts, _| Ok(write(accounts)),
};

#[derive(Serialize)]
struct File<'a> {
    encrypted: bool,
    folders: Vec<Folder<'a>>,
    items: Vec<Item<'a>>,
}

#[derive(Serialize)]
struct Folder<'a> {
    id: &'a str,
    name: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Item<'a> {
    id: String,
    #[serde(rename = "type")]
    kind: u8,
    name: String,
    folder_id: Option<&'a str>,
    favorite: bool,
    notes: Option<()>,
    login: Login<'a>,
}

#[derive(Serialize)]
struct Login<'a> {
    username: &'a str,
    password: Option<()>,
    totp: Zeroizing<String>,
}

fn write(accounts: &[Account]) -> Export<'static> {
    let (taken, mut omitted) = partition(accounts, |account| {
        let is_hotp = matches!(account.credential.kind, Kind::Hotp { .. });
        is_hotp.then(|| "Bitwarden does not support HOTP".to_owned())
    });
    note_extras(&taken, 1, &mut omitted);
    let names = distinct(taken.iter().filter_map(|account| account.tags.first()));
    let folders = names.into_iter().map(|name| Folder { id: name, name });
    let document = File {
        encrypted: false,
        folders: folders.collect(),
        items: taken.iter().map(|account| item(account)).collect(),
    };
    file(json(&document), taken.len(), omitted)
}

fn item(account: &Account) -> Item<'_> {
    let credential = &account.credential;
    let totp = if credential.kind == Kind::Steam {
        Zeroizing::new(format!(
            "steam://{}",
            credential.secret.to_base32().as_str()
        ))
    } else {
        format(&account.issuer, &account.name, credential)
    };
    let shown = if account.issuer.is_empty() {
        name(account)
    } else {
        account.issuer.clone()
    };
    Item {
        id: account.id.to_string(),
        kind: 1,
        name: shown,
        folder_id: account.tags.first().map(String::as_str),
        favorite: false,
        notes: None,
        login: Login {
            username: &account.name,
            password: None,
            totp,
        },
    }
}
