//! Texts with URIs: lists (Ente, WinAuth, Stratum, the browser extension and others), Google
//! Authenticator's exports, HTML pages, and entries of pass and gopass.

use std::collections::HashSet;

use serde::Deserialize;
use zeroize::Zeroizing;

use crate::import::detect::{Certainty, Format, certain, maybe};
use crate::import::ingest::Contents;
use crate::import::look::Look;
use crate::import::structure::Report;
use crate::import::support::crypto::damaged;
use crate::import::support::json;
use crate::import::support::key_text::count_keys;
use crate::import::support::row::{Fields, Key, from_field, from_uri};
use crate::import::support::uris::{is_uri, scattered};
use crate::import::{ImportError, Input, Row, SetAside, Skipped};
use crate::otp::migration::MigrationError;
use crate::otp::{Secret, percent_decode};

pub(crate) const FORMAT: Format = Format {
    name: "uris",
    title: "otpauth and Google Authenticator export URIs (Ente, WinAuth, pass, gopass, HTML and others)",
    probe,
    read,
};

fn probe(look: &Look<'_>) -> Option<Certainty> {
    let text = look.text;
    // A page, a note and an entry of gopass may be a format of their own, too.
    let is_list = !look.begins_as_json() && is_list(text);
    certain(is_list).or(maybe(
        starts_a_line(text) || scattered(text).next().is_some(),
    ))
}

/// Whether each line is a URI, but for comments.
fn is_list(text: &str) -> bool {
    let lines = split_lines(text).filter(|line| {
        let line = line.trim();
        !line.is_empty() && !line.starts_with('#')
    });
    let mut lines = lines.peekable();
    lines.peek().is_some() && lines.all(is_uri)
}

/// Whether a line starts with a URI or a field with one, or the text is a page with URIs.
fn starts_a_line(text: &str) -> bool {
    split_lines(text).any(|line| is_uri(line) || in_field(line).is_some())
        || is_markup(text) && text.contains("otpauth")
}

/// Whether it is HTML or XML, where `&` is written `&amp;`.
fn is_markup(text: &str) -> bool {
    let start: String = text.trim_start().chars().take(200).collect();
    let start = start.to_ascii_lowercase();
    ["<!doctype html", "<?xml"]
        .iter()
        .any(|mark| start.starts_with(mark))
        || start.contains("<html")
}

/// Splits lines that end with LF, CR LF or CR.
fn split_lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').flat_map(|line| {
        let line = line.strip_suffix('\r').unwrap_or(line);
        line.split('\r')
    })
}

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let text = json::text(input.bytes)?;
    if is_markup(text) {
        markup(text)
    } else {
        lines(text)
    }
}

/// Reads URIs, one or more a line, with other text around them; Ente puts commas between them. Lines
/// without a URI, such as the password in an entry of pass, are skipped and never shown.
pub(crate) fn lines(text: &str) -> Result<Contents, ImportError> {
    let mut contents = Contents::default();
    let (mut others, mut report) = (0_usize, Report::default());
    let mut all = (1_usize..).zip(split_lines(text)).peekable();
    while let Some((number, line)) = all.next() {
        let line = line.trim();
        let place = format!("line {number}");
        if is_uri(line) && all.peek().is_some_and(|(_, next)| goes_on(next)) {
            contents.rows.push(Err(Skipped {
                place: place.clone(),
                name: String::new(),
                reason: "the URI goes on on the next line: join the two lines".to_owned(),
            }));
        } else if is_uri(line) {
            for uri in between_commas(line) {
                add_uri(uri, &place, &mut contents)?;
            }
        } else if let Some((kind, field)) = in_field(line) {
            contents.rows.push(field_row(kind, field, &place));
            contents.check_count()?;
        } else if !line.is_empty() && !line.starts_with('#') {
            // A list with bullets or quotes, a table, or a note.
            let mut uris = scattered(line).peekable();
            if uris.peek().is_none() {
                others += 1;
                report.left_out(&place, count_keys(line));
            }
            for uri in uris {
                add_uri(uri, &place, &mut contents)?;
            }
        }
    }
    if contents.rows.is_empty() && contents.parts.is_empty() {
        return Err(ImportError::Unrecognised);
    }
    contents.notes.extend(report.left());
    Ok(match others {
        0 => contents,
        1 => contents.with_note("skipped 1 line that is not a URI"),
        _ => contents.with_note(format!("skipped {others} lines that are not URIs")),
    })
}

