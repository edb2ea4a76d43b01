//! OTP Manager for Nextcloud: JSON, with plain keys or each key encrypted (lib/Utils/Encryption.php in
//! its repository).

use serde::Deserialize;
use zeroize::Zeroizing;

use crate::import::detect::{Format, certain};
use crate::import::ingest::Contents;
use crate::import::support::crypto::{self, Key32, damaged};
use crate::import::support::json::{self, Rows, Scalar, Text};
use crate::import::support::row::{Fields, Key, rows};
use crate::import::{ImportError, Input, Row, SetAside, Skipped};
use crate::otp::Secret;

pub(crate) const FORMAT: Format = Format {
    name: "otp-manager",
    title: "OTP Manager (Nextcloud)",
    probe: |look| {
        let members = [
            "name",
            "issuer",
            "type",
            "period",
            "algorithm",
            "digits",
            "counter",
            "secret",
        ];
        certain(look.json_has(&["accounts"]) && look.json_at(&["accounts"], &members))
    },
    read,
};

#[derive(Deserialize)]
struct File {
    accounts: Rows<Account>,
    /// Only in an encrypted export.
    #[serde(default)]
    iv: Scalar,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Account {
    name: Scalar,
    issuer: Scalar,
    #[serde(rename = "type")]
    kind: Scalar,
    period: Scalar,
    algorithm: Scalar,
    digits: Scalar,
    counter: Scalar,
    secret: Text,
    deleted_at: Scalar,
}

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let mut file: File = json::read(input.bytes)?;
    if let Some(iv) = file.iv.0 {
        let iv = crypto::hex(&iv).ok_or_else(|| damaged("its IV is not hexadecimal"))?;
        let key = crypto::sha256(&[input.password()?.as_bytes()]);
        let any = file.accounts.0.iter().flatten().count() > 0;
        let mut opened = 0;
        for account in file.accounts.0.iter_mut().flatten() {
            opened += usize::from(open(account, &key, &iv));
        }
        if any && opened == 0 {
            return Err(ImportError::WrongPassword);
        }
    }
    let rows = rows(file.accounts, "account", |account, place| {
        Some(row(account, place))
    });
    Ok(Contents::from_rows(rows))
}

/// Decrypts an account's key in place, or empties it. There is no tag, so only a key counts as opened.
fn open(account: &mut Account, key: &Key32, iv: &[u8]) -> bool {
    let sealed = crypto::base64(&account.secret);
    let plain = sealed.and_then(|sealed| crypto::cbc(key, iv, &sealed));
    let text = plain.and_then(|plain| {
        let text = std::str::from_utf8(&plain).ok()?;
        Secret::from_base32(text).ok()?;
        Some(Zeroizing::new(text.to_owned()))
    });
    let is_open = text.is_some();
    account.secret = Text(text.unwrap_or_default());
    is_open
}

fn row(account: Account, place: String) -> Row {
    let kind = account.kind.0.unwrap_or_default();
    let name = account.name.0.unwrap_or_default();
    // The counter is the last one that was used.
    let counter = match account.counter.0.as_deref().map(str::parse::<u64>) {
        Some(Ok(last)) => last.checked_add(1).map(|next| next.to_string()),
        Some(Err(_)) if kind.eq_ignore_ascii_case("hotp") => {
            return Err(Skipped {
                place,
                name: name.chars().take(64).collect(),
                reason: "its counter is not a number".to_owned(),
            });
        }
        _ => None,
    };
    let found = Fields {
        issuer: account.issuer.0.unwrap_or_default(),
        name,
        key: Key::Base32(account.secret.0),
        kind,
        algorithm: account.algorithm.0.map(|number| match number.as_str() {
            "0" => "SHA1".to_owned(),
            "1" => "SHA256".to_owned(),
            "2" => "SHA512".to_owned(),
            _ => number,
        }),
        digits: account.digits.0,
        period: account.period.0,
        counter,
        tags: Vec::new(),
    }
    .finish(place)?;
    Ok(found.set_aside(account.deleted_at.0.map(|_| SetAside::InTrash)))
}
