//! `otpauth://` URIs, written so that every program reads them, or short for a small QR code.

use std::fmt::Write as _;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

use super::{Algorithm, Credential, Digits, Label, Period, Said, decide};

/// All but RFC 3986's unreserved characters (section 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

const RESERVED_BUT_AT: &AsciiSet = &RESERVED.remove(b'@');

/// Appends `text`, with all but RFC 3986's unreserved characters percent-encoded: at most three
/// bytes for each of its own.
pub(crate) fn percent_encode(out: &mut String, text: &str) {
    out.extend(utf8_percent_encode(text, RESERVED));
}

/// How much of an account a URI says twice, or although it is the default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UriForm {
    /// Every parameter, for programs that know no defaults.
    Full,
    /// Without the algorithm, digits and period that are the default in the format's description
    /// (Key Uri Format of Google Authenticator), and with `@` as it is.
    Short,
    /// Also without the issuer as a parameter, if it is the prefix of the label. Older readers show only
    /// the prefix.
    Shortest,
}

/// Writes the URI in the form that every program reads: every parameter, the issuer both as a prefix
/// and as a parameter, and all but RFC 3986's unreserved characters percent-encoded.
///
/// [`parse`](super::parse) gives the same account back. An issuer with a colon cannot be a prefix, so it is
/// written only as the parameter.
#[must_use]
pub fn format(issuer: &str, name: &str, credential: &Credential) -> Zeroizing<String> {
    format_as(UriForm::Full, issuer, name, credential)
}

/// Like [`format()`], in the given form.
#[must_use]
pub(crate) fn format_as(
    form: UriForm,
    issuer: &str,
    name: &str,
    credential: &Credential,
) -> Zeroizing<String> {
    let key = credential.secret.to_base32();
    // Sized for the worst case: growing would leave a copy of the key behind.
    let mut uri = Zeroizing::new(String::with_capacity(
        160 + key.len() + 6 * issuer.len() + 3 * name.len(),
    ));
    uri.push_str("otpauth://");
    uri.push_str(credential.kind.as_str());
    uri.push('/');
    push_label(&mut uri, form, issuer, name);
    uri.push_str("?secret=");
    uri.push_str(&key);
    let is_said = form == UriForm::Shortest && says_issuer(issuer, name);
    if !issuer.is_empty() && !is_said {
        uri.push_str("&issuer=");
        percent_encode(&mut uri, issuer);
    }
    push_parameters(&mut uri, form, issuer, credential);
    uri
}

/// Whether the label alone gives the issuer: it has no colon, and none follows that seems to be a port.
fn says_issuer(issuer: &str, name: &str) -> bool {
    let mut label = String::new();
    push_label(&mut label, UriForm::Shortest, issuer, name);
    let named = decide(&Said {
        label: Label::Uri(&label),
        ..Said::default()
    });
    named.issuer == issuer && named.name == name
}

fn push_label(uri: &mut String, form: UriForm, issuer: &str, name: &str) {
    if !issuer.contains(':') {
        percent_encode(uri, issuer);
    }
    if !issuer.is_empty() || name.contains(':') {
        uri.push(':');
    }
    if form == UriForm::Full {
        percent_encode(uri, name);
    } else {
        // RFC 3986 allows it in a path, and AWS writes it so.
        uri.extend(utf8_percent_encode(name, RESERVED_BUT_AT));
    }
}

