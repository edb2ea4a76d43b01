//! The parameters of an otpauth URI: each changes the code and is honoured or refused, or it does not
//! change the code. `parameters.md` lists them with who writes them; a test holds both together.

use std::str::FromStr;

use serde::Deserialize;
use zeroize::Zeroizing;

use super::encoding::only_hex;
use super::uri_text::{pairs, without_entities};
use super::{
    Credential, Digits, KeyEncoding, Kind, LONGEST_GROUP, ParamError, Secret, SecretError,
    UriError, is_evenly_spaced, parse_counter, percent_decode,
};

type Value = Option<Zeroizing<String>>;

/// What a parameter does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    Secret,
    Issuer,
    Algorithm,
    Digits,
    Period,
    Counter,
    Encoder,
    Encoding,
    Steam,
    Data,
    TwoStep,
    Pin,
    Clock,
    Type,
    /// Another word for the parameter that it names. Few programs read it, so it has to agree.
    Means(&'static str),
    /// It does not change the code.
    Ignored,
}

/// Every parameter that is known, in lower case.
const KNOWN: &[(&str, Rule)] = &[
    ("secret", Rule::Secret),
    ("issuer", Rule::Issuer),
    ("algorithm", Rule::Algorithm),
    ("algo", Rule::Algorithm),
    ("digits", Rule::Digits),
    ("period", Rule::Period),
    ("counter", Rule::Counter),
    ("encoder", Rule::Encoder),
    ("encoding", Rule::Encoding),
    ("steam", Rule::Steam),
    ("data", Rule::Data),
    ("2step_salt", Rule::TwoStep),
    ("2step_output", Rule::TwoStep),
    ("2step_difficulty", Rule::TwoStep),
    ("pin", Rule::Pin),
    ("pin_length", Rule::Pin),
    ("yandexpin", Rule::Pin),
    ("epoch", Rule::Clock),
    ("t0", Rule::Clock),
    ("offset", Rule::Clock),
    ("timecorrection", Rule::Clock),
    ("type", Rule::Type),
    ("format", Rule::Means("encoding")),
    ("digit", Rule::Means("digits")),
    ("length", Rule::Means("digits")),
    ("size", Rule::Means("digits")),
    ("interval", Rule::Means("period")),
    ("step", Rule::Means("period")),
    ("timestep", Rule::Means("period")),
    ("hash", Rule::Means("algorithm")),
    ("sha", Rule::Means("algorithm")),
    ("otphashmode", Rule::Means("algorithm")),
    ("codedisplay", Rule::Ignored),
    ("tags", Rule::Ignored),
    ("image", Rule::Ignored),
    ("icon", Rule::Ignored),
    ("color", Rule::Ignored),
    ("lock", Rule::Ignored),
    ("serial", Rule::Ignored),
    ("deviceid", Rule::Ignored),
    ("tasks", Rule::Ignored),
    ("creator", Rule::Ignored),
    ("touch", Rule::Ignored),
    ("charset", Rule::Ignored),
];

fn rule(name: &str) -> Option<(&'static str, Rule)> {
    let mut known = KNOWN.iter();
    let found = known.find(|(own, _)| own.eq_ignore_ascii_case(name));
    found.copied()
}

/// Whether some program writes a parameter of this name.
pub(super) fn is_known(name: &str) -> bool {
    rule(name).is_some()
}

/// The parameters of one URI, decoded. Without a value, a parameter is as good as absent: every app takes
/// the default for `digits=`.
#[derive(Default)]
pub(super) struct Parameters {
    secret: Value,
    pub(super) issuer: Value,
    algorithm: Value,
    digits: Value,
    period: Value,
    counter: Value,
    encoding: KeyEncoding,
    kind: Value,
    steam: bool,
    steam_key: Option<Secret>,
    means: Vec<(&'static str, &'static str, Zeroizing<String>)>,
}

/// The key of a URI, and whether its text was hexadecimal although nothing announces it.
pub(super) struct ReadKey {
    pub(super) secret: Secret,
    pub(super) is_hex: bool,
    /// Base32 with left-over bits.
    pub(super) has_left_over_bits: bool,
}

impl Parameters {
    pub(super) fn parse(query: &str) -> Result<Self, UriError> {
        let mut own = Self::default();
        let query = without_entities(query);
        for (name, value) in pairs(without_fragment(&query)?) {
            if let Some((name, rule)) = rule(name) {
                own.read(name, rule, percent_decode(value, rule != Rule::Secret))?;
            }
        }
        Ok(own)
    }

