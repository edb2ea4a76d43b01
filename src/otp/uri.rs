//! `otpauth://` URIs, read as real services write them.
//!
//! Sources: Google's "Key Uri Format", the drafts draft-linuxgemini-otpauth-uri and
//! draft-andesco-otpauth-uri, AWS's `VirtualMFADevice` API page, and the exports of other programs.
//! No URL library is used: they lower-case hosts (`steam://KEY`) and cut labels at a raw `#`.

use thiserror::Error;
use zeroize::Zeroizing;

use super::{
    ADVISED_KEY_BYTES, Algorithm, Credential, Digits, Draft, Kind, MAX_LABEL_BYTES, ParamError,
    Period, Secret, SecretError, parse_counter,
};

/// The longest URI that is read, in bytes. Real ones have 60 to 400.
pub(crate) const MAX_URI_BYTES: usize = 64 * 1024;

/// Why a text is not a usable account. No message quotes a key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum UriError {
    /// Neither `otpauth://` nor `steam://`.
    #[error("this is not an otpauth:// URI")]
    NotOtpauth,
    /// Another scheme that carries one-time passwords, such as `motp`.
    #[error("'{0}' accounts are not supported")]
    Scheme(String),
    /// The `secret` parameter is missing.
    #[error("the URI has no secret")]
    NoSecret,
    /// Two `secret` parameters; using one would silently drop the other.
    #[error("the URI has more than one secret")]
    DoubledSecret,
    /// HOTP without a counter, which says which code is next.
    #[error("an HOTP URI needs a counter")]
    NoCounter,
    /// Longer than 64 KiB.
    #[error("the URI is longer than {MAX_URI_BYTES} bytes")]
    TooLong,
    /// A label or issuer over 1024 bytes.
    #[error("the name is longer than {MAX_LABEL_BYTES} bytes")]
    LabelTooLong,
    /// The `secret` parameter is not a key.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// A wrong type, algorithm, number of digits, period or counter.
    #[error(transparent)]
    Param(#[from] ParamError),
}

/// Something unusual about an account that still works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// The key is shorter than the 128 bits that RFC 4226 asks for.
    ShortKey {
        /// The key's length in bits.
        bits: usize,
    },
    /// The base32 text had left-over bits; they were dropped, as phone apps do.
    LeftOverBits,
    /// Not the 6 to 8 digits of RFC 4226.
    UnusualDigits(u8),
    /// The issuer in the label differs from the `issuer` parameter, which is used.
    IssuersDiffer {
        /// The issuer in the label.
        label: String,
        /// The value of the `issuer` parameter.
        parameter: String,
    },
}

/// The account in a URI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    /// The account, not yet in a vault.
    pub draft: Draft,
    /// What is unusual about the account, for people to read.
    pub notes: Vec<Note>,
}

/// Reads one URI. White space and a byte order mark around it are ignored.
///
/// # Errors
/// When the URI is malformed, or a parameter is missing or wrong. The message never quotes a key.
pub fn parse(text: &str) -> Result<Parsed, UriError> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    if text.len() > MAX_URI_BYTES {
        return Err(UriError::TooLong);
    }
    let (scheme, rest) = text.split_once("://").ok_or(UriError::NotOtpauth)?;
    match scheme.to_ascii_lowercase().as_str() {
        "otpauth" => parse_otpauth(rest),
        "steam" => parse_steam(rest),
        other @ ("motp" | "yaotp") => Err(UriError::Scheme(other.to_owned())),
        _ => Err(UriError::NotOtpauth),
    }
}

/// Bitwarden's and Proton's `steam://KEY`: the host is the key, and there is no name.
fn parse_steam(rest: &str) -> Result<Parsed, UriError> {
    let key = rest.trim_end_matches('/');
    let secret = Secret::from_base32(key)?;
    let notes = key_notes(&secret, key);
    let credential = Credential {
        secret,
        algorithm: Algorithm::Sha1,
        digits: Digits::STEAM,
        kind: Kind::Steam,
    };
    let draft = Draft {
        issuer: String::new(),
        name: String::new(),
        credential,
    };
    Ok(Parsed { draft, notes })
}

