//! Aegis (docs/vault.md in its repository): of all formats the one that carries most.

use data_encoding::{BASE64, HEXLOWER};
use serde::Serialize;
use zeroize::Zeroizing;

use super::super::crypt;
use super::super::json::Text;
use super::{Export, Sealing, WriteError, file, json, lost_extras};
use crate::otp::{Account, Period};

#[derive(Serialize)]
struct File<D> {
    version: u8,
    header: Header,
    db: D,
}

#[derive(Serialize)]
struct Header {
    slots: Option<Vec<Slot>>,
    params: Option<Params>,
}

#[derive(Serialize)]
struct Params {
    nonce: String,
    tag: String,
}

#[derive(Serialize)]
struct Slot {
    #[serde(rename = "type")]
    kind: u8,
    uuid: String,
    key: String,
    key_params: Params,
    n: u32,
    r: u32,
    p: u32,
    salt: String,
    repaired: bool,
    is_backup: bool,
}

#[derive(Serialize)]
struct Db<'a> {
    version: u8,
    entries: Vec<Entry<'a>>,
    groups: Vec<Group<'a>>,
}

#[derive(Serialize)]
struct Group<'a> {
    uuid: String,
    name: &'a str,
}

#[derive(Serialize)]
struct Entry<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    uuid: String,
    name: &'a str,
    issuer: &'a str,
    note: &'static str,
    favorite: bool,
    icon: Option<()>,
    info: Info,
    groups: Vec<String>,
}

#[derive(Serialize)]
struct Info {
    secret: Text,
    algo: &'static str,
    digits: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    period: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    counter: Option<u64>,
}

/// scrypt as Aegis has it.
const LOG_N: u8 = 15;

pub(super) fn plain(accounts: &[Account], _: &Sealing<'_>) -> Export {
    let header = Header {
        slots: None,
        params: None,
    };
    let document = File {
        version: 1,
        header,
        db: db(accounts),
    };
    let count = accounts.len();
    file(json(&document, count), count, without_links(accounts))
}

pub(super) fn sealed(accounts: &[Account], sealing: &Sealing<'_>) -> Result<Export, WriteError> {
    let (salt, rest) = sealing.noise.split_at(32);
    let (master, rest) = rest.split_at(32);
    let (slot_nonce, rest) = rest.split_at(12);
    let (nonce, rest) = rest.split_at(12);
    let mut key = Zeroizing::new([0; 32]);
    key.copy_from_slice(master);
    let wrapping =
        crypt::scrypt(sealing.password, salt, LOG_N, 8, 1).map_err(|_| WriteError::NoMemory)?;
    let (wrapped, key_params) = seal(&wrapping, slot_nonce, master);
    let plain = json(&db(accounts), accounts.len());
    let (content, params) = seal(&key, nonce, &plain);
    let slot = Slot {
        kind: 1,
        uuid: uuid(&rest[..16]),
        key: HEXLOWER.encode(&wrapped),
        key_params,
        n: 1 << LOG_N,
        r: 8,
        p: 1,
        salt: HEXLOWER.encode(salt),
        repaired: true,
        is_backup: false,
    };
    let document = File {
        version: 1,
        header: Header {
            slots: Some(vec![slot]),
            params: Some(params),
        },
        db: BASE64.encode(&content),
    };
    let count = accounts.len();
    Ok(file(
        json(&document, count * 2),
        count,
        without_links(accounts),
    ))
}

/// Tags are groups in Aegis; links to AWS are nothing.
fn without_links(accounts: &[Account]) -> Vec<String> {
    let mut lost = Vec::new();
    let accounts: Vec<_> = accounts.iter().collect();
    lost_extras(&accounts, usize::MAX, &mut lost);
    lost
}

/// AES-256-GCM, with the tag apart.
fn seal(key: &[u8; 32], nonce: &[u8], plain: &[u8]) -> (Vec<u8>, Params) {
    let mut sealed = crypt::gcm_seal(key, nonce, plain);
    let tag = sealed.split_off(sealed.len().saturating_sub(16));
    let params = Params {
        nonce: HEXLOWER.encode(nonce),
        tag: HEXLOWER.encode(&tag),
    };
    (sealed, params)
}

fn uuid(bytes: &[u8]) -> String {
    let mut own = [0; 16];
    own.copy_from_slice(bytes);
    uuid::Builder::from_random_bytes(own)
        .into_uuid()
        .to_string()
}

/// A group's identity, made of its name: the same in each export.
fn group_id(name: &str) -> String {
    uuid(&crypt::sha256(&[b"mfa group ", name.as_bytes()])[..16])
}

fn db(accounts: &[Account]) -> Db<'_> {
    let mut names: Vec<&str> = Vec::new();
    for tag in accounts.iter().flat_map(|account| &account.tags) {
        if !names.contains(&tag.as_str()) {
            names.push(tag);
        }
    }
    let group = |name: &&'_ str| group_id(name);
    let groups = names.iter().map(|name| Group {
        uuid: group(name),
        name,
    });
    Db {
        version: 3,
        entries: accounts.iter().map(entry).collect(),
        groups: groups.collect(),
    }
}

fn entry(account: &Account) -> Entry<'_> {
    let credential = &account.credential;
    Entry {
        kind: credential.kind.as_str(),
        uuid: account.id.to_string(),
        name: &account.name,
        issuer: &account.issuer,
        note: "",
        favorite: false,
        icon: None,
        info: Info {
            secret: Text(credential.secret.to_base32()),
            algo: credential.algorithm.as_str(),
            digits: credential.digits.get(),
            period: credential.kind.period().map(Period::get),
            counter: credential.kind.counter(),
        },
        groups: account.tags.iter().map(|tag| group_id(tag)).collect(),
    }
}
