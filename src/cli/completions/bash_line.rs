//! Splits a bash line up to the cursor into words, and completes the last one.
//!
//! readline replaces only the end of a word. It starts after the last of `COMP_WORDBREAKS` (`:`,
//! `@`, `=`, …), or after an open quote. The rest stays on the line, and a completion has to fit
//! it.

use crate::app::shell_quote;

/// The quote that is open at the end of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quote {
    None,
    Single,
    Double,
}

/// A word without its quotes.
#[derive(Debug, Default, PartialEq, Eq)]
struct Word {
    text: String,
    /// Whether the shell would expand it: a variable, a pattern or a home folder.
    is_live: bool,
}

/// Splits a text into words, and returns the quote that is open at its end. Between words, and in
/// an empty text, the last word is empty.
fn split(text: &str) -> (Vec<Word>, Quote) {
    let mut words = vec![Word::default()];
    // Whether the last word has started: `''` is a word.
    let mut has_begun = false;
    let mut quote = Quote::None;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        let is_space = quote == Quote::None && character.is_ascii_whitespace();
        if is_space {
            if has_begun {
                words.push(Word::default());
            }
            has_begun = false;
            continue;
        }
        let Some(word) = words.last_mut() else { break };
        match (quote, character) {
            (Quote::None, '\'') => quote = Quote::Single,
            (Quote::None, '"') => quote = Quote::Double,
            (Quote::Single, '\'') | (Quote::Double, '"') => quote = Quote::None,
            (Quote::Single, _) => word.text.push(character),
            (_, '\\') => escaped(&mut word.text, characters.next(), quote),
            (_, '$' | '`') => word.push_live(character),
            (Quote::None, '~') if word.text.is_empty() => word.push_live(character),
            (Quote::None, _) if is_special(character) => word.push_live(character),
            (Quote::None | Quote::Double, _) => word.text.push(character),
        }
        has_begun = true;
    }
    (words, quote)
}

/// Adds the character after a backslash. Within double quotes, a backslash escapes only four
/// characters.
fn escaped(text: &mut String, next: Option<char>, quote: Quote) {
    match next {
        Some('\n') => {}
        Some(next) => {
            if quote == Quote::Double && !matches!(next, '$' | '`' | '"' | '\\') {
                text.push('\\');
            }
            text.push(next);
        }
        None => text.push('\\'),
    }
}

impl Word {
    fn push_live(&mut self, character: char) {
        self.text.push(character);
        self.is_live = true;
    }
}

fn is_special(character: char) -> bool {
    "*?[]{}()<>&|;!#^".contains(character)
}

fn is_assignment(word: &str) -> bool {
    let name = word.split_once('=').map_or("", |(name, _)| name);
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !name.is_empty() && name.chars().all(is_of_name)
}

/// Splits a line into words; the last one ends at the cursor and may be empty. Leaves out variables
/// that are set before the command.
pub(super) fn words(line: &str) -> Vec<String> {
    let words = split(line).0.into_iter().map(|word| word.text);
    words.skip_while(|word| is_assignment(word)).collect()
}

/// Returns what replaces `replaced`, the end of the line, to make the last word `candidate`.
/// Returns `None` if what stays on the line does not allow it.
pub(super) fn completion(line: &str, replaced: &str, candidate: &str) -> Option<String> {
    let kept = line.strip_suffix(replaced)?;
    let (words, quote) = split(kept);
    let word = words.last().filter(|word| !word.is_live)?;
    let rest = candidate.strip_prefix(&word.text)?;
    Some(match quote {
        Quote::None if rest.chars().all(is_plain) => rest.to_owned(),
        Quote::None => shell_quote::posix(rest)?,
        Quote::Single => shell_quote::posix(rest)?[1..].to_owned(),
        Quote::Double => shell_quote::posix_in_double_quotes(rest)?,
    })
}

/// Whether a character needs no quotes in bash, anywhere in a word.
fn is_plain(character: char) -> bool {
    character.is_alphanumeric() || "_./:@%+,-=".contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_split_as_bash_splits_them() {
        for (line, wanted) in [
            ("mfa code ", &["mfa", "code", ""][..]),
            ("A=1 B='2 3' mfa code a", &["mfa", "code", "a"]),
            ("mfa code 'a b'\\''c", &["mfa", "code", "a b'c"]),
            ("mfa code \"a\\\"\\x$y", &["mfa", "code", "a\"\\x$y"]),
            ("mfa code '' x", &["mfa", "code", "", "x"]),
            ("mfa code a\\ b:c", &["mfa", "code", "a b:c"]),
            ("", &[""]),
        ] {
            assert_eq!(words(line), wanted, "{line}");
        }
    }

    #[test]
    fn what_is_put_on_the_line_fits_what_stays_there() {
        let complete = |line: &str, replaced: &str, name: &str| completion(line, replaced, name);
        for (line, replaced, name, wanted) in [
            ("mfa code al", "al", "alice", "alice"),
            ("mfa code a", "a", "a;id", "'a;id'"),
            ("mfa code 'a", "a", "a;it's", "a;it'\\''s'"),
            ("mfa code \"a", "a", "a$b!", "a\\$b\"'!'\"\""),
            ("mfa code GitHub:al", "al", "GitHub:alice", "alice"),
            ("mfa code GitHub:al", "al", "GitHub:al ice", "'al ice'"),
            ("mfa code x\\ y:", "", "x y:`id`", "'`id`'"),
            ("mfa code ", "", "~root", "'~root'"),
            ("mfa code ", "", "", ""),
        ] {
            assert_eq!(
                complete(line, replaced, name).as_deref(),
                Some(wanted),
                "{line}"
            );
        }
        // What stays would be run, is other text, or belongs to another name.
        assert_eq!(complete("mfa code $(id):a", "a", "$(id):a"), None);
        assert_eq!(complete("mfa code ~:a", "a", "~:a"), None);
        assert_eq!(complete("mfa code b:a", "a", "c:a"), None);
        assert_eq!(complete("mfa code a", "x", "a"), None);
    }
}
