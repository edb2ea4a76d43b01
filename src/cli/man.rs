//! `mfa man`: the manual page.

use clap_mangen::Man;

use super::whole_command;
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::commands::Run;

/// Print the manual page: mfa man | man -l -
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The page of one command, for instance: mfa man vault restore
    #[arg(value_name = "COMMAND", num_args = 0..)]
    command: Vec<String>,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let mut page = Vec::new();
        let mut whole = whole_command();
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
        let page = String::from_utf8_lossy(&page).into_owned();
        Ok(context.ui.print(&page)?)
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
