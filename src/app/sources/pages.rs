//! Web pages: the pictures in them, as `data:` URLs and as inline SVG, and the URIs in their text.

use std::collections::HashSet;

use zeroize::Zeroizing;

use crate::app::context::Context;
use crate::crypto::sha256;
use crate::import::{self, FORMATS, Found, Import, Input};
use crate::otp::{self, percent_decode};
use crate::qr::{self, Code};

/// The most pictures of a page that are looked at.
const MOST_PICTURES: usize = 100;
/// A shorter inline SVG draws no code: the smallest has 21 rows of modules.
const SHORTEST_SVG: usize = 1000;
/// The longest start of a `data:` URL, up to the comma.
const LONGEST_HEAD: usize = 200;

/// Whether bytes are HTML.
pub(super) fn is_page(bytes: &[u8]) -> bool {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]).to_ascii_lowercase();
    let head = head.trim_start_matches('\u{feff}').trim_start();
    let starts = ["<!doctype html", "<html"];
    starts.iter().any(|start| head.starts_with(start))
        || head.starts_with('<') && head.contains("<html") && !qr::is_picture(bytes)
}

/// The QR codes in the pictures of a page. A picture without one is ignored; what could not be read
/// is said.
pub(super) fn codes(context: &Context, bytes: &[u8], shown: &str) -> Vec<Code> {
    let text = String::from_utf8_lossy(bytes);
    let pictures = pictures(&text);
    let line = context.ui.progress(&format!("reading {shown}"));
    let mut codes = Vec::new();
    for (number, picture) in (1..).zip(pictures.iter().take(MOST_PICTURES)) {
        line.set(|| format!("reading {shown}: picture {number} of {}", pictures.len()));
        let said = match qr::look(picture) {
            Ok(reading) => {
                let warning = reading.warning();
                codes.extend(reading.codes);
                warning
            }
            Err(error) => error.is_worth_saying().then(|| error.to_string()),
        };
        if let Some(said) = said {
            line.note(
                &context.ui,
                &format!("{shown}: picture {number} in the page: {said}"),
            );
        }
    }
    if pictures.len() > MOST_PICTURES {
        let count = pictures.len() - MOST_PICTURES;
        line.note(
            &context.ui,
            &format!("{shown}: only {MOST_PICTURES} pictures in the page were looked at; {count} were not"),
        );
    }
    codes
}

/// The URIs in the text of a page; none if it has none.
pub(super) fn uris(bytes: &[u8]) -> Option<Import> {
    let format = FORMATS.iter().find(|format| format.name == "uris");
    import::read(&Input::new(bytes, "page.html"), format).ok()
}

/// A URI that is the same for the same account.
pub(super) fn uri(found: &Found) -> Zeroizing<String> {
    let draft = &found.draft;
    otp::format(&draft.issuer, &draft.name, &draft.credential)
}

/// Adds what only the pictures of a page have to what its text has.
pub(super) fn merge(mut page: Import, pictures: Import) -> Import {
    let hash = |found: &Found| *sha256(&[uri(found).as_bytes()]);
    let known: HashSet<_> = page.rows.iter().flatten().map(hash).collect();
    let is_new = |found: &Found| !known.contains(&hash(found));
    let rows = pictures.rows.into_iter();
    page.rows
        .extend(rows.filter(|row| row.as_ref().map_or(true, is_new)));
    page.parts.merge(pictures.parts);
    page.notes.extend(pictures.notes);
    page
}

/// The pictures in a page, each once.
fn pictures(text: &str) -> Vec<Zeroizing<Vec<u8>>> {
    let mut seen = HashSet::new();
    let all = data_pictures(text).chain(inline_svgs(text));
    all.filter(|picture| seen.insert(*sha256(&[picture])))
        .collect()
}

/// The pictures in `data:` URLs: of attributes, style sheets and scripts.
fn data_pictures(text: &str) -> impl Iterator<Item = Zeroizing<Vec<u8>>> {
    let starts = text.match_indices("data:image");
    starts.filter_map(|(start, _)| {
        let quote = text[..start].chars().next_back();
        let url = &text[start..];
        let ends = |c: char| match quote {
            Some(quote @ ('"' | '\'' | '`')) => c == quote,
            _ => c.is_whitespace() || matches!(c, ')' | '"' | '\'' | '<' | '>' | '&'),
        };
        let url = &url[..url.find(ends).unwrap_or(url.len())];
        let comma = url.find(',').filter(|comma| *comma <= LONGEST_HEAD)?;
        let (head, data) = (&url[..comma], &url[comma + 1..]);
        let plain = Zeroizing::new(match quick_xml::escape::unescape(data) {
            Ok(plain) => plain.into_owned(),
            Err(_) => data.to_owned(),
        });
        if head.to_ascii_lowercase().ends_with(";base64") {
            base64(&plain)
        } else {
            let plain = Zeroizing::new(percent_decode(&plain, false));
            Some(Zeroizing::new(plain.as_bytes().to_vec()))
        }
    })
}

