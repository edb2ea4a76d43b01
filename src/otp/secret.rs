//! The shared key of an account, and the lenient base32 that people and services write.

use std::fmt;

use data_encoding::BASE32_NOPAD;
use thiserror::Error;
use zeroize::Zeroizing;

/// Longest key that is accepted, in bytes. Real ones have 10 to 64.
pub const MAX_KEY_BYTES: usize = 1024;

/// RFC 4226 section 4, R6, asks for 128 bits. Shorter keys work, with a note.
pub(crate) const ADVISED_KEY_BYTES: usize = 16;

const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The key that an account shares with its service: 1 to [`MAX_KEY_BYTES`] raw bytes.
///
/// Wiped on drop; neither `Debug` nor any error shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<Box<[u8]>>);

/// Why a text or bytes are not a key. No variant quotes any of the key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SecretError {
    /// Nothing is left after spaces, dashes and padding are removed.
    #[error("the key is empty")]
    Empty,
    /// A character outside A–Z and 2–7.
    #[error("{}", bad_character(*.character, *.position))]
    BadCharacter {
        /// The character that is not base32.
        character: char,
        /// Its place in the text, in characters from 1.
        position: usize,
    },
    /// Not the hexadecimal that its `encoding` parameter announces.
    #[error("the key is not hexadecimal")]
    NotHex,
    /// Not the base64 that its `encoding` parameter announces.
    #[error("the key is not base64")]
    NotBase64,
    /// A key of plain characters with a space or `=`, which some programs drop (`KeeOtp2`).
    #[error("the key is text with spaces or '=', which programs read differently")]
    UnclearText,
    /// White space that does not part the key into groups: two keys, or a key and a note.
    #[error(
        "the key has spaces or line breaks at odd places: is it two keys, or a key and a note?"
    )]
    OddSpaces,
    /// The key is longer than [`MAX_KEY_BYTES`].
    #[error("the key is longer than {MAX_KEY_BYTES} bytes")]
    TooLong,
}

/// The longest group of a key in a field: sites show groups of 4, a few of up to 8.
pub(crate) const LONGEST_GROUP: usize = 8;

/// Whether the white space and hyphens in a key part it into groups of one length, of which the last may be
/// shorter, as sites show keys to people. Two keys, or a key and a note, must not become one key.
pub(crate) fn is_evenly_spaced(text: &str, longest_group: usize) -> bool {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '=');
    let mut groups = text
        .split(|c: char| c.is_whitespace() || c == '-')
        .map(|group| group.trim_end_matches('=').len())
        .filter(|length| *length > 0);
    let first = groups.next().unwrap_or(0);
    let mut before = first;
    let mut is_alone = true;
    let even = groups.all(|length| {
        let fits = before == first && length <= first;
        before = length;
        is_alone = false;
        fits
    });
    is_alone || even && (2..=longest_group).contains(&first) && before > 0
}

fn bad_character(character: char, position: usize) -> String {
    let shown = character.escape_default();
    let hint = match character {
        '0' => " (did you mean O?)",
        '1' => " (did you mean I or L?)",
        '8' => " (did you mean B?)",
        '9' => " (did you mean G?)",
        _ => "",
    };
    format!("the key is not base32: character {position} is '{shown}'; use only A–Z and 2–7{hint}")
}

impl Secret {
    /// Takes raw key bytes.
    ///
    /// # Errors
    /// [`SecretError::Empty`] without bytes, [`SecretError::TooLong`] above [`MAX_KEY_BYTES`].
    pub fn from_bytes(bytes: impl Into<Zeroizing<Vec<u8>>>) -> Result<Self, SecretError> {
        let bytes: Zeroizing<Vec<u8>> = bytes.into();
        match bytes.len() {
            0 => Err(SecretError::Empty),
            n if n > MAX_KEY_BYTES => Err(SecretError::TooLong),
            _ => Ok(Self(Zeroizing::new(bytes.as_slice().into()))),
        }
    }

