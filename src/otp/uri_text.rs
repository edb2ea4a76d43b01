//! The text around and within a URI, as people paste it: quotes and brackets, line breaks, entities of
//! HTML, and what separates its parameters.

use zeroize::Zeroizing;

use super::parameters::is_known;
use super::percent_decode;

/// Quotes and brackets around a pasted URI, and what closes each.
const QUOTES: [(char, &str); 9] = [
    ('<', ">"),
    ('"', "\""),
    ('\'', "'"),
    ('`', "`"),
    ('“', "”“"),
    ('‘', "’‘"),
    ('„', "“”"),
    ('«', "»"),
    ('(', ")"),
];

/// Removes what is around a URI, line breaks within it as URL parsers do (WHATWG URL, 4.4), and a
/// percent-encoding of the whole.
pub(super) fn unwrapped(text: &str) -> Zeroizing<String> {
    let edge = |c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}');
    let mut text = text.trim_matches(edge);
    while let Some((inner, ends)) = QUOTES
        .iter()
        .find_map(|(start, ends)| Some((text.strip_prefix(*start)?, *ends)))
    {
        let inner = inner.trim_matches(edge);
        let closed = inner.strip_suffix(|c| ends.contains(c)).unwrap_or(inner);
        text = closed.trim_matches(edge);
    }
    if begins(text, "otpauth%3a") || begins(text, "apple-otpauth%3a") {
        return percent_decode(text, false);
    }
    joined(text)
}

/// Joins the lines of a URI that was wrapped. A line that does not go on with a parameter is a note below
/// the URI: it must not become a part of the key.
fn joined(text: &str) -> Zeroizing<String> {
    let mut plain = Zeroizing::new(String::with_capacity(text.len() + 1));
    for line in text.split(['\r', '\n', '\t']) {
        let (is_query, part) = (plain.contains('?'), line.trim());
        let is_secret = plain
            .rsplit(['&', '?'])
            .next()
            .is_some_and(|last| begins(last, "secret="));
        if part.is_empty() {
            continue;
        }
        if !is_query || part.contains(['&', '=']) && !part.contains(char::is_whitespace) {
            plain.push_str(part);
        } else if is_secret && !part.contains(char::is_whitespace) {
            plain.push('\n');
            plain.push_str(part);
        } else {
            break;
        }
    }
    plain
}

/// Splits a URI into its scheme in lower case and the rest. Programs write `otpauth` with any number of
/// slashes; other schemes need two.
pub(super) fn scheme(text: &str) -> Option<(String, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let scheme = scheme.to_ascii_lowercase();
    let scheme = scheme.strip_prefix("apple-").unwrap_or(&scheme).to_owned();
    if scheme == "otpauth" {
        return Some((scheme, rest.trim_start().trim_start_matches('/')));
    }
    Some((scheme, rest.strip_prefix("//")?))
}

/// Whether a text is meant as a URI, not as a key.
pub(crate) fn is_uri(text: &str) -> bool {
    text.contains("://") || scheme(&unwrapped(text)).is_some()
}

fn begins(text: &str, start: &str) -> bool {
    let head = text.get(..start.len());
    head.is_some_and(|head| head.eq_ignore_ascii_case(start))
}

/// Splits what follows the scheme at the first `?` before the name of a parameter: a label may have a
/// `?` too.
pub(super) fn split_query(text: &str) -> (&str, &str) {
    let marks = text.match_indices('?').map(|(at, _)| at);
    let mut starts = marks.filter(|at| {
        let (name, has_value) = name(&text[at + 1..]);
        has_value || is_known(name)
    });
    match starts.next().or_else(|| text.find('?')) {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (text, ""),
    }
}

/// The name of a parameter that a text begins with, and whether it has a value; or else nothing.
fn name(text: &str) -> (&str, bool) {
    /// Longer than the name of any parameter.
    const LONGEST: usize = 40;
    let is_of_name = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
    let length = text.bytes().take(LONGEST).take_while(is_of_name).count();
    let has_value = text[length..].starts_with('=');
    if has_value || text[length..].starts_with('&') {
        (&text[..length], has_value && length > 0)
    } else {
        ("", false)
    }
}

