//! `mfa help`: prints the help of a command, or a document that is compiled in.

use std::ffi::OsStr;

use clap_complete::{ArgValueCompleter, CompletionCandidate};

use super::markdown::for_terminal;
use super::whole_command;
use crate::app::complete::{one_of, words_before};
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::commands::Run;

/// The documents: name, summary and text.
const TOPICS: &[(&str, &str, &str)] = &[
    #[cfg(feature = "aws")]
    (
        "aws",
        "Devices, sessions, roles and settings",
        include_str!("../aws/aws.md"),
    ),
    (
        "formats",
        "Programs to import from and export to",
        concat!(
            include_str!("../import/formats.md"),
            "\n",
            include_str!("../otp/parameters.md"),
        ),
    ),
    (
        "pictures",
        "Which pictures are read, and how well",
        include_str!("../qr/pictures.md"),
    ),
    #[cfg(feature = "desktop")]
    (
        "desktop",
        "The clipboard and the screen",
        include_str!("../desktop/desktop.md"),
    ),
    (
        "sync",
        "Several machines, one vault",
        include_str!("../sync/sync.md"),
    ),
    (
        "security",
        "What protects the vault, and against whom",
        include_str!("../vault/security.md"),
    ),
    (
        "format",
        "The format of the vault file",
        include_str!("../vault/format/format.md"),
    ),
    (
        "exit-codes",
        "Exit codes",
        include_str!("../app/exit-codes.md"),
    ),
];

/// Print help on a command or a topic
#[derive(Debug, clap::Args)]
#[command(after_help = topics())]
pub(crate) struct Args {
    /// A command, such as 'vault restore', or a topic
    #[arg(value_name = "COMMAND|TOPIC", num_args = 0.., add = ArgValueCompleter::new(complete))]
    words: Vec<String>,
}

/// Completes the name of a command, after those before it, or of a topic.
fn complete(typed: &OsStr) -> Vec<CompletionCandidate> {
    let before = words_before().iter().filter(|word| !word.starts_with('-'));
    let mut before = before.skip_while(|word| *word != "help").skip(1).peekable();
    let is_first = before.peek().is_none();
    let mut whole = whole_command();
    whole.build();
    let outer = before.try_fold(&whole, |command, word| command.find_subcommand(word));
    let commands = outer.into_iter().flat_map(clap::Command::get_subcommands);
    let commands = commands
        .filter(|command| !command.is_hide_set())
        .map(|command| {
            let about = command.get_about().map(ToString::to_string);
            (command.get_name().to_owned(), about)
        });
    let topics = TOPICS.iter().filter(|_| is_first);
    let topics = topics.map(|(name, about, _)| ((*name).to_owned(), Some((*about).to_owned())));
    // The topic and the command aws have one name.
    let mut values: Vec<_> = topics.chain(commands).collect();
    let mut seen = Vec::new();
    values.retain(|(name, _)| {
        !seen.contains(name) && {
            seen.push(name.clone());
            true
        }
    });
    one_of(values, typed)
}

fn topics() -> String {
    let line = |(name, about, _): &(&str, &str, &str)| format!("\n  {name:<10}  {about}");
    let lines: String = TOPICS.iter().map(line).collect();
    format!("Topics:{lines}")
}

/// Indents blocks of code, as in a manual page, instead of fencing them.
fn plain(markdown: &str) -> String {
    let mut text = String::with_capacity(markdown.len() + 1024);
    let mut is_code = false;
    for line in markdown.lines() {
        if line.starts_with("```") {
            is_code = !is_code;
            continue;
        }
        if is_code && !line.is_empty() {
            text.push_str("    ");
        }
        text.push_str(line);
        text.push('\n');
    }
    text
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        if let [name] = self.words.as_slice()
            && let Some((.., text)) = TOPICS.iter().find(|(topic, ..)| topic == name)
        {
            let shown = match context.ui.width() {
                Some(width) => for_terminal(text, width.min(100)),
                None => plain(text),
            };
            return Ok(context.ui.print(&shown)?);
        }
        let mut command = whole_command();
        command.build();
        for name in &self.words {
            let found = command.find_subcommand(name).cloned();
            command = found.ok_or_else(|| {
                let message = format!("there is no command or topic '{name}'");
                CommandError::new(Exit::Usage, message).with_hint("mfa help help")
            })?;
        }
        let text = command.render_long_help().to_string();
        Ok(context.ui.print(&text)?)
    }
}
