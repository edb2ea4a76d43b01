//! Escapes outside text for terminals, and for readers of JSON.

use std::borrow::Cow;

use unicode_width::UnicodeWidthChar;

use crate::otp::is_hidden;

pub(crate) use crate::otp::escape;

/// Escapes a text line by line, and keeps its line breaks.
pub(crate) fn escape_lines(text: &str) -> String {
    let escaped = |line: &str| {
        let margin = line.len() - line.trim_start_matches(' ').len();
        let (margin, rest) = line.split_at(margin);
        format!("{margin}{}", escape(rest.trim_end_matches([' ', '\r'])))
    };
    let lines = text.split('\n').map(escaped);
    lines.collect::<Vec<_>>().join("\n")
}

/// Escapes JSON. Characters that act on terminals can only be inside its strings.
pub(crate) fn escape_json(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for character in json.chars() {
        if is_hidden(character) && character != '\n' {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                safe.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            safe.push(character);
        }
    }
    safe
}

/// FIRST STRONG ISOLATE and POP DIRECTIONAL ISOLATE (UAX #9). Neither has a width.
const ISOLATE: char = '\u{2068}';
const END: char = '\u{2069}';

/// Puts each run of right-to-left text into an isolate, so that on a terminal which reorders text, the
/// rest of the line keeps its columns. A run ends at the next letter of another direction, at a control
/// character, and at the end of a table's column.
pub(crate) fn isolate(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_right_to_left) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 32);
    // Neutral characters, which belong to the run only if more of it follows.
    let mut waiting = String::new();
    let mut is_open = false;
    for c in text.chars() {
        let is_mark = waiting.is_empty() && !c.is_control() && c.width() == Some(0);
        if is_right_to_left(c) {
            if !is_open {
                shown.push(ISOLATE);
            }
            is_open = true;
            shown.push_str(&waiting);
            shown.push(c);
            waiting.clear();
        } else if !is_open || is_mark {
            shown.push(c);
        } else {
            let ends = c.is_alphabetic() || c.is_control() || (c == ' ' && waiting.ends_with(' '));
            waiting.push(c);
            if ends {
                shown.push(END);
                shown.push_str(&waiting);
                waiting.clear();
                is_open = false;
            }
        }
    }
    if is_open {
        shown.push(END);
        shown.push_str(&waiting);
    }
    Cow::Owned(shown)
}

/// Whether a character may have the class R, AL or AN. Covers the blocks that Unicode reserves for them
/// (DerivedBidiClass.txt), including neutral characters there.
fn is_right_to_left(c: char) -> bool {
    matches!(
        c,
        '\u{590}'..='\u{8ff}'
            | '\u{fb1d}'..='\u{fdff}'
            | '\u{fe70}'..='\u{fefe}'
            | '\u{10800}'..='\u{10fff}'
            | '\u{1e800}'..='\u{1efff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_stays_json() {
        let text = "x\u{7f}\u{9b}\u{202e}\u{1b}\u{e0041}\u{ad}\u{3000} y";
        let json = serde_json::to_string(text).unwrap();
        let safe = escape_json(&json);
        assert!(!safe.chars().any(is_hidden), "{safe}");
        assert_eq!(serde_json::from_str::<String>(&safe).unwrap(), text);
    }

    #[test]
    fn each_line_is_escaped_by_itself() {
        assert_eq!(escape_lines("  a\n\n  b\n"), "  a\n\n  b\n");
        assert_eq!(escape_lines("  a\u{1b}\nb\n"), "  a\\u{1b}\nb\n");
    }

    #[test]
    fn what_follows_right_to_left_text_keeps_its_place() {
        for (text, shown) in [
            ("alice  123456", "alice  123456"),
            ("שלום  123456  654321\n", "<שלום>  123456  654321\n"),
            ("עולם  שלום 12 ב  123456", "<עולם>  <שלום 12 ב>  123456"),
            (
                "mfa: no account 'שלום 1': x",
                "mfa: no account '<שלום> 1': x",
            ),
            ("אa\u{1b}[1mב", "<א>a\u{1b}[1m<ב>"),
            ("ا\u{64b}b", "<ا\u{64b}>b"),
            ("א\u{301}1", "<א\u{301}>1"),
            ("٣  ب", "<٣>  <ب>"),
            ("ב\n12", "<ב>\n12"),
        ] {
            let wanted = shown.replace('<', "\u{2068}").replace('>', "\u{2069}");
            assert_eq!(isolate(text), wanted, "{text}");
        }
    }

    #[test]
    fn every_right_to_left_character_is_known() {
        use unicode_bidi::BidiClass::{AL, AN, R};

        for c in '\0'..=char::MAX {
            let is_one = matches!(unicode_bidi::bidi_class(c), R | AL | AN);
            assert!(!is_one || is_right_to_left(c) || is_hidden(c), "{c:?}");
        }
    }
}
