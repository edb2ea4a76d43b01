//! Wrong usage: what clap has to say, in the shape of all other errors.

use std::ffi::OsString;

use clap::Command;

use super::{ENTRIES, stderr};
use crate::ui::{ColorChoice, Ui, escape_lines, redact};

/// Prints clap's help, or its error and the command that helps. What it quotes is escaped, and a URI
/// loses its key.
pub(super) fn report(error: &clap::Error, arguments: &[OsString]) {
    let plain = error.to_string();
    if let Some(text) = plain.strip_prefix("error: ") {
        return report_error(text, &called(arguments));
    }
    let safe = escape_lines(&plain);
    if redact(&safe) == plain {
        // A closed pipe is all that can go wrong here.
        let _ = error.print();
    } else {
        Ui::new(ColorChoice::Never, true).status(&safe);
    }
}

/// clap's first line says what is wrong; tips, the usage and a pointer to the help follow.
fn report_error(text: &str, called: &str) {
    let ui = stderr(ColorChoice::Auto);
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    ui.error(first);
    for line in escape_lines(rest).lines().filter(|line| !line.is_empty()) {
        if line.starts_with("For more information") {
            ui.status(&format!("  try: {called} --help\n"));
        } else if let Some(usage) = line.strip_prefix("Usage:") {
            ui.status(&format!("  usage:{usage}\n"));
        } else {
            ui.status(&format!("  {}\n", line.trim_start()));
        }
    }
}

/// The command that was called, for instance `mfa vault restore`.
fn called(arguments: &[OsString]) -> String {
    let mut words = arguments
        .iter()
        .skip(1)
        .map(|word| word.to_str().unwrap_or_default());
    let first = words
        .next()
        .and_then(|word| ENTRIES.iter().find(|entry| entry.name == word));
    let Some(entry) = first else {
        return "mfa".to_owned();
    };
    let own = (entry.augment)(Command::new(entry.name));
    match words.next().and_then(|word| own.find_subcommand(word)) {
        Some(inner) => format!("mfa {} {}", entry.name, inner.get_name()),
        None => format!("mfa {}", entry.name),
    }
}
