//! The URIs of one-time passwords in texts.

const SCHEMES: [&str; 13] = [
    "otpauth:/",
    "otpauth:totp",
    "otpauth:hotp",
    "otpauth-migration://",
    "apple-otpauth://",
    "apple-otpauth-migration://",
    "steam://",
    "motp://",
    "yaotp://",
    "phonefactor://",
    "oktaverify://",
    "duo://",
    "ms-msa://",
];

/// Whether a text starts as a URI of a one-time password.
pub(crate) fn is_uri(text: &str) -> bool {
    let text = text.trim_start();
    SCHEMES.iter().any(|scheme| {
        let start = text.get(..scheme.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    })
}

/// The URIs in a text. Each ends at the quote, bracket or separator that matches the one before it,
/// or at white space. A URI that is joined to a word before it is ignored.
pub(crate) fn scattered(text: &str) -> impl Iterator<Item = &str> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let (uri, end) = next_scattered(text, at)?;
        at = end;
        Some(uri)
    })
}

/// The first such URI at or after `at`, and where it ends.
fn next_scattered(text: &str, mut at: usize) -> Option<(&str, usize)> {
    loop {
        let start = at + text[at..].find("otpauth")?;
        let from = &text[start..];
        let before = text[..start].chars().next_back();
        let joined = before.is_some_and(|before| before.is_alphanumeric() || before == ':');
        if joined || !is_uri(from) {
            at = start + "otpauth".len();
            continue;
        }
        let ends = |c: char| match before {
            Some(quote @ ('"' | '\'' | '`')) => c == quote || c.is_control(),
            Some('(') if c == ')' => true,
            Some('[') if c == ']' => true,
            Some(separator @ (',' | ';' | '|')) if c == separator => true,
            _ => c.is_whitespace() || matches!(c, '<' | '>' | '"' | '`'),
        };
        let uri = from.find(ends).map_or(from, |end| &from[..end]);
        return Some((uri, start + uri.len()));
    }
}
