//! Text from outside, made harmless for a terminal.

use std::borrow::Cow;

/// Replaces control characters (C0, DEL, C1), bidi controls and line separators by `\u{…}`.
pub(crate) fn escape(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_harmful) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_harmful(character) {
            safe.extend(character.escape_unicode());
        } else {
            safe.push(character);
        }
    }
    Cow::Owned(safe)
}

/// The same for JSON text, in which such characters can only stand inside of strings.
pub(crate) fn escape_json(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for character in json.chars() {
        if is_harmful(character) && character != '\n' {
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

/// Whether a terminal would act on the character, or show the text around it in another order.
fn is_harmful(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{2069}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn harmless_text_is_untouched() {
        for text in ["alice@example.com", "你好 ü ✓", ""] {
            assert!(matches!(escape(text), Cow::Borrowed(same) if same == text));
        }
    }

    #[test]
    fn escapes_bidi_and_newlines_become_visible() {
        assert_eq!(escape("a\u{1b}]52;c;x\u{7}"), r"a\u{1b}]52;c;x\u{7}");
        assert_eq!(escape("a\nb\u{9b}\u{7f}"), r"a\u{a}b\u{9b}\u{7f}");
        assert_eq!(escape("\u{202e}evil"), r"\u{202e}evil");
    }

    #[test]
    fn json_stays_json() {
        let text = "x\u{7f}\u{9b}\u{202e}\u{1b}\u{e0041}y";
        let json = serde_json::to_string(text).unwrap();
        let safe = escape_json(&json);
        assert!(!safe.chars().any(is_harmful), "{safe}");
        assert_eq!(serde_json::from_str::<String>(&safe).unwrap(), text);
    }
}
