//! Codes: HOTP (RFC 4226), TOTP (RFC 6238) and Steam Guard, at a counter or at a time.

use std::fmt;

use totp_rs::{Algorithm as Hash, Builder};

use super::{Algorithm, Credential, Kind};

const STEAM_ALPHABET: &[u8; 26] = b"23456789BCDFGHJKMNPQRTVWXY";

/// One code as typed: digits with leading zeros, or five Steam characters.
///
/// `Debug` hides it: a code is a credential until it expires.
#[derive(Clone, PartialEq, Eq)]
pub struct Code(String);

impl Code {
    /// The characters to type.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(..)")
    }
}

/// The current code and the next one. Times are Unix seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// The code valid from `valid_from` until `valid_until`.
    pub current: Code,
    /// The code valid from `valid_until` on.
    pub next: Code,
    /// Seconds until `next` replaces `current`: from 1 to the period.
    pub remaining: u64,
    /// First second of the current step (RFC 6238 section 4.2).
    pub valid_from: u64,
    /// First second of the next step.
    pub valid_until: u64,
}

impl Credential {
    /// The code for a counter: HOTP's own, or a TOTP time step (RFC 4226 section 5.3).
    #[must_use]
    pub fn code_at_counter(&self, counter: u64) -> Code {
        // totp-rs computes the HMAC. With a step of one second, its time is the counter itself.
        // Its truncation is not used: it panics at ten digits.
        let signer = Builder::new()
            .with_algorithm(match self.algorithm {
                Algorithm::Sha1 => Hash::SHA1,
                Algorithm::Sha256 => Hash::SHA256,
                Algorithm::Sha512 => Hash::SHA512,
            })
            .with_secret(self.secret.expose_secret())
            .with_step_duration(1)
            .build_noncompliant();
        let number = truncate(signer.sign(counter).as_ref());
        match self.kind {
            Kind::Steam => steam(number),
            Kind::Totp { .. } | Kind::Hotp { .. } => decimal(number, self.digits.get()),
        }
    }

    /// The codes around `time` (Unix seconds); `None` for HOTP.
    #[must_use]
    pub fn window(&self, time: u64) -> Option<Window> {
        let period = self.kind.period()?.get();
        let step = time / period;
        let valid_from = step * period;
        let valid_until = valid_from.saturating_add(period);
        Some(Window {
            current: self.code_at_counter(step),
            next: self.code_at_counter(step.saturating_add(1)),
            remaining: valid_until - time,
            valid_from,
            valid_until,
        })
    }
}

/// Dynamic truncation (RFC 4226 section 5.3): 31 bits of the HMAC, at the offset in its last nibble.
fn truncate(digest: &[u8]) -> u32 {
    let offset = usize::from(digest.last().copied().unwrap_or(0) & 0xf);
    let bytes = digest.get(offset..offset + 4);
    let word = bytes
        .and_then(|b| b.try_into().ok())
        .map_or(0, u32::from_be_bytes);
    word & 0x7fff_ffff
}

fn decimal(number: u32, digits: u8) -> Code {
    let modulus = 10_u64.pow(u32::from(digits));
    Code(format!(
        "{:0width$}",
        u64::from(number) % modulus,
        width = usize::from(digits)
    ))
}

fn steam(mut number: u32) -> Code {
    let code = (0..5)
        .map(|_| {
            let symbol = STEAM_ALPHABET[(number % 26) as usize];
            number /= 26;
            char::from(symbol)
        })
        .collect();
    Code(code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otp::{Digits, Period, Secret};

    fn credential(key: &[u8], algorithm: Algorithm, digits: u64, kind: Kind) -> Credential {
        Credential {
            secret: Secret::from_bytes(key.to_vec()).unwrap(),
            algorithm,
            digits: Digits::new(digits).unwrap(),
            kind,
        }
    }

    const TOTP: Kind = Kind::Totp {
        period: Period::THIRTY,
    };

    #[test]
    fn rfc_4226_appendix_d() {
        let account = credential(
            b"12345678901234567890",
            Algorithm::Sha1,
            6,
            Kind::Hotp { counter: 0 },
        );
        let expected = [
            "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583",
            "399871", "520489",
        ];
        for (counter, code) in (0..).zip(expected) {
            assert_eq!(account.code_at_counter(counter).as_str(), code);
        }
        assert_eq!(account.window(0), None);
    }

    #[test]
    fn rfc_6238_appendix_b() {
        let seed = b"1234567890".repeat(7);
        let table: [(u64, [&str; 3]); 6] = [
            (59, ["94287082", "46119246", "90693936"]),
            (1_111_111_109, ["07081804", "68084774", "25091201"]),
            (1_111_111_111, ["14050471", "67062674", "99943326"]),
            (1_234_567_890, ["89005924", "91819424", "93441116"]),
            (2_000_000_000, ["69279037", "90698825", "38618901"]),
            (20_000_000_000, ["65353130", "77737706", "47863826"]),
        ];
        let hashes = [
            (Algorithm::Sha1, 20),
            (Algorithm::Sha256, 32),
            (Algorithm::Sha512, 64),
        ];
        for (time, codes) in table {
            for ((algorithm, length), code) in hashes.into_iter().zip(codes) {
                let account = credential(&seed[..length], algorithm, 8, TOTP);
                assert_eq!(account.window(time).unwrap().current.as_str(), code);
            }
        }
    }

    #[test]
    fn steam_vectors_of_keepassxc() {
        let secret = Secret::from_base32("63BEDWCQZKTQWPESARIERL5DTTQFCJTK").unwrap();
        let account = credential(secret.expose_secret(), Algorithm::Sha1, 5, Kind::Steam);
        assert_eq!(
            account.window(1_511_200_518).unwrap().current.as_str(),
            "FR8RV"
        );
        assert_eq!(
            account.window(1_511_200_714).unwrap().current.as_str(),
            "9P3VP"
        );
    }

    #[test]
    fn one_to_ten_digits_are_the_same_number_cut_shorter() {
        let key = b"12345678901234567890";
        let long = credential(key, Algorithm::Sha1, 10, TOTP).code_at_counter(1);
        assert_eq!(long.as_str(), "1094287082");
        for digits in 1..10_u8 {
            let code = credential(key, Algorithm::Sha1, u64::from(digits), TOTP).code_at_counter(1);
            assert_eq!(code.as_str(), &long.as_str()[10 - usize::from(digits)..]);
        }
    }

    #[test]
    fn a_window_joins_the_next_one() {
        let account = credential(b"key", Algorithm::Sha1, 6, TOTP);
        let now = account.window(89).unwrap();
        assert_eq!(
            (now.valid_from, now.valid_until, now.remaining),
            (60, 90, 1)
        );
        let later = account.window(90).unwrap();
        assert_eq!((later.valid_from, later.remaining), (90, 30));
        assert_eq!(now.next, later.current);
    }

    #[test]
    fn the_end_of_time_does_not_overflow() {
        for period in [1, 30, u64::MAX] {
            let kind = Kind::Totp {
                period: Period::new(period).unwrap(),
            };
            let window = credential(b"key", Algorithm::Sha1, 6, kind).window(u64::MAX);
            assert_eq!(window.unwrap().valid_until, u64::MAX);
        }
    }
}
