//! The parameters of a one-time password, each parsed once into a type that is always valid.

use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;

use thiserror::Error;

/// The hash used in the HMAC (RFC 6238 section 1.2). SHA-1 is the default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Algorithm {
    /// HMAC-SHA-1: defined by RFC 4226 and used by nearly all services.
    #[default]
    Sha1,
    /// HMAC-SHA-256 (RFC 6238 section 1.2).
    Sha256,
    /// HMAC-SHA-512 (RFC 6238 section 1.2).
    Sha512,
}

/// Why a parameter was refused. The messages quote only the parameter, never a key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ParamError {
    /// Neither SHA-1, SHA-256 nor SHA-512.
    #[error("unknown algorithm '{}': use SHA1, SHA256 or SHA512", .0.escape_default())]
    Algorithm(String),
    /// Not a number from 1 to 10.
    #[error("digits must be a number from 1 to 10, not '{}'", .0.escape_default())]
    Digits(String),
    /// Not a number of seconds from 1.
    #[error("the period must be 1 second or more, not '{}'", .0.escape_default())]
    Period(String),
    /// Not a number, or above 64 bits.
    #[error("the counter must be a whole number, not '{}'", .0.escape_default())]
    Counter(String),
    /// A type other than totp, hotp and steam.
    #[error("type '{}' is not supported: use totp, hotp or steam", .0.escape_default())]
    Kind(String),
}

impl Algorithm {
    const ALL: [Self; 3] = [Self::Sha1, Self::Sha256, Self::Sha512];

    /// The name used by URIs, vaults and other programs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
            Self::Sha512 => "SHA512",
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Algorithm {
    type Err = ParamError;

    /// Accepts any case, and the spellings of real files: `sha256`, `HmacSHA1`, `HMAC-SHA-256`
    /// (`KeePass` 2), `Algorithm.sha256` (old Ente).
    fn from_str(text: &str) -> Result<Self, ParamError> {
        if let Some(exact) = Self::ALL.into_iter().find(|hash| hash.as_str() == text) {
            return Ok(exact);
        }
        let plain: String = text
            .chars()
            .filter(|c| !matches!(c, '-' | '_' | ' '))
            .collect::<String>()
            .to_ascii_uppercase();
        let plain = plain.strip_prefix("ALGORITHM.").unwrap_or(&plain);
        match plain.strip_prefix("HMAC").unwrap_or(plain) {
            "SHA1" => Ok(Self::Sha1),
            "SHA256" => Ok(Self::Sha256),
            "SHA512" => Ok(Self::Sha512),
            _ => Err(ParamError::Algorithm(shortened(text))),
        }
    }
}

/// How many characters a code has: 1 to 10. RFC 4226 section 5.3 allows 6 to 8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digits(u8);

impl Digits {
    /// Used by nearly all services.
    pub const SIX: Self = Self(6);
    /// The length of a Steam code.
    pub const STEAM: Self = Self(5);

    /// Checks a number of digits.
    ///
    /// # Errors
    /// [`ParamError::Digits`] unless `digits` is 1 to 10.
    pub fn new(digits: u64) -> Result<Self, ParamError> {
        match u8::try_from(digits) {
            Ok(n @ 1..=10) => Ok(Self(n)),
            _ => Err(ParamError::Digits(digits.to_string())),
        }
    }

    /// The number of characters, 1 to 10.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }

    /// Whether RFC 4226 section 5.3 allows this length: 6 to 8.
    #[must_use]
    pub(crate) const fn is_usual(self) -> bool {
        matches!(self.0, 6..=8)
    }
}

impl Default for Digits {
    fn default() -> Self {
        Self::SIX
    }
}

impl FromStr for Digits {
    type Err = ParamError;

    fn from_str(text: &str) -> Result<Self, ParamError> {
        decimal(text)
            .and_then(|n| Self::new(n).ok())
            .ok_or_else(|| ParamError::Digits(shortened(text)))
    }
}

/// The length of a time step in seconds, at least 1. RFC 6238 calls it X; its default is 30.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period(NonZeroU64);

impl Period {
    /// The default of RFC 6238 section 4.1, and the step of Steam.
    pub const THIRTY: Self = match NonZeroU64::new(30) {
        Some(seconds) => Self(seconds),
        None => unreachable!(),
    };

