//! `mfa aws env`: prints a session as variables for a shell.

use clap::ValueEnum;
use zeroize::Zeroizing;

use crate::app::aws::args::SessionArgs;
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::app::local_time::local_time;
use crate::app::shell_quote;
use crate::aws::session::{credentials, output};
use crate::commands::Run;

/// Print a session as environment variables
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Examples:\n  bash, zsh, sh   eval \"$(mfa aws env)\"\n  fish            mfa aws env --shell fish | source\n  PowerShell      mfa aws env --shell powershell | Out-String | Invoke-Expression\n  cmd             for /f \"delims=\" %i in ('mfa aws env --shell cmd') do %i\n  nushell         mfa aws env --shell nu | from json | load-env\n\nIn one word, and with completion: awslogin PROFILE, from 'mfa init'."
)]
pub(crate) struct Args {
    #[command(flatten)]
    session: SessionArgs,
    /// Shell to print for [default: bash, also for zsh and sh]
    #[arg(long, value_enum, default_value_t, hide_default_value = true)]
    shell: Shell,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Shell {
    #[default]
    #[value(alias = "zsh", alias = "sh")]
    Bash,
    Fish,
    #[value(alias = "pwsh")]
    Powershell,
    Cmd,
    // JSON, which elvish reads too.
    #[value(alias = "nushell", alias = "elvish", alias = "json")]
    Nu,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let session = credentials(context, &self.session.into())?;
        let variables = output::variables(&session);
        if context.ui.stderr_is_terminal() && !context.ui.stdout_is_terminal() {
            let name = session.client.display_name();
            let until = local_time(session.keys.expires().unwrap_or_default());
            context
                .ui
                .note(&format!("AWS session of {name} until {until}"));
        }
        let line = match self.shell {
            Shell::Bash => bash,
            Shell::Fish => fish,
            Shell::Powershell => powershell,
            Shell::Cmd => cmd,
            Shell::Nu => {
                let pairs = variables.into_iter();
                let object: serde_json::Map<_, _> = pairs
                    .map(|(name, value)| (name.to_owned(), value.into()))
                    .collect();
                return Ok(context.ui.print_json(&object)?);
            }
        };
        let mut text = Zeroizing::new(String::with_capacity(4096));
        for (name, value) in &variables {
            let line = Zeroizing::new(line(name, value).ok_or_else(|| self.shell.refuses(name))?);
            text.push_str(&line);
        }
        Ok(context.ui.print(&text)?)
    }
}

impl Shell {
    fn refuses(self, name: &str) -> CommandError {
        let shell = self.to_possible_value();
        let shell = shell.as_ref().map_or("", |value| value.get_name());
        let message = format!("cannot quote the value of {name} safely for {shell}");
        CommandError::new(Exit::Failed, message).with_hint("mfa aws exec -- PROGRAM")
    }
}

fn bash(name: &str, value: &str) -> Option<String> {
    Some(format!("export {name}={}\n", shell_quote::posix(value)?))
}

fn fish(name: &str, value: &str) -> Option<String> {
    Some(format!("set -gx {name} {}\n", shell_quote::fish(value)?))
}

fn powershell(name: &str, value: &str) -> Option<String> {
    let value = shell_quote::powershell_by_pipe(value)?;
    Some(format!("$env:{name} = {value}\n"))
}

fn cmd(name: &str, value: &str) -> Option<String> {
    Some(format!("set \"{name}={}\"\n", shell_quote::cmd(value)?))
}
