//! `mfa man`: shows the manual pages.

use std::io::{self, Write};
use std::process::Stdio;

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, roman};

use super::whole_command;
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::app::programs::{child, start};
use crate::commands::Run;
use crate::vault::storage::plain;

/// Show the manual page
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Show the page of this command
    #[arg(value_name = "COMMAND", num_args = 0..)]
    command: Vec<String>,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let mut whole = whole_command();
        whole.build();
        let mut command = &whole;
        for name in &self.command {
            command = command.find_subcommand(name).ok_or_else(|| {
                CommandError::new(Exit::Usage, format!("there is no command '{name}'"))
                    .with_hint("mfa --help")
            })?;
        }
        let mut page = Vec::new();
        render(command, &mut page)?;
        if context.ui.stdout_is_terminal() {
            return show(&page);
        }
        let page = String::from_utf8_lossy(&page).into_owned();
        Ok(context.ui.print(&page)?)
    }
}

/// Renders the page of a command. The page of `mfa` contains all commands with their options.
fn render(command: &Command, page: &mut Vec<u8>) -> io::Result<()> {
    let version = concat!("mfa ", env!("CARGO_PKG_VERSION"));
    // Help hides the global options of subcommands, but each page must be complete.
    let with_globals = command.clone().mut_args(|argument| {
        if argument.is_global_set() {
            argument.hide(false)
        } else {
            argument
        }
    });
    let man = Man::new(with_globals)
        // An empty date is left out, and the next field would take its place.
        .date(" ")
        .source(version)
        .manual("mfa manual");
    man.render_title(page)?;
    man.render_name_section(page)?;
    section("SYNOPSIS", [synopsis(command)]).to_writer(page)?;
    man.render_description_section(page)?;
    let inner: Vec<_> = command
        .get_subcommands()
        .filter(|inner| inner.get_name() != "help")
        .collect();
    if !inner.is_empty() {
        let list = inner.iter().flat_map(|inner| summary(inner));
        section("COMMANDS", list.collect::<Vec<_>>()).to_writer(page)?;
    }
    man.render_options_section(page)?;
    notes(command).to_writer(page)?;
    if command.get_name() == "mfa" {
        for command in inner {
            render_within_page(command, page)?;
        }
    }
    Ok(())
}

/// Renders a command inside the page of `mfa`, without what that page already contains.
fn render_within_page(command: &Command, page: &mut Vec<u8>) -> io::Result<()> {
    let heading = called(command).to_uppercase();
    section(&heading, [synopsis(command)]).to_writer(page)?;
    let mut roff = Roff::new();
    roff.control("PP", []);
    roff.text([roman(about(command))]);
    for inner in command.get_subcommands() {
        for line in summary(inner) {
            line.add_to(&mut roff);
        }
    }
    roff.to_writer(page)?;
    let mut options = Vec::new();
    Man::new(command.clone()).render_options_section(&mut options)?;
    // The options are a subsection of the command.
    let options = String::from_utf8_lossy(&options).replace(".SH OPTIONS", ".SS Options");
    page.extend_from_slice(options.as_bytes());
    Ok(())
}

/// A line of text, or a request of roff.
enum Line {
    Text(Vec<Inline>),
    Control(&'static str),
}

impl Line {
    fn add_to(self, roff: &mut Roff) {
        match self {
            Self::Text(text) => roff.text(text),
            Self::Control(name) => roff.control(name, []),
        };
    }
}

fn section(heading: &str, lines: impl IntoIterator<Item = Line>) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", [heading]);
    for line in lines {
        line.add_to(&mut roff);
    }
    roff
}

/// Returns the full name, such as `mfa vault restore`.
fn called(command: &Command) -> String {
    let name = command.get_bin_name().unwrap_or(command.get_name());
    name.to_owned()
}

fn about(command: &Command) -> String {
    command
        .get_about()
        .map(ToString::to_string)
        .unwrap_or_default()
}

/// A command and its summary.
fn summary(command: &Command) -> [Line; 3] {
    [
        Line::Control("TP"),
        Line::Text(vec![bold(called(command))]),
        Line::Text(vec![roman(about(command))]),
    ]
}

fn synopsis(command: &Command) -> Line {
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage:").trim();
    let name = called(command);
    let rest = usage.strip_prefix(&name).unwrap_or_default().to_owned();
    Line::Text(vec![bold(name), roman(rest)])
}

/// Renders what follows the options in the help, such as examples. Each part keeps its heading and
/// lines.
fn notes(command: &Command) -> Roff {
    let notes = command.get_after_long_help().or(command.get_after_help());
    let notes = notes.map(ToString::to_string).unwrap_or_default();
    let mut roff = Roff::new();
    for part in notes.split("\n\n") {
        let (heading, text) = match part.split_once(":\n") {
            Some((heading, text)) => (heading.to_uppercase(), text),
            None => ("NOTES".to_owned(), part),
        };
        if text.is_empty() {
            continue;
        }
        roff.control("SH", [heading.as_str()]);
        roff.control("nf", []);
        for line in text.lines() {
            roff.text([roman(line.strip_prefix("  ").unwrap_or(line))]);
        }
        roff.control("fi", []);
    }
    roff
}

/// Passes the page to `man`, which formats it and opens a pager.
fn show(page: &[u8]) -> Result {
    let failed = |why: &str| {
        let message = format!("cannot show the manual page: {why}");
        CommandError::new(Exit::Failed, message).with_hint("mfa man > mfa.1")
    };
    let mut man = child("man");
    let mut man = start(man.args(["-l", "-"]).stdin(Stdio::piped()))
        .map_err(|error| failed(&format!("cannot start man: {}", plain(&error))))?;
    if let Some(mut stdin) = man.stdin.take() {
        // If the pager is closed early, the rest is not needed.
        let _ = stdin.write_all(page);
    }
    match man.wait() {
        Ok(status) if status.success() => Ok(()),
        _ => Err(failed("man failed")),
    }
}