fn parse_otpauth(rest: &str) -> Result<Parsed, UriError> {
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (kind, label) = path.split_once('/').unwrap_or((path, ""));
    let query = Query::parse(query)?;
    let (prefix, name) = split_label(&percent_decode(label, false));
    let parameter = query
        .issuer
        .as_deref()
        .map(String::as_str)
        .unwrap_or_default();
    let issuer = if parameter.is_empty() {
        prefix.as_str()
    } else {
        parameter
    };
    if issuer.len() > MAX_LABEL_BYTES || name.len() > MAX_LABEL_BYTES {
        return Err(UriError::LabelTooLong);
    }
    let credential = query.credential(kind, issuer)?;
    let key_text = query.secret.as_ref().map_or("", |s| s.as_str());
    let mut notes = key_notes(&credential.secret, key_text);
    if !matches!(credential.kind, Kind::Steam) && !credential.digits.is_usual() {
        notes.push(Note::UnusualDigits(credential.digits.get()));
    }
    if !prefix.is_empty() && prefix != issuer {
        // The label of a damaged URI may contain the key.
        let key = credential.secret.to_base32();
        let holds_key = prefix.to_ascii_uppercase().contains(key.as_str());
        notes.push(Note::IssuersDiffer {
            label: if holds_key {
                "…".to_owned()
            } else {
                prefix.clone()
            },
            parameter: issuer.to_owned(),
        });
    }
    Ok(Parsed {
        draft: Draft {
            issuer: issuer.to_owned(),
            name,
            credential,
        },
        notes,
    })
}

/// What is unusual about a key that was read from `text`.
fn key_notes(secret: &Secret, text: &str) -> Vec<Note> {
    let mut notes = Vec::new();
    if secret.len() < ADVISED_KEY_BYTES {
        notes.push(Note::ShortKey {
            bits: secret.len() * 8,
        });
    }
    if !secret.is_canonical(text) {
        notes.push(Note::LeftOverBits);
    }
    notes
}

impl Parsed {
    /// Makes an account from a bare key: TOTP, SHA-1, 6 digits, 30 s, no name.
    ///
    /// # Errors
    /// [`UriError::Secret`] if `key` is not base32, empty or too long.
    pub(crate) fn from_key(key: &str) -> Result<Self, UriError> {
        let secret = Secret::from_base32(key)?;
        let notes = key_notes(&secret, key);
        let credential = Credential {
            secret,
            algorithm: Algorithm::Sha1,
            digits: Digits::SIX,
            kind: Kind::Totp {
                period: Period::THIRTY,
            },
        };
        let draft = Draft {
            issuer: String::new(),
            name: String::new(),
            credential,
        };
        Ok(Self { draft, notes })
    }
}

/// Splits `Issuer: name` at the first colon. Both parts may be empty. This rule serves labels of URIs and
/// names that a person types.
pub(crate) fn split_label(label: &str) -> (String, String) {
    match label.split_once(':') {
        Some((prefix, name)) => (prefix.trim().to_owned(), name.trim_start().to_owned()),
        None => (String::new(), label.trim_start().to_owned()),
    }
}

type Value = Option<Zeroizing<String>>;

/// The known parameters, decoded. The first of each name counts; others are ignored.
#[derive(Default)]
struct Query {
    secret: Value,
    issuer: Value,
    algorithm: Value,
    digits: Value,
    period: Value,
    counter: Value,
    steam: bool,
}

