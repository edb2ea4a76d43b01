//! OTP Auth for iOS: one account (`.otpauth`) or a backup (`.otpauthdb`). The outer layer has a key
//! that everyone knows; the password opens the layer inside.

use sha1::{Digest, Sha1};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::import::detect::{Format, certain};
use crate::import::ingest::Contents;
use crate::import::support::crypto::{self, Hash, Key32, Plaintext, damaged};
use crate::import::support::plist::{self, Value};
use crate::import::support::row::{Fields, Key, check_count};
use crate::import::support::shared::shared_tags;
use crate::import::{ImportError, Input, MAX_ROWS, Row};

pub(crate) const FORMAT: Format = Format {
    name: "otp-auth",
    title: "OTP Auth (iOS)",
    probe: |look| certain(outer_key(look.bytes).is_some()),
    read,
};

/// What the keys of the outer layer are made of: that of one account, and that of a backup.
const OUTER: [&str; 2] = ["OTPAuth", "Authenticator"];

/// The IV of the outer layer.
const ZERO: [u8; 16] = [0; 16];

/// The latest version known, of accounts and of backups.
const VERSION: f64 = 1.2;

/// The key of the outer layer, if it is one: a property list is inside.
fn outer_key(bytes: &[u8]) -> Option<Key32> {
    let keys = OUTER.map(|word| crypto::sha256(&[word.as_bytes()]));
    keys.into_iter().find(|key| {
        let start = crypto::cbc_start(key, &ZERO, bytes);
        start.is_some_and(|start| start.starts_with(plist::MAGIC))
    })
}

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let key = outer_key(input.bytes).ok_or(ImportError::Unrecognised)?;
    let outer = crypto::cbc(&key, &ZERO, input.bytes)
        .ok_or_else(|| damaged("it is cut short or changed"))?;
    let outer = plist::read(&outer)?.unarchived()?;
    if let Some(Value::Real(version)) = outer.get("Version")
        && *version > VERSION
    {
        return Err(ImportError::Newer(format!("OTP Auth {version}")));
    }
    let sealed = outer.get("Data").or(outer.get("WrappedData"));
    let sealed = sealed.and_then(Value::data);
    let sealed = sealed.ok_or_else(|| damaged("it has no encrypted part"))?;
    let plain = open(&outer, sealed, input.password()?)?;
    let plain = plain.filter(|plain| plist::is_plist(plain));
    let root = plist::read(&plain.ok_or(ImportError::WrongPassword)?)?.unarchived()?;
    let rows = match root.get("Folders") {
        Some(folders) => backup(folders.items())?,
        None => vec![row(&root, Vec::new(), "account 1".to_owned())],
    };
    Ok(Contents::from_rows(rows))
}

/// Opens the inner layer: AES with a hash of the password in old files, which have a salt, else
/// `RNCryptor`.
fn open(outer: &Value, sealed: &[u8], password: &str) -> Result<Option<Plaintext>, ImportError> {
    let Some(salt) = outer.get("Salt").and_then(Value::scalar) else {
        return open_rncryptor(sealed, password);
    };
    let iv = match outer.get("IV") {
        Some(Value::Text(text)) => text.as_bytes(),
        Some(Value::Data(data)) => data.as_slice(),
        _ => return Err(damaged("it has no IV")),
    };
    let iv = Sha1::digest(iv);
    let key = crypto::sha256(&[salt.as_bytes(), b"-", password.as_bytes()]);
    Ok(crypto::cbc(&key, &iv[..16], sealed))
}

/// `RNCryptor` 3 with a password: two keys from two salts, AES-256-CBC, HMAC-SHA256 of all before it.
fn open_rncryptor(sealed: &[u8], password: &str) -> Result<Option<Plaintext>, ImportError> {
    let cut = || damaged("the encrypted part is cut short");
    let (head, body) = sealed.split_first_chunk::<34>().ok_or_else(cut)?;
    let (text, tag) = body.split_last_chunk::<32>().ok_or_else(cut)?;
    if head[..2] != [3, 1] {
        return Err(ImportError::Newer("RNCryptor".to_owned()));
    }
    let key = |salt: &[u8]| crypto::pbkdf2(Hash::Sha1, password, salt, 10_000);
    let mac_key = key(&head[10..18])?;
    let made = crypto::hmac_sha256(&*mac_key, &[head, text]);
    if !bool::from(made.ct_eq(tag)) {
        return Ok(None);
    }
    Ok(crypto::cbc(&*key(&head[2..10])?, &head[18..], text))
}

/// The accounts of all folders. A backup has at least one folder, so the name of a single one is no tag.
fn backup(folders: &[Value]) -> Result<Vec<Row>, ImportError> {
    let mut rows = Vec::new();
    for folder in folders {
        let name = folder.get("name").and_then(Value::scalar);
        let name = name.filter(|_| folders.len() > 1);
        let tags = shared_tags(name.iter().map(|name| name.as_str()));
        let accounts = folder.get("accounts").map_or(&[][..], Value::items);
        for account in accounts.iter().take(MAX_ROWS + 1 - rows.len()) {
            let place = format!("account {}", rows.len() + 1);
            rows.push(row(account, tags.clone(), place));
        }
        check_count(&rows)?;
    }
    Ok(rows)
}

fn row(account: &Value, tags: Vec<String>, place: String) -> Row {
    let text = |name| account.get(name).and_then(Value::scalar);
    let text = |name| text(name).map(|text| text.to_string());
    // The app writes 0 for its default.
    let number = |name| text(name).filter(|number| number != "0");
    let secret = account.get("secret").and_then(Value::data);
    Fields {
        issuer: text("issuer").unwrap_or_default(),
        name: text("label").unwrap_or_default(),
        key: Key::Bytes(Zeroizing::new(secret.unwrap_or_default().to_vec())),
        kind: match text("type").as_deref() {
            Some("1") => "hotp".to_owned(),
            Some("2") => "totp".to_owned(),
            other => format!("number {}", other.unwrap_or_default()),
        },
        algorithm: number("algorithm").map(|number| match number.as_str() {
            "1" => "SHA1".to_owned(),
            "2" => "SHA256".to_owned(),
            "3" => "SHA512".to_owned(),
            "4" => "MD5".to_owned(),
            _ => format!("number {number}"),
        }),
        digits: number("digits"),
        period: number("period"),
        counter: text("counter"),
        tags,
    }
    .finish(place)
}
