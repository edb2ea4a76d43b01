//! Quotes paths and other words in commands to paste.

use std::borrow::Cow;
use std::path::Path;

/// Whose quotes a command has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quotes {
    Posix,
    /// Both `PowerShell` and `cmd`: nobody knows into which of them a person pastes.
    Windows,
}

/// Quotes a word for the person's shell.
pub(crate) fn quoted(path: &Path) -> String {
    // A shell cannot express a NUL, and no path contains one.
    let text = path.to_string_lossy().replace('\0', "\u{fffd}");
    match quotes_here() {
        Quotes::Posix => posix(&text),
        Quotes::Windows => windows(&text),
    }
}

/// On Windows, shells that are ported to it set `SHELL`, as Git Bash does.
fn quotes_here() -> Quotes {
    let has_shell = || std::env::var_os("SHELL").is_some_and(|shell| !shell.is_empty());
    if cfg!(windows) && !has_shell() {
        Quotes::Windows
    } else {
        Quotes::Posix
    }
}

fn posix(text: &str) -> String {
    shlex::try_quote(text).map_or_else(|_| text.to_owned(), Cow::into_owned)
}

/// Double quotes mean the same to both shells, unless the text has what one of them acts on within. Such a
/// text gets the single quotes of `PowerShell`. `cmd` does not know these, so what would start another
/// command there is left out: the command may fail, but runs nothing else.
fn windows(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "_-.:\\/+".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    let is_live =
        |c: char| "\"$`%!".contains(c) || matches!(c, '\u{201c}'..='\u{201e}') || c.is_control();
    if !text.contains(is_live) {
        // Backslashes before a quote are halved.
        let end = &text[text.trim_end_matches('\\').len()..];
        return format!("\"{text}{end}\"");
    }
    let mut quoted = String::from("'");
    for character in text.chars() {
        match character {
            '\'' | '\u{2018}'..='\u{201b}' => quoted.extend([character, character]),
            '&' | '|' | '<' | '>' | '^' => quoted.push('?'),
            other => quoted.push(other),
        }
    }
    quoted.push('\'');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_for_windows_is_one_to_both_of_its_shells() {
        for (text, quoted) in [
            (r"C:\Users\Jo\aws.png", r"C:\Users\Jo\aws.png"),
            (r"C:\My Files\aws.png", r#""C:\My Files\aws.png""#),
            (r"C:\My Files\", r#""C:\My Files\\""#),
            ("it's & more; (a, b) ^", r#""it's & more; (a, b) ^""#),
            ("@x", r#""@x""#),
            ("", r#""""#),
            // Only one of the shells can quote these.
            ("$HOME", "'$HOME'"),
            ("100%", "'100%'"),
            ("a`b'c", "'a`b''c'"),
            ("\u{2019}; calc $x", "'\u{2019}\u{2019}; calc $x'"),
            ("%x% & calc &", "'%x% ? calc ?'"),
        ] {
            assert_eq!(windows(text), quoted, "{text}");
        }
    }

    #[test]
    fn elsewhere_a_word_has_the_quotes_of_a_posix_shell() {
        assert_eq!(posix("/a b/it's"), "\"/a b/it's\"");
        assert_eq!(posix("/a/b.png"), "/a/b.png");
        assert_eq!(
            quotes_here() == Quotes::Windows,
            cfg!(windows) && std::env::var_os("SHELL").is_none()
        );
    }
}
