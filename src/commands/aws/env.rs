//! `mfa aws env`: prints a session as variables for a shell.

use crate::app::aws::args::{RegionArgs, SessionArgs};
use crate::app::aws::shells::Shell;
use crate::app::aws::until;
use crate::app::context::Context;
use crate::app::error::Result;
use crate::aws::Selection;
use crate::aws::session::credentials;
use crate::aws::session::output;
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
    #[cfg_attr(windows, doc = "(on Windows: $SHELL, else powershell)")]
    #[arg(long, value_enum)]
    shell: Option<Shell>,
    /// Unset the variables of a session
    #[arg(long, conflicts_with_all = ["profile", "duration", "account", "region"])]
    clear: bool,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let shell = self.shell;
        let shell = shell.unwrap_or_else(|| Shell::usual(cfg!(windows), context.shell.as_deref()));
        if self.clear {
            let names = output::SET.into_iter().chain(output::OVERRIDING);
            let variables: Vec<_> = names.map(|name| (name, None)).collect();
            return shell.print(context, &variables);
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
        shell.print(context, &variables)
    }
}
