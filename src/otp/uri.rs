//! `otpauth://` URIs, read as real services write them.
//!
//! Sources: Google's "Key Uri Format", the drafts draft-linuxgemini-otpauth-uri and
//! draft-andesco-otpauth-uri, AWS's `VirtualMFADevice` API page, and the exports of other programs.
//! No URL library is used: they lower-case hosts (`steam://KEY`) and cut labels at a raw `#`.

use thiserror::Error;
use zeroize::Zeroizing;

use super::naming::{Label, Named, Said, decide};
use super::parameters::{Parameters, ReadKey};
use super::uri_text::{scheme, split_query, unwrapped};
use super::{
    ADVISED_KEY_BYTES, Algorithm, Credential, Digits, Draft, Kind, MAX_LABEL_BYTES, ParamError,
    Period, Secret, SecretError,
};

/// The longest URI that is read, in bytes. Real ones have 60 to 400.
pub(crate) const MAX_URI_BYTES: usize = 64 * 1024;

/// Why a text is not a usable account. No message quotes a key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum UriError {
    /// Neither `otpauth://` nor `steam://`.
    #[error("this is not an otpauth:// URI")]
    NotOtpauth,
    /// Another scheme that carries one-time passwords or push accounts, such as `motp`.
    #[error("'{0}' accounts are not supported{advice}", advice = advice(.0))]
    Scheme(String),
    /// The `secret` parameter is missing.
    #[error("the URI has no secret")]
    NoSecret,
    /// Two `secret` parameters; using one would silently drop the other.
    #[error("the URI has more than one secret")]
    DoubledSecret,
    /// Another parameter is there twice, with different values: programs take one or the other.
    #[error("the URI gives '{0}' twice, and they differ")]
    Conflict(&'static str),
    /// HOTP without a counter, which says which code is next.
    #[error("an HOTP URI needs a counter")]
    NoCounter,
    /// privacyIDEA's two-step enrolment: the URI has the server's half of the key, and its own app makes
    /// the other (`2step_salt`, `2step_output`, `2step_difficulty`).
    #[error(
        "this is a two-step enrolment: it has only the server's half of the key; ask for a token \
         without two steps"
    )]
    TwoStep,
    /// `pin` of mOTP and Yandex (Aegis, Stratum, `KeePassOTP`): the code is computed from it too.
    #[error("its codes need a PIN, which is not supported")]
    Pin,
    /// A time that does not start at 1970, as `epoch` of OTPHP; RFC 6238 calls it T0.
    #[error("'{0}' shifts the time of its codes, which is not supported")]
    Clock(&'static str),
    /// An `encoder` other than `steam` (`KeePassXC`), such as `yandex` (`KeePassOTP`).
    #[error("the encoder '{}' is not supported", .0.escape_default())]
    Encoder(String),
    /// An `encoding` of the key that is not known (`KeePassOTP`, `KeeOtp2`).
    #[error("the key's encoding '{}' is not supported", .0.escape_default())]
    Encoding(String),
    /// A word such as `interval`, which is not `period`: most programs do not read it.
    #[error("most programs do not read '{name}': write '{known}' if it counts, or remove it")]
    OtherWord {
        /// The parameter in the URI.
        name: &'static str,
        /// The parameter that it seems to mean.
        known: &'static str,
    },
    /// A `#` before a parameter of the code: for some programs the URI ends there.
    #[error("a '#' stands before '{0}': write %23 if it is part of a name")]
    Fragment(&'static str),
    /// `data` of `WinAuth` is a Steam account without a key.
    #[error("its shared_secret is not base64")]
    SteamData,
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

/// Schemes of accounts that no other program can take, and what to choose at the site in their place.
const OTHER_SCHEMES: [(&str, &str); 7] = [
    ("motp", ""),
    ("yaotp", ""),
    (
        "phonefactor",
        ": at the site, choose another app than Microsoft's",
    ),
    (
        "ms-msa",
        ": at the site, choose another app than Microsoft's",
    ),
    ("oktaverify", ": at the site, choose Google Authenticator"),
    (
        "duo",
        ": ask for a hardware token or a passcode in its place",
    ),
    ("otpauth-migration", ": this part of the export is damaged"),
];

fn advice(scheme: &str) -> &'static str {
    let mut known = OTHER_SCHEMES.iter();
    known
        .find(|(own, _)| *own == scheme)
        .map_or("", |(_, advice)| advice)
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
    /// The key's text is hexadecimal and cannot be base32, as in lists of the browser extension.
    HexKey,
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

/// Reads one URI. White space, a byte order mark, quotes and brackets around it are ignored, and line
/// breaks within it. `apple-otpauth` (iCloud Keychain) is read like `otpauth`.
///
/// # Errors
/// When the URI is malformed, or a parameter is missing or wrong, or changes the code in a way that is
/// not supported. The message never quotes a key.
pub fn parse(text: &str) -> Result<Parsed, UriError> {
    if text.len() > MAX_URI_BYTES {
        return Err(UriError::TooLong);
    }
    let text = unwrapped(text);
    let (scheme, rest) = scheme(&text).ok_or(UriError::NotOtpauth)?;
    match scheme.as_str() {
        "otpauth" => parse_otpauth(rest),
        "steam" => parse_steam(rest),
        other if OTHER_SCHEMES.iter().any(|(own, _)| *own == other) => {
            Err(UriError::Scheme(scheme))
        }
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
    let (path, query) = split_query(rest);
    let (kind, label) = path.split_once('/').unwrap_or((path, ""));
    let query = Parameters::parse(query)?;
    let (mut named, is_steam) = names(kind, label, &query);
    if named.issuer.len().max(named.name.len()) > MAX_LABEL_BYTES {
        return Err(UriError::LabelTooLong);
    }
    let key = query.key()?;
    let mut notes = read_key_notes(&key);
    let credential = query.credential(kind, is_steam, key.secret)?;
    if !matches!(credential.kind, Kind::Steam) && !credential.digits.is_usual() {
        notes.push(Note::UnusualDigits(credential.digits.get()));
    }
    notes.extend(issuers_differ(&mut named, &credential));
    let draft = Draft {
        issuer: named.issuer,
        name: named.name,
        credential,
    };
    Ok(Parsed { draft, notes })
}

/// The names of a URI, and whether they show a Steam account. Stratum, `FreeOTP` 2 and `WinAuth` write
/// those as `totp`: only the issuer marks them, or without one the label and five digits.
fn names(kind: &str, label: &str, query: &Parameters) -> (Named, bool) {
    let issuer = query.issuer.as_ref().map_or("", |issuer| issuer.as_str());
    let label = Label::Uri(label);
    let mut named = decide(&Said {
        issuer,
        label,
        ..Said::default()
    });
    let digits = query.has_steam_digits();
    let is_issued = named.issuer.eq_ignore_ascii_case("steam") && digits != Some(false);
    let may_be = digits == Some(true) || query.is_steam() || kind.eq_ignore_ascii_case("steam");
    let own = steam_name(&named.name).filter(|_| may_be && named.issuer.is_empty());
    let Some(name) = own.map(ToOwned::to_owned) else {
        return (named, is_issued);
    };
    if !kind.eq_ignore_ascii_case("hotp") {
        (named.issuer, named.name) = ("Steam".to_owned(), name);
    }
    (named, true)
}

/// The name in a label of `WinAuth` for a Steam account: `Steam`, `Steam (ann)` or `Steam ann`.
fn steam_name(label: &str) -> Option<&str> {
    let (word, rest) = label.split_at_checked("steam".len())?;
    if !word.eq_ignore_ascii_case("steam") || rest.starts_with(|c: char| c.is_alphanumeric()) {
        return None;
    }
    let name = rest.trim();
    let inner = name
        .strip_prefix('(')
        .and_then(|name| name.strip_suffix(')'));
    Some(inner.unwrap_or(name).trim())
}

fn issuers_differ(named: &mut Named, credential: &Credential) -> Option<Note> {
    let prefix = std::mem::take(&mut named.prefix);
    if prefix.is_empty() || named.issuer.is_empty() || prefix == named.issuer {
        return None;
    }
    // The label of a damaged URI may contain the key.
    let key = credential.secret.to_base32();
    let holds_key = prefix.to_ascii_uppercase().contains(key.as_str());
    Some(Note::IssuersDiffer {
        label: if holds_key { "…".to_owned() } else { prefix },
        parameter: named.issuer.clone(),
    })
}

fn read_key_notes(key: &ReadKey) -> Vec<Note> {
    let mut notes = Vec::new();
    if key.secret.len() < ADVISED_KEY_BYTES {
        notes.push(Note::ShortKey {
            bits: key.secret.len() * 8,
        });
    }
    if key.has_left_over_bits {
        notes.push(Note::LeftOverBits);
    }
    if key.is_hex {
        notes.push(Note::HexKey);
    }
    notes
}

/// What is unusual about a key that was read from the base32 `text`.
fn key_notes(secret: &Secret, text: &str) -> Vec<Note> {
    read_key_notes(&ReadKey {
        secret: secret.clone(),
        is_hex: false,
        has_left_over_bits: !secret.is_canonical(text),
    })
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
    fn a_uri_is_read_in_every_wrapping() {
        let plain = draft("otpauth://totp/Acme:ann?secret=GEZDGNBVGY3TQOJQ&issuer=Acme");
        for uri in [
            "apple-otpauth://totp/Acme:ann?secret=GEZDGNBVGY3TQOJQ&issuer=Acme",
            "APPLE-OTPAUTH://TOTP/Acme:ann?SECRET=GEZDGNBVGY3TQOJQ&ISSUER=Acme",
            "otpauth:totp/Acme:ann?secret=GEZDGNBVGY3TQOJQ",
            "otpauth:/totp/Acme:ann?secret=GEZDGNBVGY3TQOJQ",
            "otpauth:///totp/Acme:ann?secret=GEZDGNBVGY3TQOJQ",
            "otpauth: //totp/Acme:ann?secret=GEZDGNBVGY3TQOJQ",
            "<otpauth://totp/Acme:ann?secret=GEZDGNBVGY3TQOJQ>",
            "“otpauth://totp/Acme:ann?secret=GEZDGNBVGY3TQOJQ&issuer=Acme”",
            "otpauth://totp/Acme:\n  ann?secret=GEZD\r\n GNBV\r\n GY3T\r\n QOJQ",
            "otpauth://totp/Acme:ann?secret=GEZDGNBVGY3TQOJQ\nold phone",
            "otpauth://totp/Acme:ann?secret=GEZDGNBVGY3TQOJQ old phone",
            "otpauth://totp/Acme:ann?secret=GEZDGNBVGY3TQOJQ&issuer=Acme\nold phone",
            "otpauth%3A%2F%2Ftotp%2FAcme%3Aann%3Fsecret%3DGEZDGNBVGY3TQOJQ",
            "otpauth://totp/Acme:ann?secret=GEZDGNBVGY3TQOJQ?issuer=Acme",
            "otpauth://totp/Acme:ann?secret=GEZDGNBVGY3TQOJQ&#38;issuer=Acme",
            "otpauth://totp/Acme:ann?secret=GEZDGNBVGY3TQOJQ&#x26;issuer=Acme",
            "otpauth://totp/Acme:ann?issuer=Acme&secret=GEZDGNBVGY3TQOJQ#x",
            "otpauth://totp/Acme:ann?secret=GEZDGNBVGY3TQOJQ&algorithm=&digits=&period=",
        ] {
            assert_eq!(draft(uri), plain, "{uri}");
        }
        assert_eq!(
            labels("otpauth://totp/What?:ann?secret=AAAAAAAA&issuer=What?"),
            pair("What?", "ann")
        );
        assert_eq!(labels("otpauth://totp?secret=AAAAAAAA"), pair("", ""));
    }

    /// Two keys, or a key and a word that could go on with it, are never joined.
    #[test]
    fn a_key_with_odd_spaces_is_refused() {
        for secret in [
            "GEZDGNBVGY3TQOJQ\noldphone",
            "GEZDGNBVGY3TQOJQ\nJBSWY3DPEHPK3PXP",
            "GEZD GNBVGY 3TQOJQ",
        ] {
            let outcome = parse(&format!("otpauth://totp/x?secret={secret}"));
            let is_right = outcome.as_ref().is_ok_and(|parsed| {
                *parsed.draft.credential.secret.to_base32() == "GEZDGNBVGY3TQOJQ"
            });
            let is_refused = outcome == Err(UriError::Secret(SecretError::OddSpaces));
            assert!(is_right || is_refused, "{secret}: {outcome:?}");
        }
    }

    #[test]
    fn winauth_marks_steam_by_the_label_alone() {
        for (label, query, issuer, name, kind) in [
            ("Steam", "digits=5", "Steam", "", "steam"),
            ("Steam%20(ann)", "digits=5", "Steam", "ann", "steam"),
            ("steam ann", "digits=5", "Steam", "ann", "steam"),
            ("Steam:ann", "digits=5", "Steam", "ann", "steam"),
            (
                "Steam",
                "data=%7B%22shared_secret%22%3A%22AQI%3D%22%7D",
                "Steam",
                "",
                "steam",
            ),
            ("Steam", "digits=6", "", "Steam", "totp"),
            ("Steam", "", "", "Steam", "totp"),
            ("Steamboat", "digits=5", "", "Steamboat", "totp"),
            ("Acme:Steam", "digits=5", "Acme", "Steam", "totp"),
        ] {
            let draft = draft(&format!("otpauth://totp/{label}?secret=AAAAAAAA&{query}"));
            let read = (
                draft.issuer.as_str(),
                draft.name.as_str(),
                draft.credential.kind.as_str(),
            );
            assert_eq!(read, (issuer, name, kind), "{label} {query}");
        }
        let hotp = draft("otpauth://hotp/Steam?secret=AAAAAAAA&digits=5&counter=1");
        assert_eq!(hotp.full_name(), "Steam");
    }

    #[test]
    fn accounts_of_other_kinds_are_named() {
        for uri in [
            "phonefactor://x?code=1",
            "oktaverify://a@b/?t=1",
            "duo://x",
            "yaotp://x",
        ] {
            assert!(matches!(parse(uri), Err(UriError::Scheme(_))), "{uri}");
        }
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
