//! `mfa aws env`: prints a session as variables for a shell.

use clap::ValueEnum;
use zeroize::Zeroizing;

use crate::app::aws::args::{RegionArgs, SessionArgs};
use crate::app::aws::until;
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::app::shell_quote;
use crate::aws::Selection;
use crate::aws::session::credentials;
use crate::aws::session::output::{self, Variable};
use crate::commands::Run;

/// Print a session as environment variables
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Also unsets variables that would override the session, such as AWS_PROFILE. Prompts of shells show the profile in AWS_VAULT.\n\nExamples:\n  bash, zsh, sh   eval \"$(mfa aws env)\"\n  fish            mfa aws env --shell fish | source\n  PowerShell      mfa aws env --shell powershell | Out-String | Invoke-Expression\n  cmd             for /f \"delims=\" %i in ('mfa aws env --shell cmd') do %i\n  nushell         mfa aws env --shell nu | from json | load-env\n\nTo remove the session from the shell:\n  eval \"$(mfa aws env --clear)\"\n\nIn one word, and with completion: awslogin PROFILE, from 'mfa init'."
)]
pub(crate) struct Args {
    #[command(flatten)]
    session: SessionArgs,
    #[command(flatten)]
    region: RegionArgs,
    /// Shell to print for [default: bash, also for zsh and sh]
    #[arg(long, value_enum, default_value_t, hide_default_value = true)]
    shell: Shell,
    /// Unset the variables of a session
    #[arg(long, conflicts_with_all = ["profile", "duration", "account", "region"])]
    clear: bool,
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
        if self.clear {
            let names = output::SET.into_iter().chain(output::OVERRIDING);
            let variables: Vec<_> = names.map(|name| (name, None)).collect();
            return self.shell.print(context, &variables);
        }
        let mut selection: Selection = self.session.into();
        context.choose_profile(&mut selection)?;
        let session = credentials(context, &selection)?;
        if context.ui.stderr_is_terminal() && !context.ui.stdout_is_terminal() {
            let name = session.client.display_name();
            let until = until(&session.keys);
            context.ui.note(&format!("AWS session of {name}{until}"));
        }
        let variables = output::variables(&session, self.region.name());
        self.shell.print(context, &variables)
    }
}

impl Shell {
    fn print(self, context: &Context, variables: &[Variable<'_>]) -> Result {
        let line = match self {
            Self::Bash => bash,
            Self::Fish => fish,
            Self::Powershell => powershell,
            Self::Cmd => cmd,
            Self::Nu => {
                // In nushell, null unsets a variable for other programs.
                let pairs = variables.iter();
                let object: serde_json::Map<_, _> = pairs
                    .map(|(name, value)| ((*name).to_owned(), (*value).into()))
                    .collect();
                return Ok(context.ui.print_json(&object)?);
            }
        };
        let mut text = Zeroizing::new(String::with_capacity(4096));
        for (name, value) in variables {
            let line = line(name, *value).ok_or_else(|| self.refuses(name))?;
            text.push_str(&Zeroizing::new(line));
        }
        Ok(context.ui.print(&text)?)
    }

    fn refuses(self, name: &str) -> CommandError {
        let shell = self.to_possible_value();
        let shell = shell.as_ref().map_or("", |value| value.get_name());
        let message = format!("cannot quote the value of {name} safely for {shell}");
        CommandError::new(Exit::Failed, message).with_hint("mfa aws exec -- PROGRAM")
    }
}

fn bash(name: &str, value: Option<&str>) -> Option<String> {
    Some(match value {
        Some(value) => format!("export {name}={}\n", shell_quote::posix(value)?),
        None => format!("unset {name}\n"),
    })
}

fn fish(name: &str, value: Option<&str>) -> Option<String> {
    Some(match value {
        Some(value) => format!("set -gx {name} {}\n", shell_quote::fish(value)?),
        // It fails for a variable that is not set.
        None => format!("set -e {name}; or true\n"),
    })
}

fn powershell(name: &str, value: Option<&str>) -> Option<String> {
    Some(match value {
        Some(value) => {
            let value = shell_quote::powershell_by_pipe(value)?;
            format!("$env:{name} = {value}\n")
        }
        None => format!("$env:{name} = $null\n"),
    })
}

fn cmd(name: &str, value: Option<&str>) -> Option<String> {
    let value = shell_quote::cmd(value.unwrap_or_default())?;
    Some(format!("set \"{name}={value}\"\n"))
}
