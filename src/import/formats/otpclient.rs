//! The database of `OTPClient` (src/common/db-common.c in its repository). Versions 2 and 3 start with
//! its name; version 1 has no mark.

use aes_gcm::aead::{AeadInOut, KeyInit, consts::U16};
use aes_gcm::aes::Aes256;
use aes_gcm::{AesGcm, Nonce, Tag};
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::import::detect::{Certainty, Format, certain, maybe};
use crate::import::ingest::Contents;
use crate::import::look::Look;
use crate::import::support::crypto::{self, Argon2, Hash, Key32, Plaintext, damaged};
use crate::import::support::json::{self, Rows, Scalar, Text};
use crate::import::support::row::{Fields, rows};
use crate::import::support::shared::shared_tags;
use crate::import::{ImportError, Input, Row};

pub(crate) const FORMAT: Format = Format {
    name: "otpclient",
    title: "OTPClient (database)",
    probe,
    read,
};

/// How versions from 2 on start.
const MAGIC: &[u8] = b"OTPClient";

/// The newest known version.
const VERSION: u32 = 3;

/// The rounds of PBKDF2 in version 1.
const ROUNDS: u32 = 100_000;

fn probe(look: &Look<'_>) -> Option<Certainty> {
    certain(look.starts_with(MAGIC)).or(maybe(look.is_dense() && look.bytes.len() > 48 + 16))
}

/// The parts of a database. The head is authenticated with the text.
struct Sealed<'a> {
    head: &'a [u8],
    iv: &'a [u8; 16],
    salt: &'a [u8],
    /// With the tag at the end.
    text: &'a [u8],
}

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let plain = if input.bytes.starts_with(MAGIC) {
        open_new(input)?
    } else {
        open_old(input)?
    };
    // Some versions wrote the zero byte that ends a text in C.
    let text = plain.strip_suffix(b"\0").unwrap_or(&plain);
    let list: Rows<Token> = json::read(text)?;
    Ok(Contents::from_rows(rows(
        list,
        "account",
        |token, place| Some(row(token, place)),
    )))
}

/// Splits a database with a head of this size, in which the salt follows the IV.
fn split(bytes: &[u8], head: usize, iv: usize) -> Option<Sealed<'_>> {
    let (head, text) = bytes.split_at_checked(head)?;
    let (iv, rest) = head.get(iv..)?.split_first_chunk::<16>()?;
    let salt = rest.get(..32)?;
    (text.len() > 16).then_some(Sealed {
        head,
        iv,
        salt,
        text,
    })
}

/// Version 2 wrote a struct of C, with padding and the machine's own byte order; version 3 has neither.
fn open_new(input: &Input<'_>) -> Result<Plaintext, ImportError> {
    let cut = || damaged("it is cut short");
    let version = input.bytes.get(9..13).ok_or_else(cut)?;
    let version = u32::from_be_bytes(version.try_into().unwrap_or_default());
    if version > VERSION {
        return Err(ImportError::Newer(format!("OTPClient {version}")));
    }
    let (head, iv) = if version == VERSION {
        (73, 13)
    } else {
        (76, 16)
    };
    let sealed = split(input.bytes, head, iv).ok_or_else(cut)?;
    let number = |index: usize| {
        let bytes = sealed.head.get(iv + 48 + 4 * index..);
        let bytes = bytes.and_then(<[u8]>::first_chunk::<4>).copied();
        let bytes = bytes.unwrap_or_default();
        if version == VERSION {
            u32::from_be_bytes(bytes)
        } else {
            u32::from_le_bytes(bytes)
        }
    };
    let numbers = Argon2::id(number(0), number(1), number(2));
    let password = input.password()?;
    for bytes in lengths(password) {
        let key = crypto::argon2_key(numbers, bytes, sealed.salt, input)?;
        if let Some(plain) = open(&key, &sealed) {
            return Ok(plain);
        }
    }
    Err(ImportError::WrongPassword)
}

fn open_old(input: &Input<'_>) -> Result<Plaintext, ImportError> {
    let password = input.password()?;
    let sealed = split(input.bytes, 48, 0).ok_or(ImportError::Unrecognised)?;
    for bytes in lengths(password) {
        // Half a character at the end was hashed too; such a password cannot be given as text.
        let Ok(password) = std::str::from_utf8(bytes) else {
            continue;
        };
        let key = crypto::pbkdf2(Hash::Sha512, password, sealed.salt, ROUNDS)?;
        if let Some(plain) = open(&key, &sealed) {
            return Ok(plain);
        }
    }
    Err(ImportError::WrongPassword)
}

/// The bytes of a password. Old versions took as many bytes as it has characters.
fn lengths(password: &str) -> impl Iterator<Item = &[u8]> {
    let (bytes, characters) = (password.as_bytes(), password.chars().count());
    let short = (characters < bytes.len()).then(|| &bytes[..characters]);
    std::iter::once(bytes).chain(short)
}

/// AES-256-GCM with an IV of 16 bytes instead of the usual 12.
fn open(key: &Key32, sealed: &Sealed<'_>) -> Option<Plaintext> {
    let (text, tag) = sealed.text.split_last_chunk::<16>()?;
    let mut plain = Zeroizing::new(text.to_vec());
    AesGcm::<Aes256, U16>::new((&**key).into())
        .decrypt_inout_detached(
            &Nonce::from(*sealed.iv),
            sealed.head,
            plain.as_mut_slice().into(),
            &Tag::from(*tag),
        )
        .ok()?;
    Some(plain)
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Token {
    #[serde(rename = "type")]
    kind: Scalar,
    label: Scalar,
    issuer: Scalar,
    digits: Scalar,
    algo: Scalar,
    secret: Text,
    period: Scalar,
    counter: Scalar,
    group: Scalar,
}

fn row(token: Token, place: String) -> Row {
    let issuer = token.issuer.0.unwrap_or_default();
    // The program computes Steam's codes for this issuer.
    let is_steam = issuer.eq_ignore_ascii_case("steam");
    Fields {
        name: token.label.0.unwrap_or_default(),
        key: token.secret.key(),
        kind: match token.kind.0 {
            Some(kind) if kind.eq_ignore_ascii_case("totp") && is_steam => "steam".to_owned(),
            kind => kind.unwrap_or_default(),
        },
        issuer,
        algorithm: token.algo.0,
        digits: token.digits.0,
        period: token.period.0,
        counter: token.counter.0,
        tags: shared_tags(token.group.0.into_iter()),
    }
    .finish(place)
}
