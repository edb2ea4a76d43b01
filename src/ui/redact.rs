//! Keys that somebody typed into the wrong place: an error that quotes them does so without the key.

use std::borrow::Cow;

/// What a key stands behind in a URI. `data=` is Google Authenticator's export.
const MARKS: [&str; 3] = ["secret=", "data=", "steam://"];

/// Replaces the key of each URI in a message by `…`.
///
/// What follows is taken for the key up to where the URI or its quotes end.
pub(crate) fn redact(text: &str) -> Cow<'_, str> {
    // Lengths and places are those of `text`: only ASCII letters change.
    let lower = text.to_ascii_lowercase();
    if !lower.contains("://") {
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

/// Where the next key begins.
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