/// The URIs of a line that starts with one: commas, semicolons and spaces part them.
fn between_commas(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let own = rest?;
        let marks = own.match_indices([',', ';', ' ', '\t']);
        let next = marks.map(|(at, _)| at).find(|at| is_uri(&own[at + 1..]));
        rest = next.map(|at| &own[at + 1..]);
        let uri = next.map_or(own, |at| &own[..at]);
        Some(uri.trim_end_matches([',', ';', ' ', '\t']))
    })
}

/// Whether a line goes on with the URI of the line before.
fn goes_on(line: &str) -> bool {
    let line = line.trim();
    !line.contains(char::is_whitespace)
        && [
            "&secret=",
            "&issuer=",
            "&digits=",
            "&period=",
            "&algorithm=",
            "&counter=",
        ]
        .iter()
        .any(|name| line.to_ascii_lowercase().contains(name))
        && !is_uri(line)
}

/// Adds the account of a URI, or of a part of a Google Authenticator export.
fn add_uri(uri: &str, place: &str, contents: &mut Contents) -> Result<(), ImportError> {
    let read_uri = |uri: &str| Ok::<_, MigrationError>(row(uri, place));
    if let Err(error) = contents.add_text(uri, place, read_uri) {
        contents.rows.push(Err(Skipped {
            place: place.to_owned(),
            name: String::new(),
            reason: error.to_string(),
        }));
    }
    contents.check_count()
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct CodeDisplay {
    trashed: Option<bool>,
    tags: Option<Vec<String>>,
}

/// Reads one URI, with Ente's `codeDisplay` and andOTP's `tags`.
fn row(uri: &str, place: &str) -> Row {
    let mut found = from_uri(uri, place)?;
    let query = uri.split_once('?').map_or("", |(_, query)| query);
    let own = |name: &'static str| {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let named = pairs.filter(move |(own, _)| own.eq_ignore_ascii_case(name));
        named.map(|(_, value)| percent_decode(value, true))
    };
    found.tags = own("tags").map(|tag| tag.to_string()).collect();
    if let Some(display) = own("codeDisplay").next() {
        let display: CodeDisplay = serde_json::from_str(&display).unwrap_or_default();
        found.tags.extend(display.tags.unwrap_or_default());
        if display.trashed == Some(true) {
            found.set_aside = Some(SetAside::InTrash);
        }
    }
    Ok(found)
}

/// Reads a field of gopass: `totp: KEY`, `hotp: URI`, `otpauth: //totp/…`.
fn in_field(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.trim().split_once(':')?;
    let value = value.trim().trim_matches(['"', '\'']);
    let is_key = is_uri(value) || Secret::from_base32(value).is_ok();
    let names = ["totp", "hotp", "otpauth"];
    let name = names
        .into_iter()
        .find(|own| own.eq_ignore_ascii_case(name))?;
    let fits = if name == "otpauth" {
        value.starts_with("//") || is_uri(value)
    } else {
        is_key
    };
    fits.then_some((name, value))
}

fn field_row(kind: &str, field: &str, place: &str) -> Row {
    if is_uri(field) {
        return from_field(field, "", "", place);
    }
    if kind == "otpauth" {
        let uri = Zeroizing::new(format!("otpauth:{field}"));
        return from_uri(&uri, place);
    }
    Fields {
        kind: kind.to_owned(),
        key: Key::Base32(Zeroizing::new(field.to_owned())),
        ..Fields::default()
    }
    .finish(place)
}

