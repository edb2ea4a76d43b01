//! Text as one word of a shell's language: one function a shell. Whatever is in the text, the shell
//! reads it as that text and runs nothing.
//!
//! `None` means that the shell has no word for the text. A NUL has no place in any argument or
//! variable, and is never quoted.

/// A POSIX shell: sh, dash, bash, zsh. Nothing but its end is special within single quotes.
pub(crate) fn posix(text: &str) -> Option<String> {
    let text = without_nul(text)?;
    Some(format!("'{}'", text.replace('\'', r"'\''")))
}

/// bash, where a double quote is open: the rest of the text, and the quote that closes it. `!` would
/// begin the history's expansion there, even after a backslash.
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

/// fish: within single quotes, a backslash before a quote or another backslash is an escape.
#[cfg(any(feature = "aws", test))]
pub(crate) fn fish(text: &str) -> Option<String> {
    let text = without_nul(text)?;
    let text = text.replace('\\', r"\\").replace('\'', r"\'");
    Some(format!("'{text}'"))
}

/// `PowerShell`: five characters begin and end a single-quoted string, and two of them in a row stand
/// for one. The text has to arrive as it is: see [`powershell_by_pipe`] for what a console decodes.
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

/// `PowerShell`, for text that it reads from a program's output: line by line, in the console's code
/// page. There, bytes of other characters can be a quote, so that only printable ASCII has a form.
#[cfg(any(feature = "aws", test))]
pub(crate) fn powershell_by_pipe(text: &str) -> Option<String> {
    is_printable_ascii(text).then(|| powershell(text))?
}

/// cmd, between the double quotes of `set "NAME=VALUE"`. There is no escape that holds both at the
/// prompt and in a file: a quote would end the text, and `%` and `!` put variables into it.
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
