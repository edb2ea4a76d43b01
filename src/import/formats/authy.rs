//! What people can get from Authy, which never had an export: Android's preferences, captures of
//! its API, dumps by scripts, and the table that Twilio sends who asks for their data.

mod sealed;

use serde::Deserialize;

use crate::import::detect::{Certainty, Format, certain};
use crate::import::ingest::Contents;
use crate::import::look::Look;
use crate::import::support::android_prefs;
use crate::import::support::crypto;
use crate::import::support::csv::Table;
use crate::import::support::json::{self, Rows, Scalar, Text};
use crate::import::support::row::{self, Fields, Key, split_label, strip_issuer, unreadable};
use crate::import::{ImportError, Input, Row, Skipped};

use sealed::{Opened, Sealed};

pub(crate) const FORMAT: Format = Format {
    name: "authy",
    title: "Authy (dumps, captures, tables)",
    probe,
    read,
};

fn probe(look: &Look<'_>) -> Option<Certainty> {
    certain(
        look.android_pref("com.authy")
            || look.json_has(&["authenticator_tokens"])
            || look.json_has(&["decrypted_authenticator_tokens"])
            || look.json_at(&["apps"], &["secret_seed"])
            || look.json_array_is(&["uri", "secret", "name"])
            || look.json_array_of(&["accountType", "digits"])
            || look.csv_has("encrypted_seed") && look.csv_has("salt"),
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
    #[serde(alias = "decrypted_seed")]
    decrypted_secret: Text,
    /// The encrypted key in Android's preferences.
    encrypted_secret: Scalar,
    /// The encrypted key in captures of the API.
    #[serde(rename = "encrypted_seed")]
    encrypted_seed: Scalar,
    salt: Scalar,
    #[serde(rename = "key_derivation_iterations")]
    iterations: Scalar,
    #[serde(rename = "unique_iv")]
    iv: Scalar,
    /// The key of Authy's own accounts: hexadecimal, 7 digits, 10 seconds.
    #[serde(alias = "secret_seed")]
    secret_seed: Text,
}

#[derive(Deserialize)]
struct Capture {
    #[serde(alias = "decrypted_authenticator_tokens")]
    authenticator_tokens: Rows<Token>,
}

/// Authy's own accounts, in captures of the API.
#[derive(Deserialize)]
struct Apps {
    apps: Rows<Token>,
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

/// A token, or `None` if it is unreadable, with its place.
type Placed = (String, Option<Token>);

const PERIOD: &str =
    "Authy's files contain no periods: accounts get 30 s, and Authy's own get 10 s";

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let text = json::text(input.bytes)?;
    let tokens = if android_prefs::is_prefs(text) {
        let mut all = Vec::new();
        for preference in android_prefs::strings(text)? {
            if preference.name.starts_with("com.authy.storage.tokens.") {
                all.extend(placed(json::read(preference.value.as_bytes())?));
            }
        }
        all
    } else if !text.trim_start().starts_with(['{', '[']) {
        table(input.bytes)?
    } else if let Ok(capture) = json::read::<Capture>(input.bytes) {
        let apps = json::read::<Apps>(input.bytes);
        let apps = apps.map(|own| own.apps).unwrap_or_default();
        let tokens = placed(capture.authenticator_tokens);
        tokens.into_iter().chain(placed(apps)).collect()
    } else if let Ok(own) = json::read::<Apps>(input.bytes) {
        placed(own.apps)
    } else if let Some(dump) = dump(input.bytes)? {
        return Ok(dump);
    } else {
        placed(json::read(input.bytes)?)
    };
    Ok(accounts(tokens, input)?.with_note(PERIOD))
}

fn placed(list: Rows<Token>) -> Vec<Placed> {
    let numbered = (1_usize..).zip(list.0);
    let placed = numbered.map(|(number, token)| (format!("token {number}"), token));
    placed.collect()
}

/// Twilio's table: `name,encrypted_seed,salt,iv`. A name without a colon is the service's.
fn table(bytes: &[u8]) -> Result<Vec<Placed>, ImportError> {
    let table = Table::read(bytes)?;
    let tokens = table.rows().map(|row| {
        let get = |column: &str| Scalar(table.non_empty(row, column));
        let name = table.get(row, "name").trim();
        let (issuer, name) = match name.split_once(':') {
            Some(_) => (None, Some(name.to_owned())),
            None => (Some(name.to_owned()), None),
        };
        let token = Token {
            name: Scalar(name),
            original_issuer: Scalar(get("issuer").0.or(issuer)),
            digits: get("digits"),
            encrypted_seed: get("encrypted_seed"),
            salt: get("salt"),
            iterations: Scalar(
                (get("key_derivation_iterations").0)
                    .or(get("iterations").0)
                    .or(Some(sealed::ROUNDS_NOW.to_string())),
            ),
            iv: Scalar(get("iv").0.or(get("unique_iv").0)),
            ..Token::default()
        };
        (format!("line {}", row.line), Some(token))
    });
    Ok(tokens.collect())
}

/// The list of URIs that a script writes in the desktop program's developer tools.
fn dump(bytes: &[u8]) -> Result<Option<Contents>, ImportError> {
    let list: Rows<Dumped> = json::read(bytes)?;
    if list.0.iter().flatten().all(|entry| entry.uri.is_empty()) {
        return Ok(None);
    }
    let rows = row::rows(list, "token", |entry, place| {
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

impl Token {
    /// Its encrypted key, if that is needed: in some files, the decrypted one is beside it.
    fn sealed(&self) -> Option<Sealed> {
        if !self.secret_seed.is_empty() || sealed::is_key(&self.decrypted_secret) {
            return None;
        }
        let of = |text: &Scalar| text.0.clone();
        Some(Sealed {
            text: of(&self.encrypted_seed).or(of(&self.encrypted_secret))?,
            salt: of(&self.salt).unwrap_or_default(),
            iterations: of(&self.iterations),
            iv: of(&self.iv),
        })
    }
}

/// Reads all tokens. Without a password, those that need none are read, if there are any.
fn accounts(tokens: Vec<Placed>, input: &Input<'_>) -> Result<Contents, ImportError> {
    let all = tokens.iter().filter_map(|(_, token)| token.as_ref());
    let sealed: Vec<_> = all.clone().filter_map(Token::sealed).collect();
    let opened = match input.password {
        _ if sealed.is_empty() => Opened::default(),
        Some(password) => Opened::all(&sealed, password, input)?,
        None if sealed.len() == all.count() => return Err(ImportError::NeedsPassword),
        None => Opened::default(),
    };
    let mut contents = Contents::default();
    for (place, token) in tokens {
        let Some(token) = token else {
            contents.rows.push(unreadable(place));
            continue;
        };
        let own = token.sealed();
        let names = [&token.name, &token.original_name, &token.original_issuer];
        let shown = names.into_iter().find_map(|name| name.0.as_ref());
        let name = shown.cloned().unwrap_or_default();
        match own {
            Some(_) if input.password.is_none() => contents.push_locked(place, name),
            Some(own) => contents.rows.push(match opened.key(&own) {
                Some(key) => token.row(key, place),
                None => Err(Skipped {
                    place,
                    name,
                    reason: sealed::NOT_OPENED.to_owned(),
                }),
            }),
            None => {
                let key = token.plain_key();
                contents.rows.push(token.row(key, place));
            }
        }
    }
    Ok(contents)
}

impl Token {
    /// The key that needs no password.
    fn plain_key(&self) -> Key {
        let seed = &self.secret_seed;
        if seed.is_empty() {
            return self.decrypted_secret.clone().key();
        }
        crypto::hex(seed).map_or_else(|| Key::Base32(seed.0.clone()), Key::Bytes)
    }

    fn row(self, key: Key, place: String) -> Row {
        let is_own = !self.secret_seed.is_empty();
        let shown = self.name.0.or(self.original_name.0).unwrap_or_default();
        let (issuer, name) = match self.original_issuer.0 {
            Some(issuer) => {
                let name = strip_issuer(&issuer, &shown).to_owned();
                (issuer, name)
            }
            None => split_label(&shown),
        };
        let fields = Fields {
            issuer,
            name,
            key,
            digits: self.digits.0.or(is_own.then(|| "7".to_owned())),
            period: is_own.then(|| "10".to_owned()),
            ..Fields::default()
        };
        fields.finish(place)
    }
}