/// Reads the URIs of a page, in its text and its links. The same URI in both is one account.
fn markup(text: &str) -> Result<Contents, ImportError> {
    let mut contents = Contents::default();
    let mut seen = HashSet::new();
    for uri in scattered(text) {
        if !seen.insert(uri) {
            continue;
        }
        // On a whole page, something follows.
        if text.ends_with(uri) {
            return Err(damaged("the page is cut short within a URI"));
        }
        let plain = quick_xml::escape::unescape(uri);
        let plain =
            Zeroizing::new(plain.map_or_else(|_| uri.to_owned(), std::borrow::Cow::into_owned));
        add_uri(&plain, &format!("URI {}", seen.len()), &mut contents)?;
    }
    if contents.rows.is_empty() {
        return Err(ImportError::Unrecognised);
    }
    Ok(contents)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

    fn names(text: &str) -> Vec<String> {
        let rows = lines(text).unwrap().rows.into_iter();
        rows.map(|row| row.map_or_else(|skipped| skipped.to_string(), |f| f.draft.full_name()))
            .collect()
    }

    #[test]
    fn commas_part_uris_only_before_another_one() {
        let text = format!("otpauth://totp/a,b?secret={KEY},otpauth://totp/c?secret={KEY}");
        assert_eq!(names(&text), ["a,b", "c"]);
    }

    #[test]
    fn a_comma_at_the_end_is_no_part_of_a_uri() {
        let text = format!("otpauth://totp/a?secret={KEY}&digits=8,\n");
        assert_eq!(names(&text), ["a"]);
    }

    #[test]
    fn uris_are_found_between_other_things() {
        let a = format!("otpauth://totp/a?secret={KEY}");
        let b = format!("otpauth://totp/b?secret={KEY}");
        for text in [
            format!("- {a}\n- {b}\n"),
            format!("[\"{a}\", \"{b}\"]"),
            format!("name,url\nx,\"{a}\"\ny,{b}\n"),
            format!("{a}\r{b}\r"),
            format!("see {a} and <{b}>"),
            format!("name,url,note\nx,{a},y\nz,{b},\n"),
            format!("[one]({a}), [two]({b})"),
        ] {
            assert_eq!(names(&text), ["a", "b"], "{text}");
        }
    }

    #[test]
    fn a_line_that_looks_like_a_key_is_not_passed_over_in_silence() {
        let text = format!("otpauth://totp/a?secret={KEY}\nAWS {KEY}\nhello\n");
        let notes = lines(&text).unwrap().notes.join("\n");
        let expected = "1 text looks like a secret key and was not imported: line 2\n\
                        skipped 2 lines that are not URIs";
        assert_eq!(notes, expected);
    }

    #[test]
    fn what_is_joined_to_a_word_is_no_uri() {
        for before in ["QR-Code:", "my"] {
            let text = format!("{before}otpauth://totp/a?secret={KEY}");
            assert!(
                scattered(&text).next().is_none() && !starts_a_line(&text),
                "{text}"
            );
        }
    }

    #[test]
    fn a_page_may_have_apostrophes_in_names() {
        let text = format!(
            "<html><p>otpauth://totp/Al's?secret={KEY}</p><a href='otpauth://totp/b?secret={KEY}'>"
        );
        let rows = markup(&text).unwrap().rows.into_iter();
        let names: Vec<_> = rows.map(|row| row.unwrap().draft.full_name()).collect();
        assert_eq!(names, ["Al's", "b"]);
    }

    #[test]
    fn fields_of_gopass_are_keys_or_uris() {
        for line in [
            format!("totp: {KEY}"),
            format!("totp: otpauth://totp/?secret={KEY}"),
            format!("otpauth: //totp/?secret={KEY}"),
            format!("otpauth: otpauth://totp/?secret={KEY}"),
            format!("TOTP: {KEY}"),
        ] {
            let found = lines(&line).unwrap().rows.remove(0).unwrap();
            assert_eq!(
                found.draft.credential.secret.to_base32().as_str(),
                KEY,
                "{line}"
            );
        }
        assert!(lines("totp: not a key!\nuser: me").is_err());
    }

    #[test]
    fn the_real_key_of_a_steam_line_is_in_its_data() {
        let text = "otpauth://totp/Steam:me?secret=ASDF&issuer=Steam&data=%7B%22shared_secret%22%3A%22AQIDBA%3D%3D%22%7D";
        let found = lines(text).unwrap().rows.remove(0).unwrap();
        assert_eq!(found.draft.credential.secret.expose_secret(), [1, 2, 3, 4]);
    }

    #[test]
    fn a_bad_uri_is_named_by_its_label_and_never_by_its_key() {
        let text = format!("otpauth://totp/Deno:me?secret={KEY}1");
        let said = names(&text).remove(0);
        assert!(
            said.starts_with("line 1 'Deno:me': the key is not base32"),
            "{said}"
        );
        assert!(!said.contains(KEY));
    }
}
