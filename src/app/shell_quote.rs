//! Quotes text as one word of a shell, with one function per shell. Whatever the text contains, the
//! shell reads it as that text and runs nothing.
//!
//! `None` means that the shell cannot quote the text. A NUL is never quoted, because no argument or
//! variable can contain one.

/// POSIX shells: sh, dash, bash and zsh. Within single quotes, only the quote is special.
pub(crate) fn posix(text: &str) -> Option<String> {
    let text = without_nul(text)?;
    Some(format!("'{}'", text.replace('\'', r"'\''")))
}

/// bash, after an open double quote: the rest of the text and the closing quote. `!` is quoted
/// singly, because it starts history expansion there, even after a backslash.
pub(crate) fn posix_in_double_quotes(text: &str) -> Option<String> {
    let mut quoted = String::with_capacity(text.len() + 1);
    for character in without_nul(text)?.chars() {
        match character {
            '!' => quoted.push_str("\"'!'\""),
            '"' | '\\' | '$' | '`' => quoted.extend(['\\', character]),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    Some(quoted)
}

/// fish. Within single quotes, a backslash escapes a quote or another backslash.
#[cfg(any(feature = "aws", test))]
pub(crate) fn fish(text: &str) -> Option<String> {
    let text = without_nul(text)?;
    let text = text.replace('\\', r"\\").replace('\'', r"\'");
    Some(format!("'{text}'"))
}

/// `PowerShell`. Five characters start and end a single-quoted string; a doubled one stands for
/// itself. This is for text that `PowerShell` gets unchanged; see [`powershell_by_pipe`] otherwise.
pub(crate) fn powershell(text: &str) -> Option<String> {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('\'');
    for character in without_nul(text)?.chars() {
        if matches!(character, '\'' | '\u{2018}'..='\u{201b}') {
            quoted.push(character);
        }
        quoted.push(character);
    }
    quoted.push('\'');
    Some(quoted)
}

/// `PowerShell`, for text that it reads from a program's output, in the console's code page. There,
/// bytes of other characters can become a quote, so only printable ASCII is accepted.
#[cfg(any(feature = "aws", test))]
pub(crate) fn powershell_by_pipe(text: &str) -> Option<String> {
    is_printable_ascii(text).then(|| powershell(text))?
}

/// cmd, between the double quotes of `set "NAME=VALUE"`. Nothing escapes a quote, `%` or `!` both
/// at the prompt and in a file, so they are refused.
#[cfg(any(feature = "aws", test))]
pub(crate) fn cmd(text: &str) -> Option<&str> {
    let is_live = |c: char| matches!(c, '"' | '%' | '!');
    (is_printable_ascii(text) && !text.contains(is_live)).then_some(text)
}

fn without_nul(text: &str) -> Option<&str> {
    (!text.contains('\0')).then_some(text)
}

#[cfg(any(feature = "aws", test))]
fn is_printable_ascii(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

#[cfg(test)]
mod tests;
