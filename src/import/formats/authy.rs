//! What people can get from Authy, which never had an export: Android's preferences, captures of
//! its API, and dumps by scripts.

use serde::Deserialize;
use zeroize::Zeroizing;

use crate::import::detect::{Certainty, Format, certain};
use crate::import::ingest::Contents;
use crate::import::look::Look;
use crate::import::support::android_prefs;
use crate::import::support::crypto::{self, Hash};
use crate::import::support::json::{self, Rows, Scalar, Text};
use crate::import::support::row::{self, Fields, Key, split_label, strip_issuer, unreadable};
use crate::import::{ImportError, Input, Row, Skipped};

pub(crate) const FORMAT: Format = Format {
    name: "authy",
    title: "Authy (dumps)",
    probe,
    read,
};

fn probe(look: &Look<'_>) -> Option<Certainty> {
    certain(
        look.android_pref("com.authy")
            || look.json_has(&["authenticator_tokens"])
            || look.json_has(&["decrypted_authenticator_tokens"])
            || look.json_array_of(&["uri", "secret", "name"])
            || look.json_array_of(&["accountType", "digits"]),
    )
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Token {
    name: Scalar,
    #[serde(alias = "issuer")]
    original_issuer: Scalar,
    #[serde(alias = "original_name")]
    original_name: Scalar,
    digits: Scalar,
    salt: Scalar,
    #[serde(alias = "decrypted_seed")]
    decrypted_secret: Text,
    encrypted_secret: Scalar,
    /// The encrypted key, in captures of the API. Authy has changed its key derivation since.
    #[serde(rename = "encrypted_seed")]
    encrypted_seed: Scalar,
    /// The key of Authy's own accounts: hexadecimal, 7 digits, 10 seconds.
    secret_seed: Text,
}

#[derive(Deserialize)]
struct Capture {
    #[serde(alias = "decrypted_authenticator_tokens")]
    authenticator_tokens: Rows<Token>,
}

#[derive(Deserialize)]
struct Dumped {
    #[serde(default)]
    name: Scalar,
    #[serde(default)]
    secret: Text,
    #[serde(default)]
    uri: Text,
}

const PERIOD: &str =
    "Authy's files contain no periods: accounts get 30 s, and Authy's own get 10 s";

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let text = json::text(input.bytes)?;
    let mut found = Vec::new();
    if android_prefs::is_prefs(text) {
        for preference in android_prefs::strings(text)? {
            if preference.name.starts_with("com.authy.storage.tokens.") {
                tokens(json::read(preference.value.as_bytes())?, input, &mut found)?;
            }
        }
    } else if let Ok(capture) = json::read::<Capture>(input.bytes) {
        tokens(capture.authenticator_tokens, input, &mut found)?;
    } else if let Some(dump) = dump(input.bytes)? {
        return Ok(dump);
    } else {
        tokens(json::read(input.bytes)?, input, &mut found)?;
    }
    Ok(Contents::from_rows(found).with_note(PERIOD))
}

/// The list of URIs that a script writes in the desktop program's developer tools.
fn dump(bytes: &[u8]) -> Result<Option<Contents>, ImportError> {
    let list: Rows<Dumped> = json::read(bytes)?;
    if list.0.iter().flatten().all(|entry| entry.uri.is_empty()) {
        return Ok(None);
    }
    let rows = crate::import::support::row::rows(list, "token", |entry, place| {
        let name = entry.name.0.unwrap_or_default();
        Some(if entry.uri.is_empty() {
            let (issuer, name) = split_label(&name);
            row::from_field(&entry.secret, &issuer, &name, &place)
        } else {
            row::from_uri(&entry.uri, &place).map(|found| found.or_named("", &name))
        })
    });
    Ok(Some(Contents::from_rows(rows)))
}

fn tokens(list: Rows<Token>, input: &Input<'_>, rows: &mut Vec<Row>) -> Result<(), ImportError> {
    for (number, token) in (1_usize..).zip(list.0) {
        let place = format!("token {number}");
        rows.push(match token {
            Some(token) => token_row(token, place, input)?,
            None => unreadable(place),
        });
    }
    Ok(())
}

fn token_row(token: Token, place: String, input: &Input<'_>) -> Result<Row, ImportError> {
    let shown = token.name.0.or(token.original_name.0).unwrap_or_default();
    let (issuer, name) = match token.original_issuer.0 {
        Some(issuer) => {
            let name = strip_issuer(&issuer, &shown).to_owned();
            (issuer, name)
        }
        None => split_label(&shown),
    };
    if token.encrypted_seed.0.is_some() && token.decrypted_secret.is_empty() {
        let reason = "its encryption is not fully known; decrypt the file first";
        return Ok(Err(Skipped {
            place,
            name: shown,
            reason: reason.to_owned(),
        }));
    }
    let is_own = !token.secret_seed.is_empty();
    let key = if is_own {
        crypto::hex(&token.secret_seed).map_or_else(|| Key::Base32(token.secret_seed.0), Key::Bytes)
    } else if let Some(sealed) = token.encrypted_secret.0 {
        let salt = token.salt.0.unwrap_or_default();
        Key::Base32(open(&sealed, &salt, input.password()?)?)
    } else {
        token.decrypted_secret.key()
    };
    let fields = Fields {
        issuer,
        name,
        key,
        digits: token.digits.0.or(is_own.then(|| "7".to_owned())),
        period: is_own.then(|| "10".to_owned()),
        ..Fields::default()
    };
    Ok(fields.finish(place))
}

/// Decrypts a key. There is no MAC: a result that is not base32 means a wrong password.
fn open(sealed: &str, salt: &str, password: &str) -> Result<Zeroizing<String>, ImportError> {
    let sealed = crypto::require_base64(sealed, "an encrypted key")?;
    let key = crypto::pbkdf2(Hash::Sha1, password, salt.as_bytes(), 1000)?;
    let plain = crypto::cbc(&key, &[0; 16], &sealed).ok_or(ImportError::WrongPassword)?;
    let text = std::str::from_utf8(&plain).map_err(|_| ImportError::WrongPassword)?;
    let is_base32 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '=' | ' ' | '-');
    if !text.chars().all(is_base32) {
        return Err(ImportError::WrongPassword);
    }
    Ok(Zeroizing::new(text.to_owned()))
}
