//! 2FAS, schema 4. Its own encryption is not offered: 10 000 rounds of PBKDF2 are too weak for a file
//! that leaves the phone.

use serde::Serialize;
use zeroize::Zeroizing;

use super::{Export, Target, distinct, file, json, note_extras, partition};
use crate::otp::{Account, Kind, Period};

pub(super) const TARGET: Target = Target {
    name: "2fas",
    title: "2FAS, not encrypted",
    is_encrypted: false,
    write: |accounts, _| Ok(write(accounts)),
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct File<'a> {
    services: Vec<Service<'a>>,
    groups: Vec<Group<'a>>,
    updated_at: u64,
    schema_version: u8,
    app_version_code: u32,
    app_version_name: &'static str,
    app_origin: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Group<'a> {
    id: &'a str,
    name: &'a str,
    is_expanded: bool,
    updated_at: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Service<'a> {
    name: &'a str,
    secret: Zeroizing<String>,
    updated_at: u64,
    otp: Otp<'a>,
    order: Order,
    group_id: Option<&'a str>,
}

#[derive(Serialize)]
struct Order {
    position: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Otp<'a> {
    label: &'a str,
    account: &'a str,
    issuer: &'a str,
    digits: u8,
    period: Option<u64>,
    algorithm: &'static str,
    counter: Option<u64>,
    token_type: String,
    source: &'static str,
}

fn write(accounts: &[Account]) -> Export<'static> {
    let (taken, mut omitted) = partition(accounts, |account| {
        let digits = account.credential.digits.get();
        (!(5..=8).contains(&digits))
            .then(|| format!("2FAS does not support codes of {digits} digits"))
    });
    note_extras(&taken, 1, &mut omitted);
    let names = distinct(taken.iter().filter_map(|account| account.tags.first()));
    let groups = names.into_iter().map(|name| Group {
        id: name,
        name,
        is_expanded: true,
        updated_at: 0,
    });
    let document = File {
        services: taken.iter().enumerate().map(service).collect(),
        groups: groups.collect(),
        updated_at: 0,
        schema_version: 4,
        app_version_code: 5_000_000,
        app_version_name: "5.0.0",
        app_origin: "android",
    };
    file(json(&document), taken.len(), omitted)
}

fn service<'a>((position, account): (usize, &&'a Account)) -> Service<'a> {
    let credential = &account.credential;
    let shown = if account.issuer.is_empty() {
        &account.name
    } else {
        &account.issuer
    };
    Service {
        name: shown,
        secret: credential.secret.to_base32(),
        updated_at: 0,
        otp: Otp {
            label: &account.name,
            account: &account.name,
            issuer: &account.issuer,
            digits: credential.digits.get(),
            period: match credential.kind {
                Kind::Hotp { .. } => None,
                kind => Some(kind.period().map_or(30, Period::get)),
            },
            algorithm: credential.algorithm.as_str(),
            counter: credential.kind.counter(),
            token_type: credential.kind.as_str().to_uppercase(),
            source: "Manual",
        },
        order: Order { position },
        group_id: account.tags.first().map(String::as_str),
    }
}
