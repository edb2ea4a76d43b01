//! Which issuer and name an account gets: one function for URIs, Google's exports and the files of
//! other programs.
//!
//! Sources: Google's "Key Uri Format" (`Issuer:name`, issuer also as a parameter), and what programs
//! write in its place: `KeeWeb`, Strongbox, `KeePassXC`, `KeePassDX` and `KeePassOTP` fill a missing
//! label with a word of their own, Bitwarden Authenticator writes `:null`, `FusionAuth` and Gitea have
//! issuers with a colon.

use super::percent_decode;

/// What a source says about the name of one account. What it does not say is empty.
#[derive(Default)]
pub(crate) struct Said<'a> {
    /// The issuer's own parameter or field, decoded.
    pub(crate) issuer: &'a str,
    /// The label or name.
    pub(crate) label: Label<'a>,
    /// The title of the entry around it, as in a password manager.
    pub(crate) title: &'a str,
    /// The user name of that entry.
    pub(crate) user: &'a str,
}

/// The label of an account.
#[derive(Clone, Copy)]
pub(crate) enum Label<'a> {
    /// The label of a URI, still percent-encoded: `Issuer:name`.
    Uri(&'a str),
    /// A field for the name alone. It may repeat the issuer, but does not replace it.
    Field(&'a str),
}

impl Default for Label<'_> {
    fn default() -> Self {
        Self::Field("")
    }
}

/// The name that an account gets.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) issuer: String,
    pub(crate) name: String,
    /// The issuer in the label of a URI, which may differ from the one that is used.
    pub(crate) prefix: String,
}

/// Decides the issuer and the name. What a person or a site gave wins over a program's placeholder. At
/// least one of both is there if anything is known. The result, written as a URI, gives itself.
pub(crate) fn decide(said: &Said<'_>) -> Named {
    let issuer = tidy_issuer(said.issuer);
    let (prefix, mut name) = match said.label {
        Label::Uri(raw) => split_raw(raw, &issuer),
        Label::Field(text) => (String::new(), tidy(text)),
    };
    let user = tidy(said.user);
    // A title equal to the user name names no issuer; our own export writes it so.
    let title = Some(said.title)
        .filter(|title| tidy(title) != user)
        .map(tidy_issuer);
    let prefix = tidy_issuer(&prefix);
    let is_given = !is_nothing(&issuer) || !is_nothing(&prefix);
    let mut issuer = best_issuer(issuer, &prefix, title.unwrap_or_default());
    while let Some(rest) = after_issuer(&name, &issuer).map(ToOwned::to_owned) {
        name = rest;
    }
    // A name that only repeats the entry's title says nothing.
    let is_title = !is_given && is_same(&name, &issuer);
    let is_weak = is_title || is_nothing(&name) || is_one_of(&name, &NAMES);
    if is_weak && !is_nothing(&user) {
        name = user;
    }
    if is_nothing(&issuer) && !name.is_empty() {
        issuer.clear();
    }
    if is_nothing(&name) && !issuer.is_empty() {
        name.clear();
    }
    Named {
        issuer,
        name,
        prefix: Some(prefix)
            .filter(|prefix| !is_nothing(prefix))
            .unwrap_or_default(),
    }
}

/// The issuer of the parameter, of the label, or the title: the first that says something.
fn best_issuer(own: String, prefix: &str, title: String) -> String {
    let issuer = if is_nothing(&own) && !prefix.is_empty() {
        prefix.to_owned()
    } else {
        own
    };
    let is_weak = is_nothing(&issuer) || is_one_of(&issuer, &ISSUERS);
    if is_weak && !is_nothing(&title) {
        title
    } else {
        issuer
    }
}

/// What `KeeWeb`, `KeePassXC`, `KeePassDX` and Strongbox write for a missing name.
const NAMES: [&str; 4] = ["default", "none", "otp", "strongbox"];

/// What `KeePassXC`, `KeePassDX` and `KeePassOTP` write for a missing issuer.
const ISSUERS: [&str; 3] = ["keepassxc", "none", "keepassotp"];

/// How programs print a missing value.
const NOTHING: [&str; 4] = ["null", "(null)", "<null>", "undefined"];

fn is_one_of(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.eq_ignore_ascii_case(word))
}

fn is_nothing(text: &str) -> bool {
    // Bitwarden Authenticator joins the two: `null:null`.
    let mut parts = text.split(':').map(str::trim);
    parts.all(|part| part.is_empty() || is_one_of(part, &NOTHING))
}

/// Splits `Issuer: name`. Both parts may be empty. This rule serves decoded labels of URIs and names
/// that a person types.
pub(crate) fn split(label: &str) -> (String, String) {
    match separator(label) {
        Some(at) => (tidy(&label[..at]), tidy(&label[at + 1..])),
        None => (String::new(), tidy(label)),
    }
}

