//! Escapes outside text that people see. What is invisible, or changes the text around it, becomes
//! `\u{…}`, so that two different names never look alike.
//!
//! Joined emoji (U+200D) and variation selectors are escaped too: with exceptions, two names could
//! look alike again.

use std::borrow::Cow;

/// Escapes what acts on a terminal and what is invisible. Also escapes a space at either end, and
/// text that looks like an escape: so no two texts are shown the same.
pub(crate) fn escape(text: &str) -> Cow<'_, str> {
    let is_edge = |at: usize| at == 0 || at + 1 == text.len();
    replace(text, |at, c| match c {
        ' ' => is_edge(at),
        '\\' => text[at + 1..].starts_with("u{"),
        _ => is_hidden(c),
    })
}

/// Escapes only what acts on the text around it, for files that other programs display.
pub(crate) fn escape_controls(text: &str) -> Cow<'_, str> {
    replace(text, |_, c| is_active(c))
}

fn replace(text: &str, is_replaced: impl Fn(usize, char) -> bool) -> Cow<'_, str> {
    if !text.char_indices().any(|(at, c)| is_replaced(at, c)) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for (at, character) in text.char_indices() {
        if is_replaced(at, character) {
            safe.extend(character.escape_unicode());
        } else {
            safe.push(character);
        }
    }
    Cow::Owned(safe)
}

/// Whether a character is invisible, or looks like another one.
pub(crate) fn is_hidden(c: char) -> bool {
    let is_ignorable = || IGNORABLE.iter().any(|range| range.contains(&c));
    match c {
        ' '..='~' => false,
        // All spaces except U+0020, and blank characters that are not spaces.
        '\u{2800}' | '\u{16fe4}' | '\u{1d159}' => true,
        _ => is_active(c) || c.is_whitespace() || is_ignorable(),
    }
}

/// Whether the character acts on a terminal, or reorders the text around it.
fn is_active(c: char) -> bool {
    let changes_order = matches!(
        c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            | '\u{206a}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}' | '\u{e0001}'..='\u{e007f}'
    );
    c.is_control() || changes_order
}

/// `Default_Ignorable_Code_Point` of Unicode 17.0 (DerivedCoreProperties.txt). Later versions only
/// add characters from ranges reserved for it, which are included.
const IGNORABLE: [std::ops::RangeInclusive<char>; 17] = [
    '\u{ad}'..='\u{ad}',
    '\u{34f}'..='\u{34f}',
    '\u{61c}'..='\u{61c}',
    '\u{115f}'..='\u{1160}',
    '\u{17b4}'..='\u{17b5}',
    '\u{180b}'..='\u{180f}',
    '\u{200b}'..='\u{200f}',
    '\u{202a}'..='\u{202e}',
    '\u{2060}'..='\u{206f}',
    '\u{3164}'..='\u{3164}',
    '\u{fe00}'..='\u{fe0f}',
    '\u{feff}'..='\u{feff}',
    '\u{ffa0}'..='\u{ffa0}',
    '\u{fff0}'..='\u{fff8}',
    '\u{1bca0}'..='\u{1bca3}',
    '\u{1d173}'..='\u{1d17a}',
    '\u{e0000}'..='\u{e0fff}',
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn harmless_text_is_untouched() {
        for text in [
            "alice@example.com",
            "你好 ü ✓ שלום",
            "a b",
            r"C:\users",
            "🦀 日本",
            "",
        ] {
            assert!(matches!(escape(text), Cow::Borrowed(same) if same == text));
        }
    }

    #[test]
    fn escapes_bidi_and_newlines_become_visible() {
        assert_eq!(escape("a\u{1b}]52;c;x\u{7}"), r"a\u{1b}]52;c;x\u{7}");
        assert_eq!(escape("a\nb\u{9b}\u{7f}"), r"a\u{a}b\u{9b}\u{7f}");
        assert_eq!(escape("\u{202e}evil"), r"\u{202e}evil");
        assert_eq!(
            escape_controls("\u{202e}a\u{1b}\u{200d}"),
            "\\u{202e}a\\u{1b}\u{200d}"
        );
    }

    #[test]
    fn names_that_look_alike_are_told_apart() {
        for (text, shown) in [
            ("ali\u{ad}ce", r"ali\u{ad}ce"),
            ("alice\u{fe0f}", r"alice\u{fe0f}"),
            ("a\u{3164}\u{115f}\u{ffa0}", r"a\u{3164}\u{115f}\u{ffa0}"),
            ("a\u{180b}\u{17b4}\u{34f}", r"a\u{180b}\u{17b4}\u{34f}"),
            (
                "a\u{1d173}\u{e0101}\u{e0fff}",
                r"a\u{1d173}\u{e0101}\u{e0fff}",
            ),
            ("a\u{a0}b\u{3000}c\u{2800}d", r"a\u{a0}b\u{3000}c\u{2800}d"),
            ("alice ", r"alice\u{20}"),
            (" ", r"\u{20}"),
            (r"alice\u{20}", r"alice\u{5c}u{20}"),
            ("👩\u{200d}💻", r"👩\u{200d}💻"),
        ] {
            assert_eq!(escape(text), shown);
        }
    }

    #[test]
    fn the_table_is_that_of_unicode() {
        use regex_syntax::hir::{Class, HirKind};

        let hir = regex_syntax::parse(r"\p{Default_Ignorable_Code_Point}").unwrap();
        let HirKind::Class(Class::Unicode(class)) = hir.kind() else {
            panic!("no class")
        };
        let ranges = class
            .ranges()
            .iter()
            .map(|range| range.start()..=range.end());
        assert!(ranges.eq(IGNORABLE));
    }

    proptest! {
        /// What is shown is visible, and the text can be recovered from it.
        #[test]
        fn every_text_can_be_told_from_what_is_shown(
            text in r"([ \\u{}0-9a]|\p{any}|\p{Default_Ignorable_Code_Point}){0,12}",
        ) {
            let shown = escape(&text).into_owned();
            prop_assert!(!shown.chars().any(is_hidden), "{shown}");
            let mut parts = shown.split(r"\u{");
            let mut back = parts.next().unwrap().to_owned();
            for part in parts {
                let (number, rest) = part.split_once('}').unwrap();
                back.push(u32::from_str_radix(number, 16).ok().and_then(char::from_u32).unwrap());
                back.push_str(rest);
            }
            prop_assert_eq!(back, text);
        }
    }
}
