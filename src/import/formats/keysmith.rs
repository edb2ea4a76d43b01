//! KDE's Keysmith: its settings file, with keys in libsodium's secretbox (`src/account/actions_p.cpp`
//! in its repository).

use poly1305::Poly1305;
use poly1305::universal_hash::KeyInit;
use salsa20::XSalsa20;
use salsa20::cipher::{KeyIvInit, StreamCipher};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::import::detect::{Format, certain};
use crate::import::ingest::Contents;
use crate::import::support::crypto::{self, Argon2, Key32, Plaintext, damaged};
use crate::import::support::json;
use crate::import::support::row::{Fields, Key};
use crate::import::{ImportError, Input, MAX_ROWS, Row, Skipped};

pub(crate) const FORMAT: Format = Format {
    name: "keysmith",
    title: "Keysmith",
    probe: |look| {
        let has = |line: &str| look.text.lines().any(|own| own.starts_with(line));
        certain(has("[master-key]") && has("challenge=") && has("[%7B"))
    },
    read,
};

/// The master key's section, beside one for each account.
const MASTER: &str = "master-key";

/// Argon2id, as libsodium numbers it. The other, Argon2i, was never its default.
const ARGON2ID: &str = "2";

/// The time that codes are counted from, as Keysmith writes it.
const EPOCH: &str = "1970-01-01T00:00:00";

/// A section of the file.
#[derive(Default)]
struct Section {
    name: String,
    /// Names and values, which may be encrypted keys only.
    values: Vec<(String, String)>,
}

impl Section {
    fn get(&self, name: &str) -> &str {
        let own = self.values.iter().find(|(own, _)| own == name);
        own.map_or("", |(_, value)| value)
    }

    fn optional(&self, name: &str) -> Option<String> {
        Some(self.get(name).to_owned()).filter(|value| !value.is_empty())
    }

    fn base64(&self, name: &str) -> Option<Plaintext> {
        crypto::base64(self.get(name)).filter(|bytes| !bytes.is_empty())
    }
}

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let sections = sections(json::text(input.bytes)?)?;
    let master = sections.iter().find(|section| section.name == MASTER);
    let master = master.ok_or_else(|| damaged("it has no master key"))?;
    let key = master_key(master, input)?;
    let accounts = sections.iter().filter(|section| section.name != MASTER);
    let numbered = (1..).zip(accounts);
    let rows: Vec<_> = numbered
        .map(|(number, account)| row(account, &key, format!("account {number}")))
        .collect();
    Ok(Contents::from_rows(rows))
}

/// Derives the master key, and checks it with the challenge.
fn master_key(master: &Section, input: &Input<'_>) -> Result<Key32, ImportError> {
    if master.get("algorithm") != ARGON2ID {
        let message = "its master key is not made with Argon2id";
        return Err(ImportError::Unsupported(message.to_owned()));
    }
    let salt = master.base64("salt");
    let salt = salt.ok_or_else(|| damaged("it has no salt"))?;
    let number = |name: &str| master.get(name).parse::<u64>().ok();
    let (Some(passes), Some(memory)) = (number("cpu"), number("memory")) else {
        return Err(damaged("its master key has no costs"));
    };
    let passes = u32::try_from(passes).unwrap_or(u32::MAX);
    let memory = u32::try_from(memory / 1024).unwrap_or(u32::MAX);
    let numbers = Argon2::id(passes, memory, 1);
    let key = crypto::argon2_key(numbers, input.password()?.as_bytes(), &salt, input)?;
    if master.base64("challenge").is_some() && open(master, "challenge", &key).is_none() {
        return Err(ImportError::WrongPassword);
    }
    Ok(key)
}

/// Opens `crypto_secretbox_easy` (`XSalsa20` and Poly1305, the tag first) of a section's member.
fn open(section: &Section, name: &str, key: &Key32) -> Option<Plaintext> {
    let (sealed, nonce) = (section.base64(name)?, section.base64("nonce")?);
    let nonce: [u8; 24] = nonce.as_slice().try_into().ok()?;
    let (tag, text) = sealed.split_first_chunk::<16>()?;
    let mut cipher = XSalsa20::new((&**key).into(), &nonce.into());
    let mut mac_key = Zeroizing::new([0_u8; 32]);
    cipher.apply_keystream(mac_key.as_mut_slice());
    let made = Poly1305::new((&*mac_key).into()).compute_unpadded(text);
    if !bool::from(made.as_slice().ct_eq(tag)) {
        return None;
    }
    let mut plain = Zeroizing::new(text.to_vec());
    cipher.apply_keystream(&mut plain);
    Some(plain)
}

fn row(account: &Section, key: &Key32, place: String) -> Row {
    let name = account.get("account");
    let skipped = |reason: &str| {
        Err(Skipped {
            place: place.clone(),
            name: name.chars().take(64).collect(),
            reason: reason.to_owned(),
        })
    };
    // These change the codes.
    let epoch = account.get("epoch");
    if !epoch.is_empty() && !epoch.starts_with(EPOCH) {
        return skipped("its codes are not counted from 1970");
    }
    if !account.get("offset").is_empty() || account.get("checksum") == "true" {
        return skipped("its codes are cut at a fixed place, or have a checksum");
    }
    let Some(secret) = open(account, "secret", key) else {
        return skipped("its key cannot be decrypted");
    };
    Fields {
        issuer: account.get("issuer").to_owned(),
        name: name.to_owned(),
        key: Key::Bytes(secret),
        kind: account.get("type").to_owned(),
        algorithm: account.optional("hash"),
        digits: account.optional("pinLength"),
        period: account.optional("timeStep"),
        counter: account.optional("counter"),
        tags: Vec::new(),
    }
    .finish(place)
}

/// The sections of a file that Qt's `QSettings` wrote.
fn sections(text: &str) -> Result<Vec<Section>, ImportError> {
    let mut sections: Vec<Section> = Vec::new();
    for line in text.lines().map(str::trim) {
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            if sections.len() > MAX_ROWS {
                return Err(ImportError::TooCostly("too many accounts".to_owned()));
            }
            sections.push(Section {
                name: name.to_owned(),
                values: Vec::new(),
            });
        } else if let (Some((name, value)), Some(section)) =
            (line.split_once('='), sections.last_mut())
        {
            section
                .values
                .push((name.trim().to_owned(), unescaped(value.trim())));
        }
    }
    Ok(sections)
}

/// Removes Qt's quotes and escapes.
fn unescaped(value: &str) -> String {
    let inner = value
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    let mut rest = inner.unwrap_or(value).chars().peekable();
    let mut text = String::new();
    while let Some(c) = rest.next() {
        let escaped = if c == '\\' { rest.next() } else { None };
        match escaped {
            None => text.push(c),
            Some('x') => {
                let mut number = 0_u32;
                while let Some(digit) = rest.peek().and_then(|c| c.to_digit(16)) {
                    number = (number << 4 | digit) & 0xf_ffff;
                    rest.next();
                }
                text.push(char::from_u32(number).unwrap_or('\u{fffd}'));
            }
            Some('n') => text.push('\n'),
            Some('t') => text.push('\t'),
            Some(other) => text.push(other),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_in_quotes_or_escaped_or_neither() {
        for (value, text) in [
            ("plain", "plain"),
            ("\"a;b=\"", "a;b="),
            (r"M\xfcller", "M\u{fc}ller"),
            (r#""\"x\" \\""#, r#""x" \"#),
            ("", ""),
            ("\"", "\""),
        ] {
            assert_eq!(unescaped(value), text);
        }
    }
}
