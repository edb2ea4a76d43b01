//! pcarrier/gauth: `~/.config/gauth.csv`, with a line `NAME: KEY` or a URI for each account, or all of
//! it encrypted with `openssl enc -aes-128-cbc -md sha256`.

use zeroize::Zeroizing;

use crate::import::detect::{Certainty, Format, certain, maybe};
use crate::import::ingest::Contents;
use crate::import::look::Look;
use crate::import::support::crypto;
use crate::import::support::json;
use crate::import::support::row::{Fields, Key, check_count, from_uri};
use crate::import::{ImportError, Input, MAX_ROWS, Row, Skipped};
use crate::otp::Secret;

pub(crate) const FORMAT: Format = Format {
    name: "gauth",
    title: "gauth (gauth.csv)",
    probe,
    read,
};

/// How a file that `openssl enc` wrote starts.
const SALTED: &[u8] = b"Salted__";

fn probe(look: &Look<'_>) -> Option<Certainty> {
    let is_sealed = look.starts_with(SALTED) && look.bytes.len().is_multiple_of(16);
    certain(is_list(look.text)).or(maybe(is_sealed))
}

/// What a line of the list is.
enum Line<'a> {
    Uri(&'a str),
    Account(&'a str, &'a str),
    /// An account that the person put `#` before.
    Comment(&'a str),
    Other,
}

impl<'a> Line<'a> {
    fn of(line: &'a str) -> Self {
        let line = line.trim();
        if let Some(comment) = line.strip_prefix('#') {
            return match Self::of(comment) {
                Self::Account(name, key) if is_key(key) => Self::Comment(name),
                _ => Self::Comment(""),
            };
        }
        if line.starts_with("otpauth://") {
            return Self::Uri(line);
        }
        match line.split_once(':') {
            Some((name, key)) if looks_like_key(key) && !is_field(name) => {
                Self::Account(name.trim(), key.trim())
            }
            _ => Self::Other,
        }
    }
}

/// Whether a key could stand here, perhaps with a typing error.
fn looks_like_key(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '=');
    text.trim().len() >= 8 && text.trim().chars().all(is_part)
}

fn is_key(text: &str) -> bool {
    text.len() >= 16 && Secret::from_base32(text).is_ok()
}

/// Whether a name says what its value is. A list of such lines describes one account.
fn is_field(name: &str) -> bool {
    const FIELDS: &[&str] = &[
        "2fa",
        "account",
        "algorithm",
        "counter",
        "digits",
        "email",
        "hotp",
        "issuer",
        "key",
        "label",
        "login",
        "mfa",
        "name",
        "note",
        "notes",
        "otp",
        "otpauth",
        "pass",
        "password",
        "period",
        "seed",
        "secret",
        "service",
        "title",
        "token",
        "totp",
        "type",
        "url",
        "user",
        "username",
    ];
    FIELDS.contains(&name.trim().to_ascii_lowercase().as_str())
}

fn is_list(text: &str) -> bool {
    let mut any_key = false;
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let all_fit = lines.all(|line| match Line::of(line) {
        Line::Account(_, key) => {
            any_key |= is_key(key);
            true
        }
        Line::Uri(_) | Line::Comment(_) => true,
        Line::Other => false,
    });
    all_fit && any_key
}

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    if !input.bytes.starts_with(SALTED) {
        return list(json::text(input.bytes)?);
    }
    let plain = crypto::openssl_aes128(input.password()?, input.bytes);
    let plain = plain.ok_or(ImportError::WrongPassword)?;
    let text = json::text(&plain).map_err(|_| ImportError::WrongPassword)?;
    list(text)
}

fn list(text: &str) -> Result<Contents, ImportError> {
    let mut rows: Vec<Row> = Vec::new();
    for (number, line) in (1_usize..).zip(text.lines()) {
        let place = format!("line {number}");
        match Line::of(line) {
            Line::Uri(uri) => rows.push(from_uri(uri, &place)),
            Line::Account(name, key) => rows.push(account(name, key, place)),
            Line::Comment("") => {}
            Line::Comment(name) => rows.push(skipped(place, name, "it is commented out with '#'")),
            Line::Other if line.trim().is_empty() => {}
            Line::Other => rows.push(skipped(place, "", "it is not a line 'NAME: KEY'")),
        }
        if rows.len() > MAX_ROWS {
            check_count(&rows)?;
        }
    }
    Ok(Contents::from_rows(rows))
}

fn account(name: &str, key: &str, place: String) -> Row {
    Fields {
        name: name.to_owned(),
        key: Key::Base32(Zeroizing::new(key.to_owned())),
        ..Fields::default()
    }
    .finish(place)
}

fn skipped(place: String, name: &str, reason: &str) -> Row {
    Err(Skipped {
        place,
        name: name.chars().take(64).collect(),
        reason: reason.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

    #[test]
    fn a_list_has_names_and_keys_and_nothing_else() {
        let text = |text: &str| text.replace("KEY", KEY);
        for list in [
            "AWS: KEY",
            "AWS:KEY\n\n# mine\nBad:jbsw y3dp 1hpk\notpauth://totp/a?secret=KEY\n",
            "my bank: KEY\r\n",
        ] {
            assert!(is_list(&text(list)), "{list}");
        }
        for other in [
            "",
            "otpauth://totp/a?secret=KEY",
            "totp: KEY",
            "Name: alice\nSecret: KEY",
            "hunter2\nAWS: KEY",
            "a: yes\nb: no",
            "AWS: KEY\nurl: https://example.com",
            "{\"a\": \"KEY\"}",
        ] {
            assert!(!is_list(&text(other)), "{other}");
        }
    }
}
