//! `mfa man`: the manual page.

use std::io::Write;
use std::process::Stdio;

use clap_mangen::Man;

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
        let mut page = Vec::new();
        let mut whole = whole_command();
        // The help says them once; a page of the manual is read by itself.
        whole = whole.mut_args(|argument| {
            if argument.is_global_set() {
                argument.hide(false)
            } else {
                argument
            }
        });
        whole.build();
        let mut command = &whole;
        for name in &self.command {
            command = command.find_subcommand(name).ok_or_else(|| {
                CommandError::new(Exit::Usage, format!("there is no command '{name}'"))
                    .with_hint("mfa --help")
            })?;
        }
        Man::new(command.clone()).render(&mut page)?;
        if self.command.is_empty() {
            render_options_of_all(command, &mut page)?;
        }
        if context.ui.stdout_is_terminal() {
            return show(&page);
        }
        let page = String::from_utf8_lossy(&page).into_owned();
        Ok(context.ui.print(&page)?)
    }
}

/// Hands the page to `man`, which formats it and opens a pager.
fn show(page: &[u8]) -> Result {
    let failed = |why: &str| {
        let message = format!("cannot show the manual page: {why}");
        CommandError::new(Exit::Failed, message).with_hint("mfa man > mfa.1")
    };
    let mut man = child("man");
    let mut man = start(man.args(["-l", "-"]).stdin(Stdio::piped()))
        .map_err(|error| failed(&format!("cannot start man: {}", plain(&error))))?;
    if let Some(mut stdin) = man.stdin.take() {
        // Whoever leaves the pager early does not want the rest.
        let _ = stdin.write_all(page);
    }
    match man.wait() {
        Ok(status) if status.success() => Ok(()),
        _ => Err(failed("man failed")),
    }
}

/// One page for all: below the main part, each command with its options.
fn render_options_of_all(whole: &clap::Command, page: &mut Vec<u8>) -> std::io::Result<()> {
    for command in whole.get_subcommands().filter(|c| c.get_name() != "help") {
        let heading = format!(".SH COMMAND {}\n", command.get_name().to_uppercase());
        page.extend_from_slice(heading.as_bytes());
        let man = Man::new(command.clone());
        man.render_description_section(page)?;
        man.render_synopsis_section(page)?;
        man.render_options_section(page)?;
    }
    Ok(())
}
