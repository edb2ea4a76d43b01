//! `mfa aws env`: a session as variables, in the words of a shell.

use zeroize::Zeroizing;

use crate::app::aws::args::SessionArgs;
use crate::app::context::Context;
use crate::app::error::Result;
use crate::aws::session::{output, session};
use crate::commands::Run;

/// Print a session as variables: eval "$(mfa aws env)"
#[derive(Debug, clap::Args)]
#[command(after_help = "bash, zsh, sh   eval \"$(mfa aws env)\"\n\
    fish            mfa aws env --shell fish | source\n\
    PowerShell      mfa aws env --shell powershell | Out-String | Invoke-Expression\n\
    cmd             for /f \"delims=\" %i in ('mfa aws env --shell cmd') do %i\n\
    nushell         mfa aws env --shell nu | from json | load-env")]
pub(crate) struct Args {
    #[command(flatten)]
    session: SessionArgs,
    /// The shell; zsh and sh read what bash does [default: bash]
    #[arg(long, value_enum, default_value_t, hide_default_value = true)]
    shell: Shell,
}

#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
enum Shell {
    #[default]
    #[value(alias = "zsh", alias = "sh")]
    Bash,
    Fish,
    #[value(alias = "pwsh")]
    Powershell,
    Cmd,
    #[value(alias = "nushell")]
    Nu,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let session = session(context, &self.session.into(), false)?;
        let variables = output::variables(&session);
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
            text.push_str(&line(name, value));
        }
        Ok(context.ui.print(&text)?)
    }
}

fn bash(name: &str, value: &str) -> String {
    format!("export {name}='{}'\n", value.replace('\'', r"'\''"))
}

fn fish(name: &str, value: &str) -> String {
    format!("set -gx {name} '{}'\n", value.replace('\'', r"\'"))
}

fn powershell(name: &str, value: &str) -> String {
    format!("$env:{name} = '{}'\n", value.replace('\'', "''"))
}

fn cmd(name: &str, value: &str) -> String {
    format!("set {name}={value}\n")
}