/// Splits the label of a URI. Its issuer may have a colon: the parameter tells where it ends, or else a
/// raw colon after an encoded one.
fn split_raw(raw: &str, issuer: &str) -> (String, String) {
    let label = decoded_again(&percent_decode(raw, false));
    if let Some(name) = after_issuer(&label, issuer) {
        let prefix = label[..label.len() - name.len()].trim_end();
        let prefix = prefix.strip_suffix(':').unwrap_or(prefix);
        return (tidy(prefix), tidy(name));
    }
    let Some(at) = separator(raw) else {
        return split(&label);
    };
    let part = |text: &str| tidy(&percent_decode(text, false));
    (part(&raw[..at]), part(&raw[at + 1..]))
}

/// The colon between issuer and name: the first that belongs to no URL, port or ARN.
fn separator(label: &str) -> Option<usize> {
    if label.starts_with("arn:aws") {
        return None;
    }
    let mut colons = label.match_indices(':').map(|(at, _)| at);
    colons.find(|&at| !is_within_address(&label[..at], &label[at + 1..]))
}

/// Whether the colon between the two belongs to an address, as in `https://host` or `host:3000`.
fn is_within_address(before: &str, after: &str) -> bool {
    /// The longest name of a host (RFC 1035), and some room for a scheme and a user.
    const LONGEST: usize = 300;
    let begins = |start: &str| {
        let head = after.get(..start.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(start))
    };
    if before.is_empty() || before.len() > LONGEST {
        return false;
    }
    let is_in_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    if before.chars().all(is_in_scheme) && (begins("//") || begins("%2f%2f")) {
        return true;
    }
    let port = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let is_port = after[..port].parse::<u16>().is_ok_and(|port| port > 0);
    let rest = &after[port..];
    let ends = rest.is_empty() || rest.starts_with([':', '/']);
    let ends = ends
        || ["%3a", "%2f"].iter().any(|end| {
            let head = rest.get(..end.len());
            head.is_some_and(|head| head.eq_ignore_ascii_case(end))
        });
    is_port && ends && is_host(before)
}

/// Whether a text may be a host, with or without a scheme and a user.
fn is_host(text: &str) -> bool {
    let slashes = ["://", ":%2F%2F", ":%2f%2f"];
    let host = slashes
        .iter()
        .find_map(|end| Some(text.split_once(end)?.1))
        .unwrap_or(text);
    let fits =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '@' | '%' | '+');
    host.chars().all(fits)
        && (host.len() < text.len() || host.contains(['.', '@']) || host == "localhost")
}

/// The rest of a label after its issuer and the colon: for `Deno`, `Deno: Mason` gives `Mason`. Case and
/// spaces do not matter.
pub(crate) fn after_issuer<'a>(label: &'a str, issuer: &str) -> Option<&'a str> {
    let mut wanted = folded(issuer).peekable();
    wanted.peek()?;
    for (at, letter) in label.char_indices() {
        if letter.is_whitespace() {
            continue;
        }
        if wanted.peek().is_none() {
            return (letter == ':').then(|| label[at + 1..].trim_start_matches(is_edge));
        }
        if !letter
            .to_lowercase()
            .all(|letter| wanted.next() == Some(letter))
        {
            return None;
        }
    }
    None
}

fn is_same(one: &str, other: &str) -> bool {
    folded(one).eq(folded(other))
}

fn folded(text: &str) -> impl Iterator<Item = char> {
    let letters = text.chars().filter(|c| !c.is_whitespace());
    letters.flat_map(char::to_lowercase)
}

/// What is dropped at both ends of a name: spaces (also U+00A0), controls, and marks that nobody sees.
fn is_edge(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '\u{200b}' | '\u{2060}' | '\u{feff}')
}

fn tidy(text: &str) -> String {
    decoded_again(text).trim_matches(is_edge).to_owned()
}

/// Like [`tidy`]; an issuer has no colon at its ends either.
fn tidy_issuer(text: &str) -> String {
    let text = decoded_again(text);
    text.trim_matches(|c| is_edge(c) || c == ':').to_owned()
}

/// Undoes a second percent-encoding: `Acme%20Corp` is `Acme Corp`. A text with another `%`, such as
/// `100%25`, stays: only what an encoder writes for spaces, marks and letters beyond ASCII is undone.
fn decoded_again(text: &str) -> String {
    let is_encoded = |piece: &str| {
        let byte = piece
            .get(..2)
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        byte.is_some_and(|b| b >= 0x80 || b == b' ' || b.is_ascii_punctuation() && b != b'%')
    };
    let mut escapes = text.split('%').skip(1).peekable();
    if escapes.peek().is_none() || !escapes.all(is_encoded) {
        return text.to_owned();
    }
    let decoded = percent_encoding::percent_decode_str(text).decode_utf8();
    decoded.map_or_else(|_| text.to_owned(), std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests;
