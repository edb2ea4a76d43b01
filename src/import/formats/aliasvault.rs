//! `AliasVault`'s exports: `.avux`, a zip, and `.avex`, the same zip encrypted with a password. Only the
//! fields of one-time passwords are read.

use serde::Deserialize;

use crate::import::detect::{Format, certain};
use crate::import::ingest::Contents;
use crate::import::look::Look;
use crate::import::support::crypto::{self, Argon2, damaged};
use crate::import::support::entries::{Entries, Entry};
use crate::import::support::groups::{Groups, Members};
use crate::import::support::json::{self, Rows, Scalar, Text};
use crate::import::support::zip;
use crate::import::{ImportError, Input};

pub(crate) const FORMAT: Format = Format {
    name: "aliasvault",
    title: "AliasVault (avux)",
    probe: |look| {
        let own = |name: &String| {
            name == MANIFEST || name.starts_with("attachments/") || name.starts_with("logos/")
        };
        certain(
            look.zip_names().iter().any(|name| name == MANIFEST)
                && look.zip_names().iter().all(own),
        )
    },
    read,
};

pub(crate) const SEALED: Format = Format {
    name: "aliasvault-avex",
    title: "AliasVault (avex)",
    probe: |look| certain(header(look.bytes).is_some()),
    read: read_sealed,
};

const MANIFEST: &str = "manifest.json";

/// Between the header and the encrypted zip.
const DELIMITER: &[u8] = b"\n-----BEGIN ENCRYPTED DATA-----\n";

/// Bounds the header, which real files have in half a KiB.
const LONGEST_HEADER: usize = 1 << 14;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Manifest {
    items: Rows<Item>,
    folders: Rows<Named>,
    tags: Rows<Named>,
    item_tags: Rows<ItemTag>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Named {
    id: Scalar,
    name: Scalar,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct ItemTag {
    item_id: Scalar,
    tag_id: Scalar,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Item {
    id: Scalar,
    name: Scalar,
    folder_id: Scalar,
    field_values: Rows<FieldValue>,
    totp_codes: Rows<Totp>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct FieldValue {
    field_key: Scalar,
    value: Scalar,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Totp {
    secret_key: Text,
}

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let plain = zip::member_where(input, |name| name == MANIFEST)?;
    let look = Look::at(&plain);
    if !look.json_has(&["items", "fieldDefinitions"]) && !look.json_at(&["items"], &["totpCodes"]) {
        return Err(ImportError::Unrecognised);
    }
    let file: Manifest = json::read(&plain)?;
    let named = file.folders.0.into_iter().chain(file.tags.0).flatten();
    let mut groups = Groups::new(named.filter_map(|each| Some((each.id.0?, each.name.0?))));
    let links = file.item_tags.0.into_iter().flatten();
    let mut members =
        Members::new(links.filter_map(|link| Some((link.item_id.0?, link.tag_id.0?))));
    let mut entries = Entries::new("item");
    entries.each(file.items, |entries, item| {
        let fields: Vec<_> = item.field_values.0.into_iter().flatten().collect();
        let user = ["login.username", "login.email"].iter().find_map(|key| {
            let mut named = fields
                .iter()
                .filter(|field| field.field_key.0.as_deref() == Some(*key));
            named.find_map(|field| field.value.0.clone())
        });
        let own = members.take(&item.id.0.unwrap_or_default());
        let entry = Entry {
            title: item.name.0.unwrap_or_default(),
            user: user.unwrap_or_default(),
            tags: groups.names(own.into_iter().chain(item.folder_id.0)),
            ..Entry::default()
        };
        let keys = item.totp_codes.0.into_iter().flatten();
        entries.add_texts(&entry, keys.map(|totp| totp.secret_key))
    })?;
    groups.check()?;
    Ok(entries.into_contents())
}

#[derive(Deserialize)]
struct Header {
    version: String,
    kdf: Kdf,
}

#[derive(Deserialize)]
struct Kdf {
    r#type: String,
    salt: String,
    params: Params,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Params {
    degree_of_parallelism: u32,
    /// In KiB, as Argon2 counts memory.
    memory_size: u32,
    iterations: u32,
}

/// The header of an `.avex` file, and what follows it.
fn header(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let start = &bytes[..bytes.len().min(LONGEST_HEADER)];
    if !start.starts_with(b"{") {
        return None;
    }
    let mut places = start.windows(DELIMITER.len());
    let place = places.position(|window| window == DELIMITER)?;
    let is_own = Look::at(&bytes[..place]).json_has(&["format", "kdf"]);
    is_own.then_some((&bytes[..place], &bytes[place + DELIMITER.len()..]))
}

fn read_sealed(input: &Input<'_>) -> Result<Contents, ImportError> {
    let (header, sealed) = header(input.bytes).ok_or(ImportError::Unrecognised)?;
    let header: Header = json::read(header)?;
    let kdf = header.kdf;
    if header.version != "1.0.0" || !kdf.r#type.eq_ignore_ascii_case("argon2id") {
        let what = format!("AliasVault's export {} with {}", header.version, kdf.r#type);
        return Err(ImportError::Newer(what));
    }
    let password = input.password()?.as_bytes();
    let Params {
        degree_of_parallelism: lanes,
        memory_size,
        iterations,
    } = kdf.params;
    let numbers = Argon2::id(iterations, memory_size, lanes);
    let key = crypto::argon2_key(numbers, password, kdf.salt.as_bytes(), input)?;
    let (nonce, sealed) = sealed
        .split_at_checked(12)
        .ok_or_else(|| damaged("its encrypted part is cut short"))?;
    let plain = crypto::open_gcm(&key, nonce, sealed, b"").ok_or(ImportError::WrongPassword)?;
    read(&input.with_bytes(&plain))
}
