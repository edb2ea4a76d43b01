//! One account of a foreign file: checks its fields and makes a [`Draft`].

use zeroize::Zeroizing;

use crate::import::support::json::Rows;
use crate::import::support::{crypto, key_text};
use crate::import::{Found, ImportError, MAX_ROWS, Row, Skipped};
use crate::otp::{
    ADVISED_KEY_BYTES, Algorithm, Credential, Digits, Draft, KeyEncoding, Kind, LONGEST_GROUP,
    Label, MAX_LABEL_BYTES, Note, ParamError, Said, Secret, SecretError, UriError, after_issuer,
    decide, is_evenly_spaced, is_uri, parse, parse_counter,
};

/// The unchecked fields of one account, as a file states them.
#[derive(Default)]
pub(crate) struct Fields {
    /// The service, such as `GitHub`.
    pub(crate) issuer: String,
    /// The account name at the service.
    pub(crate) name: String,
    /// The secret key, in the file's encoding.
    pub(crate) key: Key,
    /// `totp`, `hotp`, `steam` or another, in any case; empty means totp.
    pub(crate) kind: String,
    /// The hash's name; defaults to SHA1.
    pub(crate) algorithm: Option<String>,
    /// How many characters a code has; defaults to 6.
    pub(crate) digits: Option<String>,
    /// Seconds; defaults to 30.
    pub(crate) period: Option<String>,
    /// The next counter; defaults to 0.
    pub(crate) counter: Option<String>,
    /// Its groups in the file.
    pub(crate) tags: Vec<String>,
}

/// A secret key in one of the encodings that files use.
pub(crate) enum Key {
    /// Base32 in any case, with spaces, dashes and padding.
    Base32(Zeroizing<String>),
    Hex(Zeroizing<String>),
    Base64(Zeroizing<String>),
    /// In the encoding that a parameter of the file names.
    Encoded(KeyEncoding, Zeroizing<String>),
    Bytes(Zeroizing<Vec<u8>>),
}

impl Default for Key {
    fn default() -> Self {
        Self::Base32(Zeroizing::default())
    }
}

impl Key {
    pub(crate) fn secret(&self) -> Result<Secret, String> {
        let text = |error: SecretError| error.to_string();
        match self {
            Self::Base32(key) if !is_evenly_spaced(key, LONGEST_GROUP) => {
                Err(text(SecretError::OddSpaces))
            }
            Self::Base32(key) => Secret::from_base32(key).map_err(text),
            Self::Hex(key) => crypto::hex(key)
                .ok_or_else(|| "the key is not hexadecimal".to_owned())
                .and_then(|bytes| Secret::from_bytes(bytes).map_err(text)),
            Self::Base64(key) => crypto::base64(key)
                .ok_or_else(|| "the key is not base64".to_owned())
                .and_then(|bytes| Secret::from_bytes(bytes).map_err(text)),
            Self::Encoded(encoding, key) => encoding.read(key).map_err(text),
            Self::Bytes(bytes) => Secret::from_bytes(bytes.clone()).map_err(text),
        }
    }

    fn has_left_over_bits(&self, secret: &Secret) -> bool {
        match self {
            Self::Base32(text) | Self::Encoded(KeyEncoding::Base32, text) => {
                !secret.is_canonical(text)
            }
            _ => false,
        }
    }
}

impl Fields {
    /// Checks every field. The error has the name, `place` and the first thing that is wrong.
    pub(crate) fn finish(mut self, place: impl Into<String>) -> Row {
        let checked = self.check();
        checked.map_err(|reason| Skipped {
            place: place.into(),
            name: crate::otp::full_name(&unrevealing(&self.issuer), &unrevealing(&self.name)),
            reason,
        })
    }

    fn check(&mut self) -> Result<Found, String> {
        let reason = |error: ParamError| error.to_string();
        if self.issuer.len().max(self.name.len()) > MAX_LABEL_BYTES {
            return Err(UriError::LabelTooLong.to_string());
        }
        let mut remarks = Vec::new();
        let kind = match self.kind.to_ascii_lowercase().as_str() {
            "" | "totp" => Kind::Totp {
                period: parameter(self.period.as_deref()).map_err(reason)?,
            },
            "hotp" => Kind::Hotp {
                counter: if let Some(counter) = self.counter.as_deref() {
                    parse_counter(counter).map_err(reason)?
                } else {
                    remarks.push(NO_COUNTER);
                    0
                },
            },
            "steam" => Kind::Steam,
            other => return Err(ParamError::Kind(shortened(other)).to_string()),
        };
        let secret = self.key.secret()?;
        let (algorithm, digits) = match kind {
            Kind::Steam => (Algorithm::Sha1, Digits::STEAM),
            _ => (
                parameter(self.algorithm.as_deref()).map_err(reason)?,
                parameter(self.digits.as_deref()).map_err(reason)?,
            ),
        };
        let mut notes = Vec::new();
        if secret.len() < ADVISED_KEY_BYTES {
            let bits = secret.len() * 8;
            notes.push(Note::ShortKey { bits });
        }
        if self.key.has_left_over_bits(&secret) {
            notes.push(Note::LeftOverBits);
        }
        if kind != Kind::Steam && !digits.is_usual() {
            notes.push(Note::UnusualDigits(digits.get()));
        }
        let named = decide(&Said {
            issuer: &self.issuer,
            label: Label::Field(&self.name),
            ..Said::default()
        });
        Ok(Found {
            draft: Draft {
                issuer: named.issuer,
                name: named.name,
                credential: Credential {
                    secret,
                    algorithm,
                    digits,
                    kind,
                },
            },
            tags: std::mem::take(&mut self.tags),
            aws: None,
            notes,
            remarks,
            set_aside: None,
        })
    }
}

