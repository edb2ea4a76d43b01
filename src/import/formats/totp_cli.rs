//! yitsushi/totp-cli: its credentials of version 2 (age) and 1 (AES-CBC), and the output of `dump`.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use serde::Deserialize;
use sha1::{Digest, Sha1};
use zeroize::Zeroizing;

use crate::import::detect::{Certainty, Format, certain, maybe};
use crate::import::ingest::Contents;
use crate::import::look::Look;
use crate::import::support::json::{self, Rows, Scalar, Text};
use crate::import::support::row::{Fields, bounded, check_count, unreadable};
use crate::import::support::{age, crypto};
use crate::import::{ImportError, Input, Row};

pub(crate) const FORMAT: Format = Format {
    name: "totp-cli",
    title: "totp-cli",
    probe,
    read,
};

fn probe(look: &Look<'_>) -> Option<Certainty> {
    let is_age = look.text.trim_start().starts_with(age::ARMOR);
    certain(is_age || is_dump(look.text)).or(maybe(look.is_base64_of_blocks()))
}

#[derive(Deserialize)]
struct Namespace {
    #[serde(default)]
    name: Scalar,
    #[serde(default)]
    accounts: Rows<Account>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Account {
    name: Scalar,
    token: Text,
    prefix: Scalar,
    algorithm: Scalar,
    length: Scalar,
    time_period: Scalar,
}

fn is_dump(text: &str) -> bool {
    text.trim_start().starts_with("- name:") && text.contains("token:")
}

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let text = json::text(input.bytes)?;
    if is_dump(text) {
        return dump(text);
    }
    if !text.trim_start().starts_with(age::ARMOR) {
        return read_v1(input);
    }
    let plain = age::open(text, input)?;
    let list: Rows<Namespace> = json::read(&plain)?;
    let mut rows = Vec::new();
    for namespace in list.0 {
        let Some(namespace) = namespace else {
            rows.push(unreadable(format!("namespace {}", rows.len() + 1)));
            continue;
        };
        let issuer = namespace.name.0.unwrap_or_default();
        for account in namespace.accounts.0 {
            let place = format!("account {}", rows.len() + 1);
            rows.push(match account {
                Some(account) => row(&issuer, account, &place),
                None => unreadable(place),
            });
            check_count(&rows)?;
        }
    }
    Ok(Contents::from_rows(rows))
}

fn row(issuer: &str, account: Account, place: &str) -> Row {
    let not_zero = |number: Scalar| number.0.filter(|number| number != "0");
    let mut row = Fields {
        issuer: bounded(issuer).to_owned(),
        name: account.name.0.unwrap_or_default(),
        key: account.token.key(),
        algorithm: account.algorithm.0,
        digits: not_zero(account.length),
        period: not_zero(account.time_period),
        ..Fields::default()
    }
    .finish(place);
    if let (Ok(found), Some(_)) = (&mut row, account.prefix.0) {
        found
            .remarks
            .push("its prefix, to type before the code, is not imported");
    }
    row
}

/// Version 1's keys by namespace, then account.
type Namespaces = BTreeMap<String, BTreeMap<String, Text>>;

/// Base64 of an IV and of AES-CBC over JSON padded with NUL. There is no MAC.
fn read_v1(input: &Input<'_>) -> Result<Contents, ImportError> {
    use aes::cipher::KeyIvInit;
    use cbc::cipher::{BlockModeDecrypt, block_padding::NoPadding};

    let sealed = crypto::base64(json::text(input.bytes)?).ok_or(ImportError::Unrecognised)?;
    let (iv, text) = sealed
        .split_at_checked(16)
        .ok_or(ImportError::Unrecognised)?;
    // The first 32 of the 40 hexadecimal digits, as text.
    let digest = Sha1::digest(input.password()?.as_bytes());
    let key = Zeroizing::new(HEXLOWER.encode(&digest));
    let mut plain = Zeroizing::new(text.to_vec());
    let cipher = cbc::Decryptor::<aes::Aes256>::new_from_slices(&key.as_bytes()[..32], iv);
    cipher
        .ok()
        .and_then(|cipher| {
            cipher
                .decrypt_padded::<NoPadding>(&mut plain)
                .ok()
                .map(<[u8]>::len)
        })
        .ok_or(ImportError::Unrecognised)?;
    let end = plain
        .iter()
        .rposition(|byte| *byte != 0)
        .map_or(0, |last| last + 1);
    let list: Namespaces = json::read(&plain[..end]).map_err(|_| ImportError::WrongPassword)?;
    let mut rows = Vec::new();
    for (issuer, accounts) in list {
        for (name, token) in accounts {
            let place = format!("account {}", rows.len() + 1);
            let name = Scalar(Some(name));
            let account = Account {
                name,
                token,
                ..Account::default()
            };
            rows.push(row(&issuer, account, &place));
            check_count(&rows)?;
        }
    }
    Ok(Contents::from_rows(rows))
}

/// Reads the YAML of `dump`. It has one shape: namespaces with accounts, one value a line.
fn dump(text: &str) -> Result<Contents, ImportError> {
    let (mut issuer, mut open) = (String::new(), None);
    let mut rows = Vec::new();
    for (number, line) in (1_usize..).zip(text.lines()) {
        let indent = line.len() - line.trim_start().len();
        let entry = line.trim();
        let (starts, entry) = match entry.strip_prefix("- ") {
            Some(rest) => (true, rest),
            None => (false, entry),
        };
        let Some((key, value)) = entry.split_once(':') else {
            continue;
        };
        let value = unquoted(value.trim());
        let value = value.as_str();
        if starts {
            close(&mut rows, &issuer, open.take());
            check_count(&rows)?;
            if indent == 0 {
                value.clone_into(&mut issuer);
            } else {
                open = Some((format!("line {number}"), Account::default()));
            }
        }
        let Some((_, account)) = &mut open else {
            continue;
        };
        let scalar = || Scalar(Some(value.to_owned()).filter(|text| !text.is_empty()));
        match key.trim() {
            "name" => account.name = scalar(),
            "token" => account.token = Text(Zeroizing::new(value.to_owned())),
            "prefix" => account.prefix = scalar(),
            "algorithm" => account.algorithm = scalar(),
            "length" => account.length = scalar(),
            "timePeriod" | "timeperiod" => account.time_period = scalar(),
            _ => {}
        }
    }
    close(&mut rows, &issuer, open);
    check_count(&rows)?;
    Ok(Contents::from_rows(rows))
}

fn close(rows: &mut Vec<Row>, issuer: &str, open: Option<(String, Account)>) {
    if let Some((place, account)) = open {
        rows.push(row(issuer, account, &place));
    }
}

/// Removes the quotes of a YAML scalar, and its escapes (yaml.org/spec/1.2.2, 7.3).
fn unquoted(value: &str) -> Zeroizing<String> {
    let within = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    if let Some(inner) = within('\'') {
        return Zeroizing::new(inner.replace("\'\'", "\'"));
    }
    // In names, the escapes of double-quoted YAML are those of JSON.
    let plain = within('"').and_then(|_| serde_json::from_str::<Text>(value).ok());
    plain.map_or_else(|| Zeroizing::new(value.to_owned()), |Text(text)| text)
}
