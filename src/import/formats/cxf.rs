//! The Credential Exchange Format of the FIDO Alliance (CXF 1.0 and its drafts), which password managers
//! hand to each other. Only the fields of one-time passwords are read.
//!
//! A payload of the exchange protocol (CXP) is sealed for the program that asked for it.

use serde::Deserialize;

use crate::import::detect::{Certainty, Format, certain};
use crate::import::ingest::Contents;
use crate::import::look::Look;
use crate::import::support::entries::{Entries, Entry, Values};
use crate::import::support::groups::{Groups, Members};
use crate::import::support::json::{self, Rows, Scalar, Text};
use crate::import::support::row::{Fields, from_field, unreadable};
use crate::import::support::shared::shared_tags;
use crate::import::support::zip;
use crate::import::{ImportError, Input, Row};

pub(crate) const FORMAT: Format = Format {
    name: "cxf",
    title: "Credential Exchange Format (JSON or zip)",
    probe,
    read,
};

fn probe(look: &Look<'_>) -> Option<Certainty> {
    if is_sealed(look) || is_plain(look) {
        return Some(Certainty::Certain);
    }
    // Reading tells another program's document apart.
    let mut documents = look.zip_names().iter().filter(|name| is_json(name));
    let only = documents.next().filter(|_| documents.next().is_none())?;
    certain(only.to_lowercase().contains("cxf"))
}

fn is_json(name: &str) -> bool {
    name.to_lowercase().ends_with(".json")
}

/// An export of some accounts, or the content of one.
fn is_plain(look: &Look<'_>) -> bool {
    look.json_has(&["accounts", "exporterRpId"])
        || look.json_at(&["accounts", "items"], &["credentials"])
        || look.json_has(&["id", "items"]) && look.json_at(&["items"], &["credentials", "title"])
}

/// An answer of the exchange protocol, or the zip in it: JWE files sealed by HPKE.
fn is_sealed(look: &Look<'_>) -> bool {
    look.zip_has("index.jwe") || look.json_has(&["hpke", "payload"])
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct File {
    accounts: Rows<Account>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Account {
    #[serde(deserialize_with = "json::or_default")]
    collections: Vec<Collection>,
    items: Rows<Item>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Collection {
    id: Scalar,
    title: Scalar,
    items: Rows<Link>,
    #[serde(deserialize_with = "json::or_default")]
    sub_collections: Vec<Self>,
}

#[derive(Deserialize)]
struct Link {
    item: Scalar,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Item {
    id: Scalar,
    title: Scalar,
    credentials: Rows<Credential>,
    #[serde(deserialize_with = "json::or_default")]
    tags: Vec<Scalar>,
}

/// Of any type: `totp`, `basic-auth` with the user's name, `custom-fields` and others.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Credential {
    r#type: Scalar,
    username: Values,
    secret: Values,
    issuer: Values,
    period: Scalar,
    digits: Scalar,
    algorithm: Scalar,
    fields: Rows<Values>,
}

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let look = Look::at(input.bytes);
    if is_sealed(&look) {
        let message = "this export is sealed for the program that asked for it: export the \
            accounts of the other program to a file in its own format";
        return Err(ImportError::Unsupported(message.to_owned()));
    }
    if !zip::is_zip(input.bytes) {
        return read_plain(&look);
    }
    let plain = zip::member_where(input, is_json)?;
    let look = Look::at(&plain);
    if !is_plain(&look) {
        return Err(ImportError::Unrecognised);
    }
    read_plain(&look)
}

fn read_plain(look: &Look<'_>) -> Result<Contents, ImportError> {
    let mut file: File = json::read(look.bytes)?;
    if !look.json_has(&["accounts"]) {
        file.accounts.0.push(Some(json::read(look.bytes)?));
    }
    let mut entries = Entries::new("item");
    for account in file.accounts.0 {
        let Some(account) = account else {
            let message = "an account of the export does not have the expected structure";
            return Err(ImportError::Damaged(message.to_owned()));
        };
        read_account(account, &mut entries)?;
    }
    Ok(entries.into_contents())
}

fn read_account(account: Account, entries: &mut Entries) -> Result<(), ImportError> {
    let (mut titles, mut links) = (Vec::new(), Vec::new());
    for collection in account.collections {
        gather(collection, &mut titles, &mut links);
    }
    let mut groups = Groups::new(titles);
    let mut members = Members::new(links);
    entries.each(account.items, |entries, item| {
        let ids = members.take(&item.id.0.unwrap_or_default());
        let own = item.tags.into_iter().filter_map(|tag| tag.0);
        let tags = groups.names(ids).into_iter().chain(own);
        let mut entry = Entry {
            title: item.title.0.unwrap_or_default(),
            tags: shared_tags(tags),
            ..Entry::default()
        };
        let credentials = item.credentials.0;
        let mut logins = credentials.iter().flatten().filter(|each| !each.is("totp"));
        let user = logins.find_map(|each| each.username.first());
        user.unwrap_or_default().clone_into(&mut entry.user);
        let keys = credentials.into_iter().flat_map(|each| match each {
            Some(credential) => credential.keys(),
            None => vec![Otp::Unreadable],
        });
        let keys = keys.collect();
        entries.add(&entry, keys, |key, place| key.row(&entry, place))
    })?;
    groups.check()
}

/// Collects the titles of collections by id, and the ids of each item's collections.
fn gather(
    collection: Collection,
    titles: &mut Vec<(String, String)>,
    links: &mut Vec<(String, String)>,
) {
    let id = collection.id.0.unwrap_or_default();
    let items = collection.items.0.into_iter().flatten();
    links.extend(items.filter_map(|link| Some((link.item.0?, id.clone()))));
    titles.extend(collection.title.0.map(|title| (id, title)));
    for inner in collection.sub_collections {
        gather(inner, titles, links);
    }
}

/// A one-time password as the format has it, or a URI that a user keeps in a field.
enum Otp {
    Whole(Box<Credential>),
    Uri(Text),
    Unreadable,
}

impl Credential {
    fn is(&self, kind: &str) -> bool {
        let own = self.r#type.0.as_deref();
        own.is_some_and(|own| own.eq_ignore_ascii_case(kind))
    }

    fn keys(self) -> Vec<Otp> {
        if self.is("totp") {
            return vec![Otp::Whole(Box::new(self))];
        }
        let fields = self.fields.0.into_iter().flatten();
        fields.flat_map(Values::uris).map(Otp::Uri).collect()
    }
}

impl Otp {
    fn row(self, entry: &Entry, place: &str) -> Row {
        let totp = match self {
            Self::Uri(uri) => return from_field(&uri, &entry.title, &entry.user, place),
            Self::Unreadable => return unreadable(place.to_owned()),
            Self::Whole(totp) => totp,
        };
        let own = |values: &Values, other: &str| values.first().unwrap_or(other).to_owned();
        let key = totp.secret.first().unwrap_or_default();
        let is_steam = |name: &String| name.trim().eq_ignore_ascii_case("steam");
        Fields {
            issuer: own(&totp.issuer, &entry.title),
            name: own(&totp.username, &entry.user),
            key: Text(zeroize::Zeroizing::new(key.to_owned())).key(),
            kind: totp
                .algorithm
                .0
                .clone()
                .filter(is_steam)
                .unwrap_or_default()
                .trim()
                .to_owned(),
            algorithm: totp.algorithm.0,
            digits: totp.digits.0,
            period: totp.period.0,
            ..Fields::default()
        }
        .finish(place)
    }
}
