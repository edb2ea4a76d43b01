//! Aegis (docs/vault.md in its repository): the format that keeps most of an account.

use data_encoding::{BASE64, HEXLOWER};
use serde::Serialize;
use zeroize::Zeroizing;

use super::{Export, Options, RandomBytes, Target, WriteError, distinct, file, json, note_extras};
use crate::crypto;
use crate::otp::{Account, Period};

pub(super) const TARGET: Target = Target {
    name: "aegis",
    title: "Aegis, encrypted with a password",
    is_encrypted: true,
    write,
};

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
    secret: Zeroizing<String>,
    algo: &'static str,
    digits: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    period: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    counter: Option<u64>,
}

/// Aegis's own scrypt cost: N = 2^15.
const LOG_N: u8 = 15;

fn write(accounts: &[Account], options: &Options<'_>) -> Result<Export<'static>, WriteError> {
    let mut random = RandomBytes::of(options);
    let salt: [u8; 32] = random.array()?;
    let key = Zeroizing::new(random.array()?);
    let (slot_nonce, nonce) = (random.array()?, random.array()?);
    let wrapping =
        crypto::scrypt(options.password, &salt, LOG_N, 8, 1).map_err(|_| WriteError::NoMemory)?;
    let (wrapped, key_params) = seal(&wrapping, slot_nonce, &*key);
    let (content, params) = seal(&key, nonce, &json(&db(accounts)));
    let slot = Slot {
        kind: 1,
        uuid: uuid(random.array()?),
        key: HEXLOWER.encode(&wrapped),
        key_params,
        n: 1 << LOG_N,
        r: 8,
        p: 1,
        salt: HEXLOWER.encode(&salt),
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
    drop(content);
    Ok(file(
        json(&document),
        accounts.len(),
        without_links(accounts),
    ))
}

/// The whole unencrypted file.
pub(super) fn plain(accounts: &[Account]) -> Zeroizing<Vec<u8>> {
    let header = Header {
        slots: None,
        params: None,
    };
    let document = File {
        version: 1,
        header,
        db: db(accounts),
    };
    json(&document)
}

/// Aegis keeps tags as groups, but cannot keep AWS links.
pub(super) fn without_links(accounts: &[Account]) -> Vec<String> {
    let mut omitted = Vec::new();
    let accounts: Vec<_> = accounts.iter().collect();
    note_extras(&accounts, usize::MAX, &mut omitted);
    omitted
}

/// Encrypts with AES-256-GCM. Returns the tag apart, as Aegis stores it.
fn seal(key: &[u8; 32], nonce: [u8; 12], plain: &[u8]) -> (Vec<u8>, Params) {
    let mut sealed = crypto::seal_gcm(key, nonce, plain);
    let tag = sealed.split_off(sealed.len().saturating_sub(16));
    let params = Params {
        nonce: HEXLOWER.encode(&nonce),
        tag: HEXLOWER.encode(&tag),
    };
    (sealed, params)
}

fn uuid(bytes: [u8; 16]) -> String {
    uuid::Builder::from_random_bytes(bytes)
        .into_uuid()
        .to_string()
}

/// A group's id, derived from its name: the same in each export.
fn group_id(name: &str) -> String {
    let hash = crypto::sha256(&[b"mfa group ", name.as_bytes()]);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    uuid(bytes)
}

fn db(accounts: &[Account]) -> Db<'_> {
    let names = distinct(accounts.iter().flat_map(|account| &account.tags));
    let groups = names.into_iter().map(|name| Group {
        uuid: group_id(name),
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
            secret: credential.secret.to_base32(),
            algo: credential.algorithm.as_str(),
            digits: credential.digits.get(),
            period: credential.kind.period().map(Period::get),
            counter: credential.kind.counter(),
        },
        groups: account.tags.iter().map(|tag| group_id(tag)).collect(),
    }
}
