//! Authy's encrypted keys: AES-256-CBC, with a key that PBKDF2 derives from the backup password.
//!
//! There is no MAC. A wrong password passes the padding once in 256 times, but then gives no key.

use std::collections::HashMap;

use zeroize::Zeroizing;

use crate::import::support::crypto::{self, Hash, Key32};
use crate::import::support::row::Key;
use crate::import::{ImportError, Input};
use crate::otp::Secret;

/// The rounds of old accounts, whose files name none.
const ROUNDS_OLD: u32 = 1000;
/// The rounds since 2024.
pub(super) const ROUNDS_NOW: u32 = 100_000;

/// Bounds the rounds for all keys of a file. Each account has a salt of its own: this is 1000 of them.
const MAX_ROUNDS: u64 = 100_000_000;
/// From so many rounds on, people are told that it takes a while.
const NOTABLE_ROUNDS: u64 = 5_000_000;

pub(super) const NOT_OPENED: &str =
    "this password does not open it: it may be from before the password was changed";

/// An encrypted key, as files have it.
#[derive(Debug, PartialEq, Eq, Hash, Clone)]
pub(super) struct Sealed {
    pub(super) text: String,
    pub(super) salt: String,
    pub(super) iterations: Option<String>,
    /// In hexadecimal or base64; without one, it is zero.
    pub(super) iv: Option<String>,
}

/// The keys that a password opened.
#[derive(Default)]
pub(super) struct Opened(HashMap<Sealed, Zeroizing<String>>);

impl Opened {
    /// Opens all that the password opens.
    ///
    /// # Errors
    /// If it opens none, or if a file asks for too much work.
    pub(super) fn all(
        all: &[Sealed],
        password: &str,
        input: &Input<'_>,
    ) -> Result<Self, ImportError> {
        let mut kdf = Derivation::new(password);
        let expected: u64 = all.iter().map(|one| u64::from(one.rounds())).sum();
        if expected >= NOTABLE_ROUNDS {
            let count = all.len();
            (input.progress)(&format!(
                "each of the {count} keys has a salt of its own, so opening them takes some time"
            ));
        }
        let mut opened = HashMap::new();
        for one in all {
            if let Some(key) = one.open(&mut kdf)? {
                opened.insert(one.clone(), key);
            }
        }
        if opened.is_empty() {
            return Err(ImportError::WrongPassword);
        }
        Ok(Self(opened))
    }

    pub(super) fn key(&self, sealed: &Sealed) -> Option<Key> {
        let text = self.0.get(sealed)?;
        Some(if Secret::from_base32(text).is_ok() {
            Key::Base32(text.clone())
        } else {
            Key::Hex(text.clone())
        })
    }
}

/// Derives each key once, and counts the work.
struct Derivation<'a> {
    password: &'a str,
    keys: HashMap<(String, u32), Key32>,
    left: u64,
}

impl<'a> Derivation<'a> {
    fn new(password: &'a str) -> Self {
        Self {
            password,
            keys: HashMap::new(),
            left: MAX_ROUNDS,
        }
    }

    fn key(&mut self, salt: &str, rounds: u32) -> Result<&Key32, ImportError> {
        let place = (salt.to_owned(), rounds);
        if !self.keys.contains_key(&place) {
            let left = self.left.checked_sub(rounds.into());
            self.left = left.ok_or_else(|| {
                ImportError::TooCostly("PBKDF2 for all of its accounts".to_owned())
            })?;
            let key = crypto::pbkdf2(Hash::Sha1, self.password, salt.as_bytes(), rounds)?;
            self.keys.insert(place.clone(), key);
        }
        let key = self.keys.get(&place);
        key.ok_or_else(|| crypto::damaged("a key is missing"))
    }
}

impl Sealed {
    fn rounds(&self) -> u32 {
        let named = self.iterations.as_deref();
        named.map_or(ROUNDS_OLD, |text| text.trim().parse().unwrap_or(u32::MAX))
    }

    /// Decrypts the key; `None` if the password does not fit, or the value is malformed.
    fn open(&self, kdf: &mut Derivation<'_>) -> Result<Option<Zeroizing<String>>, ImportError> {
        let (Some(sealed), Some(iv)) = (crypto::base64(&self.text), self.iv()) else {
            return Ok(None);
        };
        // Accounts of both ages are in one file, and not all name their rounds.
        let also = [ROUNDS_NOW, ROUNDS_OLD].into_iter();
        let also = also.filter(|rounds| self.iterations.is_none() && *rounds != self.rounds());
        for rounds in std::iter::once(self.rounds()).chain(also) {
            let key = kdf.key(&self.salt, rounds)?;
            let plain = crypto::cbc(key, &iv, &sealed);
            let text = plain.as_deref().map(|plain| std::str::from_utf8(plain));
            if let Some(Ok(text)) = text
                && is_key(text)
            {
                return Ok(Some(Zeroizing::new(text.trim().to_owned())));
            }
        }
        Ok(None)
    }

    fn iv(&self) -> Option<[u8; 16]> {
        let Some(text) = self.iv.as_deref() else {
            return Some([0; 16]);
        };
        let bytes = crypto::hex(text).or_else(|| crypto::base64(text))?;
        bytes.as_slice().try_into().ok()
    }
}

/// Whether a text is a key, in base32 or hexadecimal.
pub(super) fn is_key(text: &str) -> bool {
    let hex = || crypto::hex(text).filter(|bytes| bytes.len() >= 8);
    Secret::from_base32(text).is_ok() || hex().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(salt: &str, iterations: Option<&str>) -> Sealed {
        Sealed {
            text: "e+3sDDhGDBNX+bfWadKxTCGlaz/5rFBqmGFJhAEzQS7Aug1LIaIjxpQzJiKhP3JL".to_owned(),
            salt: salt.to_owned(),
            iterations: iterations.map(ToOwned::to_owned),
            iv: None,
        }
    }

    #[test]
    fn rounds_that_a_file_does_not_name_are_found() {
        let input = Input::new(b"", "");
        for iterations in [Some("100000"), None] {
            let one = sealed("saltsaltsaltsalt", iterations);
            let opened = Opened::all(std::slice::from_ref(&one), "backup1", &input).unwrap();
            assert!(opened.key(&one).is_some(), "{iterations:?}");
        }
        for iterations in ["x", "4294967295", "10000001"] {
            let one = sealed("saltsaltsaltsalt", Some(iterations));
            let outcome = Opened::all(&[one], "backup1", &input).map(|_| ());
            assert!(
                matches!(outcome, Err(ImportError::TooCostly(_))),
                "{iterations}"
            );
        }
    }

    #[test]
    fn the_work_of_all_accounts_is_bounded() {
        let mut kdf = Derivation::new("x");
        kdf.left = 1999;
        assert!(kdf.key("a", 1000).is_ok() && kdf.key("a", 1000).is_ok());
        assert!(matches!(kdf.key("b", 1000), Err(ImportError::TooCostly(_))));
    }

    /// About one of 256 wrong passwords passes the padding.
    #[test]
    fn no_wrong_password_gives_a_key() {
        let one = sealed("salt", Some("1"));
        let input = Input::new(b"", "");
        for password in 0..2000 {
            let outcome = Opened::all(std::slice::from_ref(&one), &password.to_string(), &input);
            assert!(matches!(outcome, Err(ImportError::WrongPassword)));
        }
    }
}
