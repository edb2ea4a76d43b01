//! Aegis: JSON, plain or with a master key in slots (docs/vault.md in its repository).

use serde::Deserialize;

use crate::import::detect::{Format, certain};
use crate::import::ingest::Contents;
use crate::import::support::crypto::{self, Key32, damaged};
use crate::import::support::groups::Groups;
use crate::import::support::json::{self, Rows, Scalar, Text};
use crate::import::support::row::{Fields, rows};
use crate::import::{ImportError, Input, Row};

pub(crate) const FORMAT: Format = Format {
    name: "aegis",
    title: "Aegis",
    probe: |look| certain(look.json_has(&["version", "header", "db"])),
    read,
};

#[derive(Deserialize)]
struct File<'a> {
    #[serde(default)]
    version: u32,
    #[serde(borrow)]
    header: Header<'a>,
    #[serde(borrow)]
    db: &'a serde_json::value::RawValue,
}

#[derive(Deserialize)]
struct Header<'a> {
    #[serde(default, borrow)]
    slots: Option<Vec<Slot<'a>>>,
    #[serde(default, borrow)]
    params: Option<Params<'a>>,
}

#[derive(Deserialize)]
struct Params<'a> {
    nonce: &'a str,
    tag: &'a str,
}

#[derive(Deserialize)]
struct Slot<'a> {
    #[serde(rename = "type")]
    kind: u8,
    #[serde(default)]
    key: &'a str,
    #[serde(borrow)]
    key_params: Params<'a>,
    #[serde(default)]
    n: u64,
    #[serde(default)]
    r: u32,
    #[serde(default)]
    p: u32,
    #[serde(default)]
    salt: &'a str,
}

#[derive(Deserialize)]
struct Db {
    #[serde(default)]
    version: u32,
    entries: Rows<Entry>,
    #[serde(default, deserialize_with = "json::or_default")]
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    uuid: String,
    name: String,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(rename = "type", default)]
    kind: Scalar,
    #[serde(default)]
    name: Scalar,
    #[serde(default)]
    issuer: Scalar,
    info: Info,
    /// The group's name, in versions 1 and 2.
    #[serde(default)]
    group: Scalar,
    /// UUIDs of groups, from version 3 on.
    #[serde(default, deserialize_with = "json::or_default")]
    groups: Vec<String>,
}

#[derive(Deserialize)]
struct Info {
    #[serde(default)]
    secret: Text,
    #[serde(default)]
    algo: Scalar,
    #[serde(default)]
    digits: Scalar,
    #[serde(default)]
    period: Scalar,
    #[serde(default)]
    counter: Scalar,
}

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let file: File = json::read(input.bytes)?;
    if file.version > 1 {
        return Err(ImportError::Newer(format!("Aegis {}", file.version)));
    }
    let params = match file.header.params {
        // Plain entries need no password, whatever the header has.
        Some(params) if !file.db.get().starts_with('{') => params,
        _ => return entries(file.db.get().as_bytes()),
    };
    // Not borrowed from the file: Aegis escapes the slashes in base64.
    let sealed: String = serde_json::from_str(file.db.get())
        .map_err(|_| damaged("it has neither plain nor encrypted entries"))?;
    let mut sealed = crypto::require_base64(&sealed, "the encrypted part")?;
    let (nonce, tag) = (require_hex(params.nonce)?, require_hex(params.tag)?);
    sealed.extend_from_slice(&tag);
    let key = master_key(&file.header.slots.unwrap_or_default(), input.password()?)?;
    let plain = crypto::open_gcm(&key, &nonce, &sealed, b"")
        .ok_or_else(|| damaged("the password is right, but the content was changed"))?;
    entries(&plain)
}

/// Bounds the scrypt cost of all slots together, as N * r * p: 128 times that of one Aegis slot.
const MAX_WORK: u64 = 1 << 25;

/// The master key, from the first slot that the password opens.
fn master_key(slots: &[Slot<'_>], password: &str) -> Result<Key32, ImportError> {
    let by_password: Vec<_> = slots.iter().filter(|slot| slot.kind == 1).collect();
    if by_password.is_empty() {
        let message = "the backup has no password: only the phone that made it can open it";
        return Err(ImportError::Unsupported(message.to_owned()));
    }
    if by_password.len() > 16 {
        return Err(ImportError::TooCostly("more than 16 passwords".to_owned()));
    }
    // 16 slots, each within its own bound, would still take minutes.
    let costs = by_password.iter().map(|slot| {
        let work = u64::from(slot.r).saturating_mul(slot.p.into());
        work.saturating_mul(slot.n)
    });
    if costs.fold(0, u64::saturating_add) > MAX_WORK {
        return Err(ImportError::TooCostly(
            "scrypt for all of its passwords".to_owned(),
        ));
    }
    for slot in by_password {
        if !slot.n.is_power_of_two() {
            return Err(damaged("invalid parameters for scrypt"));
        }
        let log_n = u8::try_from(slot.n.trailing_zeros()).unwrap_or(u8::MAX);
        let salt = require_hex(slot.salt)?;
        let mut sealed = require_hex(slot.key)?;
        sealed.extend_from_slice(&require_hex(slot.key_params.tag)?);
        let nonce = require_hex(slot.key_params.nonce)?;
        let key = crypto::scrypt(password, &salt, log_n, slot.r, slot.p)?;
        let opened = crypto::open_gcm(&key, &nonce, &sealed, b"");
        if let Some(master) = opened.and_then(|key| <[u8; 32]>::try_from(key.as_slice()).ok()) {
            return Ok(master.into());
        }
    }
    Err(ImportError::WrongPassword)
}

fn require_hex(text: &str) -> Result<crypto::Plaintext, ImportError> {
    crypto::hex(text).ok_or_else(|| damaged("a value is not hexadecimal"))
}

fn entries(bytes: &[u8]) -> Result<Contents, ImportError> {
    let db: Db = json::read(bytes)?;
    if db.version > 3 {
        return Err(ImportError::Newer(format!("Aegis database {}", db.version)));
    }
    let mut groups = Groups::new(db.groups.into_iter().map(|g| (g.uuid, g.name)));
    let rows = rows(db.entries, "entry", |entry, place| {
        Some(row(entry, &mut groups, place))
    });
    groups.check()?;
    Ok(Contents::from_rows(rows))
}

fn row(entry: Entry, groups: &mut Groups, place: String) -> Row {
    let of_uuids = groups.names(&entry.groups).into_iter();
    let kind = entry.kind.0.unwrap_or_default();
    let name = entry.name.0.unwrap_or_default();
    // A known bug of Aegis writes MD5, which only mOTP has.
    let algorithm = entry.info.algo.0.filter(|algorithm| algorithm != "MD5");
    Fields {
        issuer: entry.issuer.0.unwrap_or_default(),
        name,
        tags: of_uuids.chain(entry.group.0).collect(),
        key: entry.info.secret.key(),
        algorithm,
        digits: entry.info.digits.0,
        period: entry.info.period.0,
        counter: entry.info.counter.0,
        kind,
    }
    .finish(place)
}
