//! Reports wrong usage: clap's errors in the shape of all other errors.

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;

use clap::Command;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::near::{Inner, Near, holds_key, is_typo, near_command, near_inner};
use super::{command_for, definition, find_entry, stderr};
use crate::app::hint::Given;
use crate::ui::{ColorChoice, Ui, escape, escape_lines, redact};
use crate::vault::storage::quoted;

/// Prints clap's help; or its error with the usage and a command to try. Text from outside is escaped,
/// and keys in URIs are redacted.
pub(super) fn report(error: &clap::Error, arguments: &[OsString]) {
    let plain = error.to_string();
    if let Some(text) = plain.strip_prefix("error: ") {
        return report_error(error, text, arguments);
    }
    let ui = Ui::new(ColorChoice::Never, true);
    if let Some(width) = ui.width().filter(|width| *width < HELP_WIDTH) {
        let text: String = escape_lines(&plain)
            .lines()
            .map(|line| narrow(line, width))
            .collect();
        if error.use_stderr() {
            ui.status(&text);
        } else {
            let _ = ui.print(&text);
        }
        return;
    }
    let safe = escape_lines(&plain);
    if redact(&safe) == plain {
        // Printing fails only if the pipe is closed.
        let _ = error.print();
    } else {
        ui.status(&safe);
    }
}

/// Columns of the help of `mfa` itself, which clap does not wrap.
const HELP_WIDTH: usize = 80;

/// Wraps a line of help at words. What follows stands below the text beside the names.
fn narrow(line: &str, width: usize) -> String {
    let begin = line.len() - line.trim_start().len();
    let gap = line[begin..].find("  ").map(|at| begin + at);
    let text = gap.map(|at| line.len() - line[at..].trim_start().len());
    let indent = text.filter(|text| text + 10 < width).unwrap_or(begin + 4);
    let (mut wrapped, mut column) = (String::new(), 0);
    for word in line.split_inclusive(' ') {
        let length = word.trim_end().len();
        if column > indent && column + length > width {
            wrapped.truncate(wrapped.trim_end().len());
            wrapped.push('\n');
            wrapped.push_str(&" ".repeat(indent));
            column = indent;
        }
        wrapped.push_str(word);
        column += word.len();
    }
    wrapped.truncate(wrapped.trim_end().len());
    wrapped + "\n"
}

fn report_error(error: &clap::Error, text: &str, arguments: &[OsString]) {
    let ui = stderr(ColorChoice::Auto);
    let line = Line::new(arguments);
    let Called { name, usage } = called(arguments);
    let in_context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        Some(ContextValue::Strings(texts)) => texts.first().map(String::as_str),
        _ => None,
    };
    let (message, usage, hints) = match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let word = in_context(ContextKind::InvalidSubcommand).unwrap_or_default();
            let (usage, hints) = instead_of(word, &line, &name, usage);
            let message = if holds_key(word) {
                "there is no such command".to_owned()
            } else {
                format!("there is no command '{word}'")
            };
            (message, usage, hints)
        }
        ErrorKind::UnknownArgument => {
            let word = in_context(ContextKind::InvalidArg).unwrap_or_default();
            let word = if is_like_secret(word) { "…" } else { word };
            let suggested = in_context(ContextKind::SuggestedArg)
                .filter(|right| is_typo(word, right))
                .and_then(|right| line.with(word, &[right.to_owned()]));
            let hints = vec![suggested.unwrap_or_else(|| format!("{name} --help"))];
            (format!("unexpected argument '{word}'"), usage, hints)
        }
        _ => (message_of(text), usage, vec![format!("{name} --help")]),
    };
    ui.error(&message);
    if !usage.is_empty() {
        ui.status(&format!("  usage: {usage}\n"));
    }
    let given = given(arguments);
    for hint in hints {
        ui.status(&format!("  try: {}\n", escape(&given.command(hint))));
    }
}

/// The options before and beside what is wrong.
fn given(arguments: &[OsString]) -> Given {
    let lenient = command_for(arguments).ignore_errors(true);
    let matches = lenient.try_get_matches_from(arguments);
    matches.map_or_else(
        |_| Given::default(),
        |matches| Given::new(&Arc::new(matches), definition),
    )
}

/// Whether a word may be a secret access key of AWS, which has 40 characters of base64.
fn is_like_secret(word: &str) -> bool {
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    word.len() == 40 && word.bytes().all(is_base64)
}