/// Undoes `&amp;`, `&#38;` and `&#x26;`, for a query that was copied from HTML.
pub(super) fn without_entities(query: &str) -> Zeroizing<String> {
    let mut plain = Zeroizing::new(String::with_capacity(query.len()));
    let mut rest = query;
    while let Some(at) = rest.find('&') {
        let (before, from) = rest.split_at(at + 1);
        plain.push_str(before);
        let entity = ["amp;", "#38;", "#x26;"]
            .into_iter()
            .find(|entity| begins(from, entity));
        rest = &from[entity.map_or(0, str::len)..];
    }
    plain.push_str(rest);
    plain
}

/// The parameters of a query. A second `?` separates like `&` if the name of a known parameter follows:
/// some sites write `?secret=KEY?issuer=X` (Nexus Mods), but `issuer=What?` is a name.
pub(super) fn pairs(query: &str) -> impl Iterator<Item = (&str, &str)> {
    let pieces = query.split('&').flat_map(|piece| {
        let mut rest = Some(piece);
        std::iter::from_fn(move || {
            let own = rest?;
            let mut marks = own.match_indices('?').map(|(at, _)| at);
            let end = marks.find(|at| is_known(name(&own[at + 1..]).0));
            rest = end.map(|at| &own[at + 1..]);
            Some(end.map_or(own, |at| &own[..at]))
        })
    });
    pieces.map(|piece| piece.split_once('=').unwrap_or((piece, "")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_around_a_uri_is_removed() {
        for text in [
            "otpauth://x",
            " \u{feff}otpauth://x\r\n",
            "<otpauth://x>",
            "“otpauth://x”",
            "\u{a0}‘otpauth://x’",
            "«otpauth://x»",
            "(<otpauth://x>)",
            "\"otpauth://x",
            "ot\r\npauth:/\t/x",
            "otpauth%3A%2F%2Fx",
        ] {
            assert_eq!(*unwrapped(text), "otpauth://x", "{text}");
        }
        assert_eq!(
            *unwrapped("otpauth://x?issuer=(a)"),
            "otpauth://x?issuer=(a)"
        );
    }

    #[test]
    fn the_query_begins_at_a_parameter() {
        for (text, path, query) in [
            ("totp/x?secret=A", "totp/x", "secret=A"),
            ("totp/What?:ann?secret=A", "totp/What?:ann", "secret=A"),
            ("totp/x??secret=A", "totp/x?", "secret=A"),
            ("totp/x?foo=1?secret=A", "totp/x", "foo=1?secret=A"),
            (
                "totp/x?issuer&secret=A?period=3",
                "totp/x",
                "issuer&secret=A?period=3",
            ),
            ("totp?secret=A", "totp", "secret=A"),
            ("totp/x?", "totp/x", ""),
            ("totp/x", "totp/x", ""),
        ] {
            assert_eq!(split_query(text), (path, query), "{text}");
        }
    }

    #[test]
    fn a_second_question_mark_separates_before_a_known_name() {
        let read = |query| pairs(query).collect::<Vec<_>>();
        assert_eq!(
            read("secret=A?issuer=X"),
            [("secret", "A"), ("issuer", "X")]
        );
        assert_eq!(
            read("issuer=What?&digits=6"),
            [("issuer", "What?"), ("digits", "6")]
        );
        assert_eq!(read("issuer=a?b=c"), [("issuer", "a?b=c")]);
        assert_eq!(
            read("issuer=a??secret=B"),
            [("issuer", "a?"), ("secret", "B")]
        );
        assert_eq!(read("issuer&x"), [("issuer", ""), ("x", "")]);
    }

    #[test]
    fn entities_are_read_in_three_dresses() {
        let plain = without_entities("a=1&amp;b=2&#38;c=3&#x26;d=4&AMP;e=5&f&");
        assert_eq!(*plain, "a=1&b=2&c=3&d=4&e=5&f&");
    }
}
