//! Text from outside that is shown to people: what cannot be seen in it, or would change the text
//! around it, is written as `\u{…}`, so that two names never look alike.
//!
//! Emoji that are joined of several (by U+200D), and those with a variation selector, are shown in
//! their parts: a rule with exceptions would let two names look alike again.

use std::borrow::Cow;

/// Replaces what acts on a terminal, and what is invisible. A space at either end, and what only
/// looks like such a replacement, is replaced too: the text can be told from what is shown.
pub(crate) fn escape(text: &str) -> Cow<'_, str> {
    let is_edge = |at: usize| at == 0 || at + 1 == text.len();
    replace(text, |at, c| match c {
        ' ' => is_edge(at),
        '\\' => text[at + 1..].starts_with("u{"),
        _ => is_hidden(c),
    })
}

/// Replaces what acts on the text around it, for files that other programs show.
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

/// Whether a character cannot be seen, or not for what it is.
pub(crate) fn is_hidden(c: char) -> bool {
    let is_ignorable = || IGNORABLE.iter().any(|range| range.contains(&c));
    match c {
        ' '..='~' => false,
        // Other spaces than the one on the keyboard, and what is blank without being a space.
        '\u{2800}' | '\u{16fe4}' | '\u{1d159}' => true,
        _ => is_active(c) || c.is_whitespace() || is_ignorable(),
    }
}

/// Whether a terminal would act on the character, or show the text around it in another order.
fn is_active(c: char) -> bool {
    let changes_order = matches!(
        c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            | '\u{206a}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}' | '\u{e0001}'..='\u{e007f}'
    );
    c.is_control() || changes_order
}

/// `Default_Ignorable_Code_Point` of Unicode 17.0 (DerivedCoreProperties.txt). The property is
/// stable but for new characters, which are in ranges that are reserved for it here.
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

    /// Every character that Unicode says to ignore.
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
        /// What is shown is seen, and says what was there.
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