impl Query {
    fn parse(text: &str) -> Result<Self, UriError> {
        let mut query = Self::default();
        // In a URI copied from HTML, `&` is `&amp;`.
        let text = Zeroizing::new(text.replace("&amp;", "&"));
        for pair in text.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = name.to_ascii_lowercase();
            let value = percent_decode(value, name != "secret");
            let place = match name.as_str() {
                "secret" if query.secret.is_some() => return Err(UriError::DoubledSecret),
                "secret" => &mut query.secret,
                "issuer" => &mut query.issuer,
                "algorithm" => &mut query.algorithm,
                "digits" => &mut query.digits,
                "period" => &mut query.period,
                "counter" => &mut query.counter,
                "steam" => {
                    query.steam = true;
                    continue;
                }
                "encoder" => {
                    query.steam |= value.eq_ignore_ascii_case("steam");
                    continue;
                }
                _ => continue,
            };
            place.get_or_insert(value);
        }
        Ok(query)
    }

    fn credential(&self, kind: &str, issuer: &str) -> Result<Credential, UriError> {
        let key = self.secret.as_ref().ok_or(UriError::NoSecret)?;
        let secret = Secret::from_base32(key)?;
        let algorithm = parameter(self.algorithm.as_ref())?;
        let kind = self.kind(kind, issuer)?;
        let digits = match kind {
            Kind::Steam => Digits::STEAM,
            _ => parameter(self.digits.as_ref())?,
        };
        Ok(Credential {
            secret,
            algorithm,
            digits,
            kind,
        })
    }

    fn kind(&self, kind: &str, issuer: &str) -> Result<Kind, UriError> {
        let kind = percent_decode(kind, false).to_ascii_lowercase();
        match kind.as_str() {
            "steam" => Ok(Kind::Steam),
            "totp" if self.steam || self.is_issued_by_steam(issuer) => Ok(Kind::Steam),
            "totp" => Ok(Kind::Totp {
                period: parameter(self.period.as_ref())?,
            }),
            "hotp" => {
                let counter = self.counter.as_ref().ok_or(UriError::NoCounter)?;
                Ok(Kind::Hotp {
                    counter: parse_counter(counter)?,
                })
            }
            _ => Err(ParamError::Kind(kind.chars().take(24).collect()).into()),
        }
    }

    /// `WinAuth` and Stratum write Steam accounts as `totp`; only the issuer marks them.
    fn is_issued_by_steam(&self, issuer: &str) -> bool {
        let digits = self.digits.as_ref().map(|d| d.as_str());
        issuer.eq_ignore_ascii_case("steam") && matches!(digits, None | Some("5"))
    }
}

fn parameter<T>(value: Option<&Zeroizing<String>>) -> Result<T, ParamError>
where
    T: Default + std::str::FromStr<Err = ParamError>,
{
    value.map_or_else(|| Ok(T::default()), |text| text.parse())
}

