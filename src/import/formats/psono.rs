//! The JSON of Psono: folders within folders. Only the fields of one-time passwords are read.

use serde::Deserialize;

use crate::import::detect::{Certainty, Format, certain};
use crate::import::ingest::Contents;
use crate::import::look::Look;
use crate::import::support::entries::{Entries, Entry};
use crate::import::support::json::{self, Rows, Scalar, Text};
use crate::import::support::row::{Fields, bounded};
use crate::import::{ImportError, Input, SetAside};

pub(crate) const FORMAT: Format = Format {
    name: "psono",
    title: "Psono (JSON)",
    probe,
    read,
};

/// Members of Psono's items; one of them is enough.
const OWN: &[&str] = &[
    "\"website_password_title\"",
    "\"website_password_totp_code\"",
    "\"application_password_title\"",
    "\"totp_title\"",
    "\"totp_code\"",
];

fn probe(look: &Look<'_>) -> Option<Certainty> {
    let is_folder = look.json_has(&["items"]) || look.json_has(&["folders"]);
    certain(is_folder && OWN.iter().any(|own| look.text.contains(own)))
}

/// Also the file as a whole. Read without [`Rows`]: its depth is bounded.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Folder {
    name: Scalar,
    #[serde(deserialize_with = "json::or_default")]
    folders: Vec<Self>,
    items: Rows<Item>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Item {
    name: Scalar,
    deleted: Scalar,
    totp_title: Scalar,
    totp_code: Text,
    totp_period: Scalar,
    totp_digits: Scalar,
    totp_algorithm: Scalar,
    website_password_title: Scalar,
    website_password_username: Scalar,
    website_password_totp_code: Text,
    website_password_totp_period: Scalar,
    website_password_totp_digits: Scalar,
    website_password_totp_algorithm: Scalar,
}

/// The period, the digits and the algorithm of one key.
struct Settings(Scalar, Scalar, Scalar);

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let mut entries = Entries::new("item");
    add(json::read(input.bytes)?, &mut entries)?;
    Ok(entries.into_contents())
}

fn add(folder: Folder, entries: &mut Entries) -> Result<(), ImportError> {
    let tag = folder.name.0.as_deref().map(bounded);
    entries.each(folder.items, |entries, item| {
        let title = item
            .totp_title
            .0
            .or(item.website_password_title.0)
            .or(item.name.0);
        let entry = Entry {
            title: title.unwrap_or_default(),
            user: item.website_password_username.0.unwrap_or_default(),
            tags: tag.map(str::to_owned).into_iter().collect(),
            set_aside: (item.deleted.0.as_deref() == Some("true")).then_some(SetAside::InTrash),
        };
        let alone = Settings(item.totp_period, item.totp_digits, item.totp_algorithm);
        let of_login = Settings(
            item.website_password_totp_period,
            item.website_password_totp_digits,
            item.website_password_totp_algorithm,
        );
        let keys = [
            (item.totp_code, alone),
            (item.website_password_totp_code, of_login),
        ];
        let keys = keys.into_iter().filter(|(key, _)| !key.trim().is_empty());
        entries.add(&entry, keys.collect(), |(key, settings), place| {
            let Settings(period, digits, algorithm) = settings;
            Fields {
                issuer: entry.title.clone(),
                name: entry.user.clone(),
                key: key.key(),
                period: period.0,
                digits: digits.0,
                algorithm: algorithm.0,
                ..Fields::default()
            }
            .finish(place)
        })
    })?;
    for inner in folder.folders {
        add(inner, entries)?;
    }
    Ok(())
}
