//! Authme: JSON with the text of the accounts in base64, four lines each.

use serde::Deserialize;
use zeroize::Zeroizing;

use crate::import::detect::{Format, certain};
use crate::import::ingest::Contents;
use crate::import::support::crypto;
use crate::import::support::json::{self, Text};
use crate::import::support::row::{Fields, Key, check_count};
use crate::import::{ImportError, Input, MAX_ROWS};

pub(crate) const FORMAT: Format = Format {
    name: "authme",
    title: "Authme",
    probe: |look| certain(look.json_has(&["role", "encrypted", "codes"])),
    read,
};

/// The newest known version.
const VERSION: u32 = 3;

#[derive(Deserialize)]
struct File {
    encrypted: bool,
    codes: Text,
    #[serde(default)]
    version: u32,
}

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let file: File = json::read(input.bytes)?;
    if file.version > VERSION {
        return Err(ImportError::Newer(format!("Authme {}", file.version)));
    }
    if file.encrypted {
        let message =
            "only Authme itself can open this file: export it from Authme, which is not encrypted";
        return Err(ImportError::Unsupported(message.to_owned()));
    }
    let bytes = crypto::require_base64(&file.codes, "the list of accounts")?;
    // JavaScript's `btoa` writes Latin-1.
    let text = match std::str::from_utf8(&bytes) {
        Ok(text) => Zeroizing::new(text.to_owned()),
        Err(_) => Zeroizing::new(encoding_rs::mem::decode_latin1(&bytes).into_owned()),
    };
    accounts(&text)
}

/// Each account has its lines `Name:`, `Secret:`, `Issuer:` and `Type:`, the name first.
fn accounts(text: &str) -> Result<Contents, ImportError> {
    let mut all: Vec<Fields> = Vec::new();
    for line in text.lines() {
        let Some((field, value)) = line.trim().split_once(':') else {
            continue;
        };
        let value = value.trim().to_owned();
        if field == "Name" {
            if all.len() > MAX_ROWS {
                break;
            }
            all.push(Fields::default());
        }
        let Some(account) = all.last_mut() else {
            continue;
        };
        match field {
            "Name" => account.name = value,
            "Secret" => account.key = Key::Base32(Zeroizing::new(value)),
            "Issuer" => account.issuer = value,
            "Type" => value
                .trim_start_matches("OTP_")
                .clone_into(&mut account.kind),
            _ => {}
        }
    }
    let numbered = (1..).zip(all);
    let rows: Vec<_> = numbered
        .map(|(number, fields)| fields.finish(format!("account {number}")))
        .collect();
    check_count(&rows)?;
    Ok(Contents::from_rows(rows))
}
