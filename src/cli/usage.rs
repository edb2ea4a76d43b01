//! Reports wrong usage: clap's errors in the shape of all other errors.

use std::ffi::OsString;
use std::path::Path;

use clap::Command;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::near::{Near, holds_key, near_command};
use super::{find_entry, stderr};
use crate::ui::{ColorChoice, Ui, escape, escape_lines, redact};
use crate::vault::storage::quoted;

/// Prints clap's help; or its error, the usage that fits and a command to try. Outside text is
/// escaped, and keys in URIs are redacted.
pub(super) fn report(error: &clap::Error, arguments: &[OsString]) {
    let plain = error.to_string();
    if let Some(text) = plain.strip_prefix("error: ") {
        return report_error(error, text, arguments);
    }
    let safe = escape_lines(&plain);
    if redact(&safe) == plain {
        // Printing fails only if the pipe is closed.
        let _ = error.print();
    } else {
        Ui::new(ColorChoice::Never, true).status(&safe);
    }
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
            let known = in_context(ContextKind::SuggestedSubcommand);
            let (usage, hints) = instead_of(word, known, &line, &name, usage);
            let message = if holds_key(word) {
                "there is no such command".to_owned()
            } else {
                format!("there is no command '{word}'")
            };
            (message, usage, hints)
        }
        ErrorKind::UnknownArgument => {
            let word = in_context(ContextKind::InvalidArg).unwrap_or_default();
            let suggested = in_context(ContextKind::SuggestedArg)
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
    for hint in hints {
        ui.status(&format!("  try: {}\n", escape(&hint)));
    }
}

/// Returns clap's message in one line, without the usage.
fn message_of(text: &str) -> String {
    let lines = text.lines().map(str::trim);
    let message = lines.take_while(|line| !line.is_empty() && !line.starts_with("Usage:"));
    let message = message.collect::<Vec<_>>().join(" ");
    // Replaces std's words for a bad number.
    message.replace("invalid digit found in string", "not a whole number")
}

/// Returns the usage and commands to try for an unknown command. `known` is clap's suggestion.
fn instead_of(
    word: &str,
    known: Option<&str>,
    line: &Line<'_>,
    called: &str,
    usage: String,
) -> (String, Vec<String>) {
    let help = format!("{called} --help");
    let bare = |words: &[String]| format!("{called} {}", words.join(" "));
    if called != "mfa" {
        let known = known.map(|known| vec![known.to_owned()]);
        let hint = known.map(|known| line.with(word, &known).unwrap_or_else(|| bare(&known)));
        return (usage, vec![hint.unwrap_or(help)]);
    }
    match near_command(word) {
        Near::Command(words) => {
            let hint = line.with(word, &words).unwrap_or_else(|| bare(&words));
            (String::new(), vec![hint])
        }
        Near::Key => (String::new(), vec!["mfa add".to_owned()]),
        Near::Nothing => {
            let code = line.with(word, &["code".to_owned(), word.to_owned()]);
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

/// The command that was called.
struct Called {
    /// Its full name, such as `mfa vault restore`.
    name: String,
    /// The usage in one line.
    usage: String,
}

fn called(arguments: &[OsString]) -> Called {
    let words = arguments.iter().skip(1);
    let mut words = words.map(|word| word.to_str().unwrap_or_default());
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