/// Returns clap's message in one line, without the usage.
fn message_of(text: &str) -> String {
    let lines = text.lines().map(str::trim);
    let message = lines.take_while(|line| !line.is_empty() && !line.starts_with("Usage:"));
    let message = message.collect::<Vec<_>>().join(" ");
    // Replaces std's words for a bad number.
    message.replace("invalid digit found in string", "not a whole number")
}

/// Returns the usage and commands to try for an unknown command.
fn instead_of(word: &str, line: &Line<'_>, called: &str, usage: String) -> (String, Vec<String>) {
    let help = format!("{called} --help");
    let bare = |words: &[String]| format!("{called} {}", words.join(" "));
    if let Some((_, outer)) = called.split_once(' ') {
        let near = near_inner(outer, word).map(|near| match near {
            Inner::Sibling(name) => line
                .with(word, std::slice::from_ref(&name))
                .unwrap_or_else(|| bare(&[name])),
            Inner::Outer(name) => format!("mfa {name}"),
        });
        return (usage, vec![near.unwrap_or(help)]);
    }
    match near_command(word) {
        Near::Command(words) => {
            let hint = line.with(word, &words).unwrap_or_else(|| bare(&words));
            (String::new(), vec![hint])
        }
        Near::Key => (String::new(), vec!["mfa add".to_owned()]),
        Near::Nothing => {
            // A word alone may be the name of an account.
            let code = line.with(word, &["code".to_owned(), word.to_owned()]);
            let code = code.filter(|_| line.ends_with(word));
            (usage, code.into_iter().chain([help]).collect())
        }
    }
}

/// The arguments of the process, to build a line that can be pasted.
struct Line<'a>(&'a [OsString]);

impl<'a> Line<'a> {
    const fn new(arguments: &'a [OsString]) -> Self {
        Self(arguments)
    }

    fn ends_with(&self, word: &str) -> bool {
        self.0.last().is_some_and(|last| last == word)
    }

    /// Returns the line with the first argument that is `word` replaced; `None` if it may contain a
    /// key.
    fn with(&self, word: &str, replacement: &[String]) -> Option<String> {
        let place = self.0.iter().skip(1).position(|one| {
            let text = one.to_str();
            text == Some(word) || text.and_then(|text| text.split_once('=')?.0.into()) == Some(word)
        })? + 1;
        let mut line = "mfa".to_owned();
        for (index, argument) in self.0.iter().enumerate().skip(1) {
            let value = argument.to_str()?;
            if holds_key(value) {
                return None;
            }
            let own = [value.to_owned()];
            for word in if index == place { replacement } else { &own } {
                line.push(' ');
                line.push_str(&quoted(Path::new(word)));
            }
        }
        Some(line)
    }
}

/// Those that take a value.
const GLOBAL_OPTIONS: &[&str] = &["--vault", "--passphrase-file", "--color"];

/// The command that was called.
struct Called {
    /// Its full name, such as `mfa vault restore`.
    name: String,
    /// The usage in one line.
    usage: String,
}

/// The words that are neither options nor the values of global options.
fn names(arguments: &[OsString]) -> impl Iterator<Item = &str> {
    let mut is_value = false;
    let words = arguments.iter().skip(1);
    let words = words.map(|word| word.to_str().unwrap_or_default());
    words.filter(move |word| {
        let is_name = !is_value && !word.starts_with('-');
        is_value = !is_value && GLOBAL_OPTIONS.contains(word);
        is_name
    })
}

fn called(arguments: &[OsString]) -> Called {
    let mut words = names(arguments);
    let mut name = "mfa".to_owned();
    let mut command = Command::new("mfa")
        .subcommand_required(true)
        .subcommand(Command::new("x"));
    if let Some(entry) = words.next().and_then(find_entry) {
        name = format!("mfa {}", entry.name);
        command = (entry.augment)(Command::new(entry.name));
        if let Some(inner) = words.next().and_then(|word| command.find_subcommand(word)) {
            name = format!("{name} {}", inner.get_name());
            command = inner.clone();
        }
    }
    let usage = command.bin_name(&name).render_usage().to_string();
    let usage = usage.trim_start_matches("Usage:").trim().to_owned();
    Called { name, usage }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_is_wrapped_below_its_text() {
        let line = "  add     Add accounts from QR pictures";
        assert_eq!(narrow(line, 80), format!("{line}\n"));
        let narrowed = "  add     Add accounts\n          from QR\n          pictures\n";
        assert_eq!(narrow(line, 22), narrowed);
        assert_eq!(narrow("", 20), "\n");
        assert_eq!(narrow("Two-factor codes", 12), "Two-factor\n    codes\n");
    }
}