    /// Reads base32 (RFC 4648 section 6) as real services write it: any case, white space, `-` and
    /// `=` anywhere, any length, non-zero trailing bits. Left-over bits are dropped, as phone apps do:
    /// `n` characters give `n * 5 / 8` bytes.
    ///
    /// # Errors
    /// When a character is not base32, or the key is empty or too long. The message never quotes
    /// the key.
    pub fn from_base32(text: &str) -> Result<Self, SecretError> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(text.len().min(MAX_KEY_BYTES * 2)));
        let (mut buffer, mut bits) = (0_u16, 0_u32);
        for (index, character) in text.chars().enumerate() {
            let Some(value) = symbol_value(character) else {
                if character.is_whitespace() || matches!(character, '-' | '=') {
                    continue;
                }
                let position = index + 1;
                return Err(SecretError::BadCharacter {
                    character,
                    position,
                });
            };
            buffer = (buffer << 5) | u16::from(value);
            bits += 5;
            if bits >= 8 {
                bits -= 8;
                bytes.push((buffer >> bits).to_be_bytes()[1]);
            }
            if bytes.len() > MAX_KEY_BYTES {
                return Err(SecretError::TooLong);
            }
        }
        Self::from_bytes(bytes)
    }

    /// The key as unpadded upper-case base32.
    #[must_use]
    pub fn to_base32(&self) -> Zeroizing<String> {
        // Allocated at its full length: growing would leave a copy of the key behind.
        let length = BASE32_NOPAD.encode_len(self.len());
        let mut text = Zeroizing::new(String::with_capacity(length));
        BASE32_NOPAD.encode_append(&self.0, &mut text);
        text
    }

    /// Whether `text`, which this key was read from, is valid RFC 4648 base32: a valid length, and no
    /// non-zero bits left over. Case, spaces, dashes and padding are ignored.
    #[must_use]
    pub fn is_canonical(&self, text: &str) -> bool {
        let symbols = text.chars().filter(|c| symbol_value(*c).is_some());
        let canonical = self.to_base32();
        symbols
            .map(|c| c.to_ascii_uppercase())
            .eq(canonical.chars())
    }

    /// The raw key. The name makes every use of it easy to find.
    #[must_use]
    pub fn expose_secret(&self) -> &[u8] {
        &self.0
    }

    /// Length in bytes, at least 1.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a key is never empty")]
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

/// The value of each ASCII character, 0–31; [`NO_SYMBOL`] for all others.
const VALUES: [u8; 128] = {
    let mut values = [NO_SYMBOL; 128];
    let mut index = 0;
    while index < 32 {
        let symbol = ALPHABET[index as usize];
        values[symbol as usize] = index;
        values[symbol.to_ascii_lowercase() as usize] = index;
        index += 1;
    }
    values
};

const NO_SYMBOL: u8 = u8::MAX;

fn symbol_value(character: char) -> Option<u8> {
    let value = *VALUES.get(character as usize)?;
    (value != NO_SYMBOL).then_some(value)
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decoded(text: &str) -> Vec<u8> {
        Secret::from_base32(text).unwrap().expose_secret().to_vec()
    }

    #[test]
    fn rfc_4648_vectors_in_both_directions() {
        for (plain, encoded) in [
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(decoded(encoded), plain.as_bytes());
            let secret = Secret::from_bytes(plain.as_bytes().to_vec()).unwrap();
            assert_eq!(*secret.to_base32(), encoded);
        }
    }

    #[test]
    fn spaces_dashes_padding_and_case_do_not_matter() {
        assert_eq!(decoded(" mzxw-6ytb oi======\n"), b"foobar");
    }

    #[test]
    fn lengths_and_bits_that_the_rfc_forbids_lose_their_left_over_bits() {
        assert_eq!(decoded("AA"), [0]);
        for (text, canonical) in [
            ("AA", true),
            ("aa==", true),
            ("AB", false),
            ("JDJDBDBDDBDBBXBXB", false),
        ] {
            assert_eq!(
                Secret::from_base32(text).unwrap().is_canonical(text),
                canonical
            );
        }
        assert_eq!(decoded("JDJDBDBDDBDBBXBXB").len(), 10);
        assert_eq!(decoded("jcxjjxjxjcjxnnn").len(), 9);
        assert_eq!(Secret::from_base32("A"), Err(SecretError::Empty));
    }

    #[test]
    fn a_bad_character_is_named_with_its_place_but_the_key_is_not_shown() {
        let error = Secret::from_base32("JBSWY 1PXP").unwrap_err();
        let shown = error.to_string();
        assert!(shown.contains("character 7 is '1'"), "{shown}");
        assert!(!shown.contains("JBSWY"), "{shown}");
    }

    #[test]
    fn debug_shows_nothing() {
        let secret = Secret::from_base32("JBSWY3DPEHPK3PXP").unwrap();
        assert_eq!(format!("{secret:?}"), "Secret(..)");
    }

    #[test]
    fn bounds_hold() {
        assert!(Secret::from_bytes(vec![1; MAX_KEY_BYTES]).is_ok());
        assert_eq!(
            Secret::from_bytes(vec![1; MAX_KEY_BYTES + 1]),
            Err(SecretError::TooLong)
        );
        assert_eq!(
            Secret::from_base32(&"A".repeat(1 << 20)),
            Err(SecretError::TooLong)
        );
        for blank in ["", " ", "====", "- -"] {
            assert_eq!(Secret::from_base32(blank), Err(SecretError::Empty));
        }
    }

    proptest! {
        #[test]
        fn every_key_survives_base32(bytes in proptest::collection::vec(any::<u8>(), 1..200)) {
            let secret = Secret::from_bytes(bytes.clone()).unwrap();
            let again = Secret::from_base32(&secret.to_base32()).unwrap();
            prop_assert_eq!(again.expose_secret(), &bytes[..]);
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC*") {
            let _ = Secret::from_base32(&text);
        }
    }
}