/// Decodes base64 as browsers do: with white space, percent-encoded, with or without padding.
fn base64(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let escaped = text.contains('%').then(|| percent_decode(text, false));
    let text = escaped.as_ref().map_or(text, |plain| plain.as_str());
    // In scripts, a slash may be escaped, and a line may end with `\n`.
    let text = text
        .replace("\\n", "")
        .replace("\\u002B", "+")
        .replace("\\u003D", "=");
    let digits: Zeroizing<Vec<u8>> = Zeroizing::new(
        text.bytes()
            .filter_map(|byte| match byte {
                b'-' => Some(b'+'),
                b'_' => Some(b'/'),
                b'=' | b'\\' => None,
                byte => (!byte.is_ascii_whitespace()).then_some(byte),
            })
            .collect(),
    );
    data_encoding::BASE64_NOPAD
        .decode(&digits)
        .ok()
        .map(Zeroizing::new)
}

/// The `svg` elements of a page that are long enough to draw a code.
fn inline_svgs(text: &str) -> impl Iterator<Item = Zeroizing<Vec<u8>>> {
    let mut rest = text;
    let next = move || {
        let start = rest.find("<svg")?;
        let from = &rest[start..];
        let end = end_of_svg(from);
        rest = &from[end..];
        Some(&from[..end])
    };
    std::iter::from_fn(next)
        .filter(|svg| svg.len() >= SHORTEST_SVG)
        .map(|svg| Zeroizing::new(svg.as_bytes().to_vec()))
}

/// Where an `svg` element ends, with those inside it.
fn end_of_svg(text: &str) -> usize {
    let (mut at, mut depth) = (0, 0_usize);
    while let Some(tag) = text[at..].find("svg").map(|found| at + found) {
        at = tag + "svg".len();
        if text[..tag].ends_with("</") {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return text[at..].find('>').map_or(text.len(), |end| at + end + 1);
            }
        } else if text[..tag].ends_with('<') {
            depth += 1;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let pictures = pictures(text).into_iter();
        pictures
            .map(|bytes| String::from_utf8(bytes.to_vec()).unwrap())
            .collect()
    }

    #[test]
    fn pictures_are_found_wherever_a_page_has_them() {
        for page in [
            "<img src=\"data:image/png;base64,aGVsbG8=\">",
            "<img src='data:image/png;charset=x;base64,aGVs\n bG8'>",
            "<img src=data:image/png;base64,aGVsbG8=>",
            "<style>a{background:url(data:image/png;base64,aGVsbG8=)}</style>",
            "<script>x = {\"src\":\"data:image\\/png;base64,aGVsbG8=\"}</script>",
            "<img src=\"data:image/png;base64,aGVsbG8%3D\">",
            "<img src=\"data:image/png;base64,aGVsbG8&#61;\">",
            "<img src=\"data:image/svg+xml;utf8,hel%6Co\"><img src=\"data:image/svg+xml,hello\">",
        ] {
            assert_eq!(found(page), ["hello"], "{page}");
        }
        for page in [
            "data:image/png;base64,!",
            "data:image/png",
            "<svg></svg>",
            "datadata:image",
        ] {
            assert!(found(page).is_empty(), "{page}");
        }
    }

    #[test]
    fn an_inline_svg_ends_at_its_own_end() {
        let long = "<path d=\"M0 0h1\"/>".repeat(60);
        let svg = format!("<svg width=9><svg>{long}</svg><!-- svg --></svg >");
        let page = format!("<p>{svg}</p><svg><path/></svg>");
        assert_eq!(found(&page), [svg]);
    }

    #[test]
    fn pages_are_told_from_drawings() {
        for page in [
            "<!DOCTYPE html><p>",
            "\u{feff}\n<HTML>",
            "<!-- saved --><html><svg>",
        ] {
            assert!(is_page(page.as_bytes()), "{page}");
        }
        for other in [
            "<svg><html></svg>",
            "{\"a\":\"<html>\"}",
            "",
            "<?xml version=\"1.0\"?><svg/>",
        ] {
            assert!(!is_page(other.as_bytes()), "{other}");
        }
    }
}