    fn read(
        &mut self,
        name: &'static str,
        rule: Rule,
        value: Zeroizing<String>,
    ) -> Result<(), UriError> {
        match rule {
            Rule::Secret if given(self.secret.as_ref()).is_some() => {
                return Err(UriError::DoubledSecret);
            }
            Rule::Secret => {
                return put(&mut self.secret, value).map_err(|()| UriError::DoubledSecret);
            }
            Rule::Issuer => {
                let _ = put(&mut self.issuer, value);
            }
            Rule::Algorithm => return put(&mut self.algorithm, value).map_err(|()| twice(name)),
            Rule::Digits => return put(&mut self.digits, value).map_err(|()| twice(name)),
            Rule::Period => return put(&mut self.period, value).map_err(|()| twice(name)),
            Rule::Counter => return put(&mut self.counter, value).map_err(|()| twice(name)),
            Rule::Type => return put(&mut self.kind, value).map_err(|()| twice(name)),
            Rule::Steam => self.steam = true,
            Rule::Encoder => self.steam |= is_steam_encoder(&value)?,
            Rule::Encoding if value.trim().is_empty() => {}
            Rule::Encoding => self.encoding = encoding(&value)?,
            Rule::Data => self.steam_key = steam_key(&value)?,
            Rule::TwoStep => return Err(UriError::TwoStep),
            Rule::Pin if needs_pin(&value) => return Err(UriError::Pin),
            Rule::Clock if !is_zero(&value) => return Err(UriError::Clock(name)),
            Rule::Means(known) => self.means.push((name, known, value)),
            Rule::Pin | Rule::Clock | Rule::Ignored => {}
        }
        Ok(())
    }

    /// The key. `WinAuth` writes that of a Steam account into `data`; its `secret` is another.
    pub(super) fn key(&self) -> Result<ReadKey, UriError> {
        let read = |secret, is_hex, has_left_over_bits| ReadKey {
            secret,
            is_hex,
            has_left_over_bits,
        };
        if let Some(secret) = &self.steam_key {
            return Ok(read(secret.clone(), false, false));
        }
        let text = self.secret.as_ref().ok_or(UriError::NoSecret)?;
        let text = before_words(text);
        // A URI has one key, but the line after it may have another.
        let longest = if text.contains('\n') {
            LONGEST_GROUP
        } else {
            usize::MAX
        };
        if self.encoding == KeyEncoding::Base32 && !is_evenly_spaced(text, longest) {
            return Err(SecretError::OddSpaces.into());
        }
        match self.encoding.read(text) {
            Ok(secret) => {
                let is_base32 = self.encoding == KeyEncoding::Base32;
                let left_over = is_base32 && !secret.is_canonical(text);
                Ok(read(secret, false, left_over))
            }
            Err(error) => {
                let hex = only_hex(text).filter(|_| self.encoding == KeyEncoding::Base32);
                Ok(read(hex.ok_or(error)?, true, false))
            }
        }
    }

    /// Everything but the key. `is_steam` says that the names show a Steam account.
    pub(super) fn credential(
        &self,
        kind: &str,
        is_steam: bool,
        secret: Secret,
    ) -> Result<Credential, UriError> {
        let algorithm = parameter(self.algorithm.as_ref())?;
        let kind = self.kind(kind, is_steam)?;
        let digits = match kind {
            Kind::Steam => Digits::STEAM,
            _ => parameter(self.digits.as_ref())?,
        };
        let credential = Credential {
            secret,
            algorithm,
            digits,
            kind,
        };
        self.check_other_words(&credential)?;
        Ok(credential)
    }

    fn kind(&self, kind: &str, is_steam: bool) -> Result<Kind, UriError> {
        let kind = percent_decode(kind, false).to_ascii_lowercase();
        let said = self
            .kind
            .as_deref()
            .map(|said| said.trim().to_ascii_lowercase());
        if said.is_some_and(|said| said != kind && TYPES.contains(&said.as_str())) {
            return Err(twice("type"));
        }
        match kind.as_str() {
            "steam" => Ok(Kind::Steam),
            "totp" if self.is_steam() || is_steam => Ok(Kind::Steam),
            "totp" => Ok(Kind::Totp {
                period: parameter(self.period.as_ref())?,
            }),
            "hotp" => {
                let counter = given(self.counter.as_ref()).ok_or(UriError::NoCounter)?;
                Ok(Kind::Hotp {
                    counter: parse_counter(counter)?,
                })
            }
            _ => Err(ParamError::Kind(kind.chars().take(24).collect()).into()),
        }
    }

    /// Whether it has the digits of a Steam code; `None` without digits.
    pub(super) fn has_steam_digits(&self) -> Option<bool> {
        given(self.digits.as_ref()).map(|digits| digits.trim() == "5")
    }

    /// Whether a parameter alone marks a Steam account.
    pub(super) fn is_steam(&self) -> bool {
        self.steam || self.steam_key.is_some()
    }

    /// Refuses `interval=60` without a period of 60: some program may have meant it, and most give other
    /// codes. A value that cannot be meant so, as in `size=200x200`, is none.
    fn check_other_words(&self, credential: &Credential) -> Result<(), UriError> {
        for (name, known, value) in &self.means {
            let value = value.trim();
            let period = credential.kind.period();
            let (name, known) = (*name, *known);
            let differs = match known {
                "digits" => credential.kind != Kind::Steam && differs(value, credential.digits),
                "period" => period.is_some_and(|period| differs(value, period)),
                "algorithm" => differs(value, credential.algorithm),
                _ => KeyEncoding::parse(value).is_some_and(|said| said != self.encoding),
            };
            if differs {
                return Err(UriError::OtherWord { name, known });
            }
        }
        Ok(())
    }
}

