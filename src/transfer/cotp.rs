//! cotp: its exports, and its database (Argon2id and XChaCha20-Poly1305).

use chacha20poly1305::XChaCha20Poly1305;
use chacha20poly1305::aead::{AeadInOut, KeyInit};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::crypt::{self, Argon2, damaged};
use super::json::{self, Rows, Scalar, Text};
use super::row::of_uri;
use super::{Fields, Import, ImportError, Input, Row, rows};

#[derive(Deserialize)]
struct Database {
    version: u32,
    nonce: String,
    salt: String,
    cipher: String,
}

#[derive(Deserialize)]
struct Plain {
    #[serde(default)]
    version: u32,
    elements: Rows<Element>,
}

#[derive(Deserialize)]
struct Uris {
    items: Rows<Text>,
}

#[derive(Deserialize)]
struct Element {
    #[serde(default)]
    secret: Text,
    #[serde(default)]
    issuer: Scalar,
    #[serde(default)]
    label: Scalar,
    #[serde(default)]
    digits: Scalar,
    #[serde(rename = "type", default)]
    kind: Scalar,
    #[serde(default)]
    algorithm: Scalar,
    #[serde(default)]
    period: Scalar,
    #[serde(default)]
    counter: Scalar,
}

pub(super) fn read(input: &Input<'_>) -> Result<Import, ImportError> {
    if let Ok(database) = json::read::<Database>(input.bytes) {
        return plain(&open(&database, input)?);
    }
    plain(input.bytes)
}

fn open(database: &Database, input: &Input<'_>) -> Result<crypt::Plain, ImportError> {
    if database.version > 1 {
        let version = database.version;
        return Err(ImportError::Newer(format!("cotp database {version}")));
    }
    let nonce = crypt::must_base64(&database.nonce, "the nonce")?;
    let salt = crypt::must_base64(&database.salt, "the salt")?;
    let sealed = crypt::must_base64(&database.cipher, "the encrypted part")?;
    let nonce: [u8; 24] =
        (nonce.as_slice().try_into()).map_err(|_| damaged("its nonce is short"))?;
    let password = input.password()?.as_bytes();
    let key = Argon2::id(4, 32768, 4).key(password, &salt, input.tell)?;
    let mut text = Zeroizing::new(sealed.to_vec());
    XChaCha20Poly1305::new((&*key).into())
        .decrypt_in_place(&nonce.into(), b"", &mut *text)
        .map_err(|_| ImportError::WrongPassword)?;
    Ok(text)
}

/// An object with `elements`, the bare list of older databases, or a list of URIs.
fn plain(bytes: &[u8]) -> Result<Import, ImportError> {
    if let Ok(uris) = json::read::<Uris>(bytes) {
        let rows = rows(uris.items, "item", |uri, place| Some(of_uri(&uri, &place)));
        return Ok(Import::of(rows));
    }
    let list = if json::text(bytes)?.trim_start().starts_with('[') {
        json::read(bytes)?
    } else {
        let plain: Plain = json::read(bytes)?;
        if plain.version > 2 {
            return Err(ImportError::Newer(format!("cotp {}", plain.version)));
        }
        plain.elements
    };
    Ok(Import::of(rows(list, "element", |element, place| {
        Some(row(element, place))
    })))
}

fn row(element: Element, place: String) -> Row {
    Fields {
        issuer: element.issuer.0.unwrap_or_default(),
        name: element.label.0.unwrap_or_default(),
        key: element.secret.key(),
        kind: element.kind.0.unwrap_or_default(),
        algorithm: element.algorithm.0,
        digits: element.digits.0,
        period: element.period.0,
        counter: element.counter.0,
        tags: Vec::new(),
    }
    .finish(place)
}