fn push_parameters(uri: &mut String, form: UriForm, issuer: &str, credential: &Credential) {
    let is_full = form == UriForm::Full;
    let (algorithm, digits) = (credential.algorithm, credential.digits);
    // Writing to a String cannot fail.
    if is_full || algorithm != Algorithm::default() {
        let _ = write!(uri, "&algorithm={algorithm}");
    }
    // An account of Steam without digits has five, whatever its type.
    if is_full || digits != Digits::default() || issuer.eq_ignore_ascii_case("steam") {
        let _ = write!(uri, "&digits={}", digits.get());
    }
    match (credential.kind.period(), credential.kind.counter()) {
        (Some(period), _) if !is_full && period == Period::default() => {}
        (Some(period), _) => {
            let _ = write!(uri, "&period={}", period.get());
        }
        (None, counter) => {
            let _ = write!(uri, "&counter={}", counter.unwrap_or_default());
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::otp::{Draft, Kind, Secret, parse};

    fn draft(uri: &str) -> Draft {
        parse(uri).unwrap().draft
    }

    #[test]
    fn the_written_form_is_the_common_one() {
        let draft = draft("otpauth://totp/ACME%20Co:john@x.y?secret=jbswy3dpehpk3pxp");
        assert_eq!(
            *format(&draft.issuer, &draft.name, &draft.credential),
            "otpauth://totp/ACME%20Co:john%40x.y?secret=JBSWY3DPEHPK3PXP&issuer=ACME%20Co\
             &algorithm=SHA1&digits=6&period=30"
        );
    }

    #[test]
    fn the_short_forms_leave_out_what_is_the_default() {
        let aws = "Amazon%20Web%20Services:me@123456789012?secret=JBSWY3DPEHPK3PXP";
        for (uri, short, shortest) in [
            (aws, "&issuer=Amazon%20Web%20Services", ""),
            (
                "A:x?secret=AAAAAAAA&digits=8&period=60&algorithm=SHA256",
                "&issuer=A&algorithm=SHA256&digits=8&period=60",
                "&algorithm=SHA256&digits=8&period=60",
            ),
            (
                ":?secret=AAAAAAAA&issuer=a:b",
                "&issuer=a%3Ab",
                "&issuer=a%3Ab",
            ),
            ("x?secret=AAAAAAAA", "", ""),
            (
                "Steam:x?secret=AAAAAAAA&digits=6",
                "&issuer=Steam&digits=6",
                "&digits=6",
            ),
        ] {
            let draft = draft(&format!("otpauth://totp/{uri}"));
            let start = uri.split('&').next().unwrap();
            for (form, end) in [(UriForm::Short, short), (UriForm::Shortest, shortest)] {
                let written = format_as(form, &draft.issuer, &draft.name, &draft.credential);
                assert_eq!(*written, format!("otpauth://totp/{start}{end}"));
            }
        }
    }

    fn any_credential() -> impl Strategy<Value = Credential> {
        let key = proptest::collection::vec(any::<u8>(), 1..80);
        let kind = prop_oneof![
            (1..u64::MAX).prop_map(|p| Kind::Totp {
                period: Period::new(p).unwrap()
            }),
            any::<u64>().prop_map(|counter| Kind::Hotp { counter }),
            Just(Kind::Steam),
        ];
        let hash = prop_oneof![
            Just(Algorithm::Sha1),
            Just(Algorithm::Sha256),
            Just(Algorithm::Sha512)
        ];
        (key, kind, hash, 1..=10_u64).prop_map(|(key, kind, algorithm, digits)| Credential {
            secret: Secret::from_bytes(key).unwrap(),
            algorithm,
            digits: if kind == Kind::Steam {
                Digits::STEAM
            } else {
                Digits::new(digits).unwrap()
            },
            kind,
        })
    }

    proptest! {
        #[test]
        fn a_written_uri_reads_back_the_same(
            issuer in r"(([^ \t].{0,20}|a\.b|https://a|Acme|100%25))?",
            name in r"(([^ \t].{0,20}|443|//x|3000:x|a\.b:1))?",
            credential in any_credential(),
        ) {
            let label = Label::Field(&name);
            let tidy = decide(&Said { issuer: &issuer, label, ..Said::default() });
            prop_assume!(tidy.issuer == issuer && tidy.name == name);
            let start = if issuer.is_empty() { &name } else { &issuer };
            let is_steam = start.to_ascii_lowercase().starts_with("steam");
            prop_assume!(!is_steam || credential.digits.get() != 5);
            let draft = Draft { issuer, name, credential };
            let mut length = usize::MAX;
            for form in [UriForm::Full, UriForm::Short, UriForm::Shortest] {
                let uri = format_as(form, &draft.issuer, &draft.name, &draft.credential);
                prop_assert_eq!(&parse(&uri).unwrap().draft, &draft, "{:?}", form);
                prop_assert!(uri.len() <= length);
                length = uri.len();
            }
        }

        /// What was read once does not change when it is written and read again.
        #[test]
        fn what_is_read_is_written_and_read_the_same(
            label in r"((Acme|Steam|null|none|a\.b|https://a|[:/?# ()%a]|%3[aA]|%25|%2F|%20|443|\PC){0,8})",
            issuer in r"((Acme|Steam|null|[:/ %a#?]|%3A|%2525|a\.b|\PC){0,5})",
            kind in "totp|hotp|steam",
            more in "(&digits=5|&digits=8|&encoder=steam|&steam|)(&counter=3)(#x|)",
        ) {
            let uri = format!("otpauth://{kind}/{label}?secret=AAAAAAAA&issuer={issuer}{more}");
            if let Ok(read) = parse(&uri).map(|read| read.draft) {
                for form in [UriForm::Full, UriForm::Short, UriForm::Shortest] {
                    let uri = format_as(form, &read.issuer, &read.name, &read.credential);
                    prop_assert_eq!(&parse(&uri).unwrap().draft, &read, "{:?} {}", form, *uri);
                }
            }
        }
    }
}