/// Undoes `%XX` (RFC 3986 section 2.1), and if asked, `+` for a space. A `%` without two hex digits
/// stays as it is. Bytes that are not UTF-8 become U+FFFD: such labels exist, and their keys work.
pub(crate) fn percent_decode(text: &str, plus_is_space: bool) -> Zeroizing<String> {
    // Never longer than the text, so it never moves and leaves a copy behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    for (index, piece) in text.split('+').enumerate() {
        if index > 0 {
            bytes.push(if plus_is_space { b' ' } else { b'+' });
        }
        bytes.extend(percent_encoding::percent_decode_str(piece));
    }
    Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn draft(uri: &str) -> Draft {
        parse(uri).unwrap().draft
    }

    fn labels(uri: &str) -> (String, String) {
        let draft = draft(uri);
        (draft.issuer, draft.name)
    }

    fn pair(issuer: &str, name: &str) -> (String, String) {
        (issuer.to_owned(), name.to_owned())
    }

    #[test]
    fn labels_are_read_as_issuers_write_them() {
        for (label, expected) in [
            (
                "Example:alice@google.com?",
                pair("Example", "alice@google.com"),
            ),
            ("ACME%20Co%3A%20john?", pair("ACME Co", "john")),
            ("alice?issuer=GitHub&", pair("GitHub", "alice")),
            (
                "Shown:alice?issuer=example.com&",
                pair("example.com", "alice"),
            ),
            (":alice?", pair("", "alice")),
            ("?issuer=X&", pair("X", "")),
            ("a:b:443?issuer=a&", pair("a", "b:443")),
            ("me+tag@x?", pair("", "me+tag@x")),
            ("C#:d#e?", pair("C#", "d#e")),
            ("%2Fe%2F:ü 你?", pair("/e/", "ü 你")),
            ("100%:x%zz?", pair("100%", "x%zz")),
            (
                "Air%20Canada:Ben?issuer=Air+Canada&",
                pair("Air Canada", "Ben"),
            ),
        ] {
            let uri = format!("otpauth://totp/{label}secret=JBSWY3DPEHPK3PXP");
            assert_eq!(labels(&uri), expected, "{uri}");
        }
    }

    #[test]
    fn parameters_come_in_any_case_order_and_dress() {
        let uri = "\u{feff} OTPAUTH://TOTP/x?DIGITS=8&amp;Period=60&image=%2F&algorithm=HMAC-SHA-256&SECRET=jbsw-y3dp%20ehpk 3pxp==\r\n";
        let credential = draft(uri).credential;
        assert_eq!(credential.digits.get(), 8);
        assert_eq!(
            credential.kind,
            Kind::Totp {
                period: Period::new(60).unwrap()
            }
        );
        assert_eq!(credential.algorithm, Algorithm::Sha256);
        assert_eq!(*credential.secret.to_base32(), "JBSWY3DPEHPK3PXP");
    }

    #[test]
    fn steam_comes_in_five_dresses() {
        for uri in [
            "otpauth://steam/Steam:me?secret=AAAAAAAA",
            "otpauth://totp/Maybe:me?secret=AAAAAAAA&digits=6&encoder=steam",
            "otpauth://totp/Any:me?secret=AAAAAAAA&steam",
            "otpauth://totp/Steam:me?secret=AAAAAAAA&issuer=Steam",
            "steam://AAAAAAAA",
        ] {
            let credential = draft(uri).credential;
            assert_eq!(
                (credential.kind, credential.digits.get()),
                (Kind::Steam, 5),
                "{uri}"
            );
        }
        assert_eq!(
            draft("otpauth://totp/Steam:me?secret=AAAAAAAA&digits=6")
                .credential
                .kind
                .as_str(),
            "totp"
        );
    }

    #[test]
    fn what_cannot_work_is_refused() {
        let with = |query: &str| parse(&format!("otpauth://{query}")).unwrap_err();
        assert_eq!(with("totp/x"), UriError::NoSecret);
        assert_eq!(with("totp/x?secret="), UriError::Secret(SecretError::Empty));
        assert_eq!(
            with("totp/x?secret=AAAAAAAA&secret=BBBBBBBB"),
            UriError::DoubledSecret
        );
        assert_eq!(with("hotp/x?secret=AAAAAAAA"), UriError::NoCounter);
        for query in [
            "test/x?secret=AAAAAAAA",
            "totp/x?secret=AAAAAAAA&digits=11",
            "totp/x?secret=AAAAAAAA&digits=",
            "totp/x?secret=AAAAAAAA&period=0",
            "totp/x?secret=AAAAAAAA&algorithm=SHA384",
            "hotp/x?secret=AAAAAAAA&counter=18446744073709551616",
        ] {
            assert!(matches!(with(query), UriError::Param(_)), "{query}");
        }
        assert_eq!(parse("https://example.com"), Err(UriError::NotOtpauth));
        assert_eq!(parse("JBSWY3DPEHPK3PXP"), Err(UriError::NotOtpauth));
        assert_eq!(
            parse("motp://x:y?secret=30ed"),
            Err(UriError::Scheme("motp".to_owned()))
        );
        assert_eq!(
            parse(&"otpauth://totp/".repeat(9999)),
            Err(UriError::TooLong)
        );
    }

    #[test]
    fn unusual_things_are_noted() {
        let notes = parse("otpauth://totp/A:x?secret=JBSWY3DPEHPK3PXQR&issuer=B&digits=9")
            .unwrap()
            .notes;
        assert_eq!(
            notes,
            [
                Note::ShortKey { bits: 80 },
                Note::LeftOverBits,
                Note::UnusualDigits(9),
                Note::IssuersDiffer {
                    label: "A".to_owned(),
                    parameter: "B".to_owned()
                },
            ]
        );
    }

    #[test]
    fn a_key_that_stands_in_the_label_too_is_not_quoted() {
        let key = "GEZDGNBVGY3TQOJQGEZDQOJQ";
        let uri = format!("otpauth://totp/A%3ft={key}&issuer=A:x?secret={key}&issuer=B");
        let notes = parse(&uri).unwrap().notes;
        assert!(!format!("{notes:?}").contains(key), "{notes:?}");
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC*") {
            let _ = parse(&text);
            let _ = parse(&format!("otpauth://{text}"));
            let _ = parse(&format!("otpauth://totp/{text}?secret=AAAAAAAA&{text}"));
        }
    }
}
