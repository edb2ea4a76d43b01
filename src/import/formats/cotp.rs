//! cotp's exports, and its database (Argon2id and XChaCha20-Poly1305).

use chacha20poly1305::XChaCha20Poly1305;
use chacha20poly1305::aead::{AeadInOut, KeyInit};
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::import::detect::{Certainty, Format, certain};
use crate::import::ingest::Contents;
use crate::import::look::Look;
use crate::import::support::crypto::{self, Argon2, damaged};
use crate::import::support::json::{self, Rows, Scalar, Text};
use crate::import::support::row::{Fields, from_uri, rows};
use crate::import::{ImportError, Input, Row};

pub(crate) const FORMAT: Format = Format {
    name: "cotp",
    title: "cotp",
    probe,
    read,
};

fn probe(look: &Look<'_>) -> Option<Certainty> {
    let is_old_database = look.json_array_of(&["issuer", "label", "digits", "pin", "type"])
        && !look.json_array_of(&["thumbnail"]);
    certain(
        is_old_database
            || look.json_at(&["elements"], &["secret", "type"])
            || look.json_is(&["version", "elements"])
            || look.json_is(&["version", "nonce", "salt", "cipher"])
            || look.json_is(&["items"]) && !look.json_at(&["items"], &[]),
    )
}

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

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    if let Ok(database) = json::read::<Database>(input.bytes) {
        return plain(&open(&database, input)?);
    }
    plain(input.bytes)
}

fn open(database: &Database, input: &Input<'_>) -> Result<crypto::Plaintext, ImportError> {
    if database.version > 1 {
        let version = database.version;
        return Err(ImportError::Newer(format!("cotp database {version}")));
    }
    let nonce = crypto::require_base64(&database.nonce, "the nonce")?;
    let salt = crypto::require_base64(&database.salt, "the salt")?;
    let sealed = crypto::require_base64(&database.cipher, "the encrypted part")?;
    let nonce: [u8; 24] =
        (nonce.as_slice().try_into()).map_err(|_| damaged("its nonce is not 24 bytes long"))?;
    let password = input.password()?.as_bytes();
    let key = crypto::argon2_key(Argon2::id(4, 32768, 4), password, &salt, input)?;
    let mut text = Zeroizing::new(sealed.to_vec());
    XChaCha20Poly1305::new((&*key).into())
        .decrypt_in_place(&nonce.into(), b"", &mut *text)
        .map_err(|_| ImportError::WrongPassword)?;
    Ok(text)
}

/// An object with `elements`, the bare list of older databases, or a list of URIs.
fn plain(bytes: &[u8]) -> Result<Contents, ImportError> {
    if let Ok(uris) = json::read::<Uris>(bytes) {
        let rows = rows(uris.items, "item", |uri, place| {
            Some(from_uri(&uri, &place))
        });
        return Ok(Contents::from_rows(rows));
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
    Ok(Contents::from_rows(rows(
        list,
        "element",
        |element, place| Some(row(element, place)),
    )))
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
