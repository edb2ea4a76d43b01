//! Redacts keys that were typed in the wrong place from errors that quote them.

use std::borrow::Cow;

/// What precedes a key in a URI. `data=` is Google Authenticator's export.
const MARKS: [&str; 3] = ["secret=", "data=", "steam://"];

/// Replaces the key of each URI in a message by `…`.
///
/// The key counts as everything up to the end of the URI or of its quotes.
pub(crate) fn redact(text: &str) -> Cow<'_, str> {
    // Lowering ASCII letters changes no lengths or offsets.
    let lower = text.to_ascii_lowercase();
    if !lower.contains("://") && !lower.contains("otpauth:") {
        return Cow::Borrowed(text);
    }
    let (mut shown, mut at) = (String::with_capacity(text.len()), 0);
    while let Some(start) = next_key(&lower, at) {
        let ends = |c: char| matches!(c, '&' | '\'' | '"' | '`' | ':' | '\n');
        let length = text[start..].find(ends).unwrap_or(text.len() - start);
        shown.push_str(&text[at..start]);
        shown.push('…');
        at = start + length;
    }
    shown.push_str(&text[at..]);
    Cow::Owned(shown)
}

/// Where the next key starts.
fn next_key(lower: &str, from: usize) -> Option<usize> {
    let ends = MARKS.iter().filter_map(|mark| {
        let place = lower[from..].find(mark)?;
        Some(from + place + mark.len())
    });
    ends.min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_uris_are_left_out() {
        for (text, shown) in [
            ("no account 'x'", "no account 'x'"),
            ("secret=ABC, but no URI", "secret=ABC, but no URI"),
            (
                "no account 'otpauth://totp/x?secret=AB CD&digits=6'",
                "no account 'otpauth://totp/x?secret=…&digits=6'",
            ),
            (
                "cannot read OTPAUTH://totp/ü?x=1&SECRET=ab%20: No such file",
                "cannot read OTPAUTH://totp/ü?x=1&SECRET=…: No such file",
            ),
            ("'steam://ABC' and 'x'", "'steam://…' and 'x'"),
            (
                "otpauth://?secret=A&secret=B otpauth-migration://offline?data=C",
                "otpauth://?secret=…&secret=…://offline?data=…",
            ),
            (
                "otpauth-migration://offline?data=Cj%2B",
                "otpauth-migration://offline?data=…",
            ),
        ] {
            assert_eq!(redact(text), shown);
        }
    }
}