    /// Checks a number of seconds.
    ///
    /// # Errors
    /// [`ParamError::Period`] if `seconds` is 0.
    pub fn new(seconds: u64) -> Result<Self, ParamError> {
        NonZeroU64::new(seconds)
            .map(Self)
            .ok_or_else(|| ParamError::Period(seconds.to_string()))
    }

    /// The length in seconds, at least 1.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0.get()
    }
}

impl Default for Period {
    fn default() -> Self {
        Self::THIRTY
    }
}

impl FromStr for Period {
    type Err = ParamError;

    fn from_str(text: &str) -> Result<Self, ParamError> {
        decimal(text)
            .and_then(|n| Self::new(n).ok())
            .ok_or_else(|| ParamError::Period(shortened(text)))
    }
}

/// What advances a code to the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// TOTP (RFC 6238): the clock.
    Totp {
        /// The length of a time step.
        period: Period,
    },
    /// HOTP (RFC 4226): a counter.
    Hotp {
        /// The counter of the next code, not of the last one.
        counter: u64,
    },
    /// Steam Guard: the clock, 30 s, five characters of its own alphabet.
    Steam,
}

impl Kind {
    /// The name used by URIs and vaults.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Totp { .. } => "totp",
            Self::Hotp { .. } => "hotp",
            Self::Steam => "steam",
        }
    }

    /// The length of a time step; `None` for HOTP.
    #[must_use]
    pub const fn period(self) -> Option<Period> {
        match self {
            Self::Totp { period } => Some(period),
            Self::Hotp { .. } => None,
            Self::Steam => Some(Period::THIRTY),
        }
    }

    /// The counter of the next HOTP code; `None` for the other kinds.
    #[must_use]
    pub const fn counter(self) -> Option<u64> {
        match self {
            Self::Hotp { counter } => Some(counter),
            _ => None,
        }
    }

    /// Raises an HOTP counter to `least` if it is lower. Returns whether it was.
    pub(crate) fn raise_counter(&mut self, least: Option<u64>) -> bool {
        match (self, least) {
            (Self::Hotp { counter }, Some(least)) if *counter < least => {
                *counter = least;
                true
            }
            _ => false,
        }
    }
}

pub(crate) fn parse_counter(text: &str) -> Result<u64, ParamError> {
    decimal(text).ok_or_else(|| ParamError::Counter(shortened(text)))
}

/// ASCII digits only: no sign, no white space inside, at most 64 bits.
fn decimal(text: &str) -> Option<u64> {
    let text = text.trim();
    text.bytes().all(|b| b.is_ascii_digit()).then_some(())?;
    text.parse().ok()
}

/// Enough of a wrong value to recognise it in an error.
fn shortened(text: &str) -> String {
    text.chars().take(24).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn algorithms_are_known_in_every_dress() {
        for (text, algorithm) in [
            ("SHA1", Algorithm::Sha1),
            ("sha256", Algorithm::Sha256),
            ("HmacSHA512", Algorithm::Sha512),
            ("HMAC-SHA-256", Algorithm::Sha256),
            ("Algorithm.sha1", Algorithm::Sha1),
        ] {
            assert_eq!(text.parse(), Ok(algorithm));
        }
        for bad in ["SHA384", "MD5", "", "GOST", "SHA"] {
            assert!(bad.parse::<Algorithm>().is_err(), "{bad}");
        }
    }

    #[test]
    fn digits_are_one_to_ten() {
        for good in 1..=10_u8 {
            assert_eq!(Digits::new(u64::from(good)).map(Digits::get), Ok(good));
        }
        for bad in ["0", "11", "256", "262", "-6", "+6", "six", "", "6.0"] {
            assert!(bad.parse::<Digits>().is_err(), "{bad}");
        }
    }

    #[test]
    fn periods_are_one_or_more() {
        assert_eq!(
            "18446744073709551615".parse::<Period>().map(Period::get),
            Ok(u64::MAX)
        );
        for bad in ["0", "a", "", "-30", "18446744073709551616"] {
            assert!(bad.parse::<Period>().is_err(), "{bad}");
        }
    }
}