const NO_COUNTER: &str = "the file has no counter; it starts at 0";

fn parameter<T>(text: Option<&str>) -> Result<T, ParamError>
where
    T: Default + std::str::FromStr<Err = ParamError>,
{
    match text.map(str::trim) {
        None | Some("") => Ok(T::default()),
        Some(text) => text.parse(),
    }
}

/// A name as it is safe to show: in a table whose columns are not those that were expected, it may be a key.
fn unrevealing(name: &str) -> String {
    if key_text::looks_like_key(name) {
        "…".to_owned()
    } else {
        shortened(name)
    }
}

/// The first 64 characters: names may have any length.
fn shortened(text: &str) -> String {
    text.chars().take(64).collect()
}

/// Reads an otpauth or steam URI. In files, an HOTP URI may lack its counter (Ente, Proton and others
/// write such); it is then 0. The error has `place` and the URI's label.
pub(crate) fn from_uri(uri: &str, place: &str) -> Row {
    let (parsed, remarks) = match parse(uri) {
        Err(UriError::NoCounter) => {
            let with_counter = Zeroizing::new(format!("{}&counter=0", uri.trim()));
            (parse(&with_counter), vec![NO_COUNTER])
        }
        parsed => (parsed, Vec::new()),
    };
    match parsed {
        Ok(parsed) => Ok(Found {
            remarks,
            ..Found::from(parsed)
        }),
        Err(error) => Err(Skipped {
            place: place.to_owned(),
            name: label(uri),
            reason: error.to_string(),
        }),
    }
}

/// The label of an unusable URI; never what follows the `?`, where the key is.
fn label(uri: &str) -> String {
    let is_steam = uri.trim_start().to_ascii_lowercase().starts_with("steam:");
    let path = uri.split_once('?').map_or("", |(path, _)| path);
    let label = path.splitn(4, '/').nth(3).unwrap_or_default();
    let named = Zeroizing::new(format!("otpauth://totp/{label}?secret=AA"));
    match parse(&named) {
        Ok(parsed) if !is_steam => shortened(&parsed.draft.full_name()),
        _ => String::new(),
    }
}

/// Reads a key or a URI from a field that may hold either, as in password managers. An account
/// without a name gets its entry's.
pub(crate) fn from_field(text: &str, issuer: &str, name: &str, place: &str) -> Row {
    let (issuer, name) = (bounded(issuer), bounded(name));
    if is_uri(text) {
        let named = |skipped: Skipped| Skipped {
            name: match skipped.name.as_str() {
                "" => shortened(&crate::otp::full_name(issuer, name)),
                label => label.to_owned(),
            },
            ..skipped
        };
        return from_uri(text, place)
            .map(|found| found.or_named(issuer, name))
            .map_err(named);
    }
    let named = decide(&Said {
        title: issuer,
        user: name,
        ..Said::default()
    });
    Fields {
        issuer: named.issuer,
        name: named.name,
        key: Key::Base32(Zeroizing::new(text.to_owned())),
        ..Fields::default()
    }
    .finish(place)
}

/// A label that many accounts of a file share, cut if it is too long for any of them. Copied whole, a
/// file of 64 MiB could ask for any amount of memory.
pub(crate) fn bounded(label: &str) -> &str {
    &label[..label.floor_char_boundary(MAX_LABEL_BYTES + 4)]
}

/// Refuses more than [`MAX_ROWS`], for files with lists within lists.
pub(crate) fn check_count(rows: &[Row]) -> Result<(), ImportError> {
    if rows.len() > MAX_ROWS {
        return Err(ImportError::TooCostly("too many accounts".to_owned()));
    }
    Ok(())
}

/// Splits `Issuer: name`, which some programs keep in one field.
pub(crate) use crate::otp::split_label;

/// Removes the issuer from the start of a name: for `Deno`, `Deno: Mason` is `Mason`.
pub(crate) fn strip_issuer<'a>(issuer: &str, name: &'a str) -> &'a str {
    after_issuer(name, issuer).unwrap_or(name)
}

/// The rows of a list. Each has its place from 1, such as `entry 3`; an unreadable item is skipped
/// with a reason.
pub(crate) fn rows<T>(
    list: Rows<T>,
    what: &str,
    mut row: impl FnMut(T, String) -> Option<Row>,
) -> Vec<Row> {
    let numbered = (1..).zip(list.0);
    let each = |(number, entry): (usize, Option<T>)| {
        let place = format!("{what} {number}");
        match entry {
            Some(entry) => row(entry, place),
            None => Some(unreadable(place)),
        }
    };
    numbered.filter_map(each).collect()
}

/// An item of a list that does not have the format's shape.
pub(crate) fn unreadable(place: String) -> Row {
    Err(Skipped {
        place,
        name: String::new(),
        reason: "it does not have the expected structure".to_owned(),
    })
}
