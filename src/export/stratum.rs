//! Stratum's encrypted backup (`doc/BACKUP_FORMAT.md` in its repository).

use std::collections::HashMap;

use data_encoding::HEXLOWER;
use serde::Serialize;
use sha1::{Digest, Sha1};
use zeroize::Zeroizing;

use super::{
    Export, Options, RandomBytes, Target, WriteError, distinct, file, json, name, note_extras,
    partition,
};
use crate::crypto::{self, Argon2};
use crate::otp::{Account, Algorithm, Kind, Period};

pub(super) const TARGET: Target = Target {
    name: "stratum",
    title: "Stratum, encrypted with a password",
    is_encrypted: true,
    write,
};

/// The start of the encrypted form; then salt 16, nonce 12, AES-GCM.
const MAGIC: &[u8] = b"AUTHENTICATORPRO";

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Backup<'a> {
    authenticators: Vec<Entry<'a>>,
    categories: Vec<Category<'a>>,
    authenticator_categories: Vec<Membership>,
    custom_icons: [u8; 0],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Entry<'a> {
    #[serde(rename = "Type")]
    kind: u8,
    icon: Option<()>,
    issuer: &'a str,
    username: &'a str,
    secret: Zeroizing<String>,
    pin: Option<()>,
    algorithm: u8,
    digits: u8,
    period: u64,
    counter: u64,
    ranking: usize,
    copy_count: u8,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Category<'a> {
    id: String,
    name: &'a str,
    ranking: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Membership {
    category_id: String,
    authenticator_secret: Zeroizing<String>,
    ranking: usize,
}

fn write(accounts: &[Account], options: &Options<'_>) -> Result<Export<'static>, WriteError> {
    let (mut taken, mut omitted) = partition(accounts, refuses);
    // Stratum identifies an account by its key.
    let mut kept: HashMap<&[u8], &Account> = HashMap::new();
    taken.retain(|account| {
        let key = account.credential.secret.expose_secret();
        let first = *kept.entry(key).or_insert(account);
        let is_first = std::ptr::eq(first, *account);
        if !is_first {
            omitted.push(format!(
                "{}: left out: it has the same key as {}",
                name(account),
                name(first)
            ));
        }
        is_first
    });
    for account in &taken {
        let cut = account.issuer.chars().count() > 32 || account.name.chars().count() > 40;
        if cut {
            omitted.push(format!("{}: its name is shortened to fit", name(account)));
        }
    }
    note_extras(&taken, usize::MAX, &mut omitted);
    let plain = json(&backup(&taken));
    let mut random = RandomBytes::of(options);
    let salt: [u8; 16] = random.array()?;
    let nonce: [u8; 12] = random.array()?;
    let key = Argon2::id(3, 65536, 4).key(options.password.as_bytes(), &salt);
    let key = key.map_err(|_| WriteError::NoMemory)?;
    let sealed = crypto::seal_gcm(&key, nonce, &plain);
    drop(plain);
    let bytes = [MAGIC, &salt, &nonce, &sealed].concat();
    Ok(file(bytes.into(), taken.len(), omitted))
}

fn refuses(account: &Account) -> Option<String> {
    let digits = account.credential.digits.get();
    let is_steam = account.credential.kind == Kind::Steam;
    (!is_steam && digits < 6).then(|| format!("Stratum does not support codes of {digits} digits"))
}

fn backup<'a>(accounts: &[&'a Account]) -> Backup<'a> {
    let names = distinct(accounts.iter().flat_map(|account| &account.tags));
    let mut memberships = Vec::new();
    for account in accounts {
        for tag in &account.tags {
            memberships.push(Membership {
                category_id: category_id(tag),
                authenticator_secret: account.credential.secret.to_base32(),
                ranking: 0,
            });
        }
    }
    let categories = names.iter().enumerate().map(|(ranking, name)| Category {
        id: category_id(name),
        name,
        ranking,
    });
    let entries = accounts.iter().enumerate();
    Backup {
        authenticators: entries
            .map(|(ranking, account)| entry(account, ranking))
            .collect(),
        categories: categories.collect(),
        authenticator_categories: memberships,
        custom_icons: [],
    }
}

fn category_id(name: &str) -> String {
    HEXLOWER.encode(&Sha1::digest(name.as_bytes())[..4])
}

fn entry(account: &Account, ranking: usize) -> Entry<'_> {
    let credential = &account.credential;
    Entry {
        kind: match credential.kind {
            Kind::Hotp { .. } => 1,
            Kind::Totp { .. } => 2,
            Kind::Steam => 4,
        },
        icon: None,
        issuer: cut(&account.issuer, 32),
        username: cut(&account.name, 40),
        secret: credential.secret.to_base32(),
        pin: None,
        algorithm: match credential.algorithm {
            Algorithm::Sha1 => 0,
            Algorithm::Sha256 => 1,
            Algorithm::Sha512 => 2,
        },
        digits: credential.digits.get(),
        period: credential.kind.period().map_or(30, Period::get),
        counter: credential.kind.counter().unwrap_or_default(),
        ranking,
        copy_count: 0,
    }
}

fn cut(text: &str, characters: usize) -> &str {
    let end = text.char_indices().nth(characters);
    end.map_or(text, |(end, _)| &text[..end])
}