/// Types that programs know, in a `type` parameter too.
const TYPES: [&str; 6] = ["totp", "hotp", "steam", "motp", "yaotp", "yandex"];

fn differs<T: FromStr + PartialEq>(text: &str, own: T) -> bool {
    text.parse().is_ok_and(|said: T| said != own)
}

fn twice(name: &'static str) -> UriError {
    UriError::Conflict(name)
}

/// Keeps the first value that is not empty. Fails if another one differs.
fn put(place: &mut Value, value: Zeroizing<String>) -> Result<(), ()> {
    match place {
        Some(own) if !own.trim().is_empty() => {
            let is_same = value.trim().is_empty() || own.trim().eq_ignore_ascii_case(value.trim());
            is_same.then_some(()).ok_or(())
        }
        _ => {
            *place = Some(value);
            Ok(())
        }
    }
}

fn given(value: Option<&Zeroizing<String>>) -> Option<&str> {
    value
        .map(|value| value.as_str())
        .filter(|value| !value.trim().is_empty())
}

fn parameter<T>(value: Option<&Zeroizing<String>>) -> Result<T, ParamError>
where
    T: Default + FromStr<Err = ParamError>,
{
    given(value).map_or_else(|| Ok(T::default()), str::parse)
}

/// Reads `encoder`: `KeePassXC` and others write `steam`, `KeePassDX` also `S`; the rest means none.
fn is_steam_encoder(value: &str) -> Result<bool, UriError> {
    match value.trim().to_ascii_lowercase().as_str() {
        "steam" | "s" => Ok(true),
        "" | "default" | "totp" | "hotp" | "rfc6238" | "rfc4226" => Ok(false),
        other => Err(UriError::Encoder(other.chars().take(24).collect())),
    }
}

fn encoding(value: &str) -> Result<KeyEncoding, UriError> {
    let unknown = || UriError::Encoding(value.chars().take(24).collect());
    KeyEncoding::parse(value).ok_or_else(unknown)
}

/// Reads `data` of `WinAuth`: a Steam account has its key in there.
fn steam_key(value: &str) -> Result<Option<Secret>, UriError> {
    #[derive(Deserialize)]
    struct Data {
        shared_secret: Zeroizing<String>,
    }
    let Ok(data) = serde_json::from_str::<Data>(value) else {
        return Ok(None);
    };
    let secret = KeyEncoding::Base64.read(&data.shared_secret);
    secret.map(Some).map_err(|_| UriError::SteamData)
}

/// privacyIDEA's `pin=True` locks its app; Aegis' and Yandex's PIN is part of the code.
fn needs_pin(value: &str) -> bool {
    let value = value.trim().to_ascii_lowercase();
    !matches!(value.as_str(), "" | "true" | "false")
}

fn is_zero(value: &str) -> bool {
    value
        .trim()
        .chars()
        .all(|c| matches!(c, '0' | '.' | '-' | '+'))
}

/// Cuts off what follows a `#`, as URL parsers do. Services write names such as `C#` too: within a name,
/// only what looks like a fragment is cut.
fn without_fragment(query: &str) -> Result<&str, UriError> {
    let Some((before, after)) = query.split_once('#') else {
        return Ok(query);
    };
    let mut names = pairs(after).filter_map(|(name, _)| rule(name));
    let code = names.find(|(_, rule)| !matches!(rule, Rule::Issuer | Rule::Ignored));
    match code {
        // A URL parser finds no key at all, so only the other reading works.
        Some((_, Rule::Secret)) if !before.to_ascii_lowercase().contains("secret=") => Ok(query),
        Some((name, _)) => Err(UriError::Fragment(name)),
        None => {
            let last = pairs(before).last().and_then(|(name, _)| rule(name));
            let is_name = last.is_none_or(|(_, rule)| rule == Rule::Issuer);
            let mut letters = after.bytes();
            let is_word = letters.all(|b| b.is_ascii_alphanumeric() || b"-_/.".contains(&b));
            let is_fragment = !is_name || is_word && !after.is_empty();
            Ok(if is_fragment { before } else { query })
        }
    }
}

/// A key without the words after it, as in a note. Another key after it stays, and is refused.
fn before_words(text: &str) -> &str {
    /// A group of so many characters is a key, not a part of one.
    const KEY: usize = 16;
    let mut groups = text.split_whitespace();
    let first = groups.next().unwrap_or_default();
    let mut words = groups.peekable();
    let are_words = words.peek().is_some() && words.all(|word| word.len() < KEY);
    if first.len() >= KEY && are_words {
        first
    } else {
        text
    }
}

#[cfg(test)]
mod tests;
