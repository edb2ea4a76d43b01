//! `mfa aws exec`: runs a program or a shell with a session in its variables.

use crate::app::aws::args::{RegionArgs, SessionArgs};
use crate::app::aws::programs::run_instead;
use crate::app::aws::renewing::run_renewing;
use crate::app::aws::until;
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::aws::Selection;
use crate::aws::session::{credentials, output};
use crate::commands::Run;

/// Run a program, or a shell, with a session
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Without a program, opens your shell ($SHELL) with the session; 'exit' leaves it. Prompts of shells show the profile in AWS_VAULT.\n\nA session ends while a long program runs. With --refresh, the program gets a profile that AWS's SDKs renew it from. The vault must then open without a prompt ('mfa unlock').\n\nExamples:\n  mfa aws exec --profile work -- terraform plan\n  mfa aws exec --profile work"
)]
pub(crate) struct Args {
    #[command(flatten)]
    session: SessionArgs,
    #[command(flatten)]
    region: RegionArgs,
    /// Let the program's SDK renew the session
    #[arg(long)]
    refresh: bool,
    /// Program and its arguments [default: your shell]
    #[arg(last = true, value_name = "COMMAND")]
    program: Vec<String>,
}

impl Args {
    /// A shell with a session.
    pub(super) fn of(session: SessionArgs) -> Self {
        Self {
            session,
            region: RegionArgs::default(),
            refresh: false,
            program: Vec::new(),
        }
    }
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let is_shell = self.program.is_empty();
        let mut selection: Selection = self.session.into();
        if is_shell && !(context.ui.stdin_is_terminal() && context.ui.can_prompt()) {
            let message = "no program was given, and there is no terminal for a shell";
            return Err(
                CommandError::new(Exit::Usage, message).with_hint("mfa aws exec -- PROGRAM")
            );
        }
        let program = if is_shell {
            vec![context.own_shell()]
        } else {
            self.program
        };
        context.choose_profile(&mut selection)?;
        let session = credentials(context, &selection)?;
        if is_shell {
            let name = session.client.display_name();
            let until = until(&session.keys);
            let text = format!("a shell with a session of {name}{until}; 'exit' leaves it");
            context.ui.note(&text);
        }
        if self.refresh {
            let region = self.region.name();
            let client = &session.client;
            return Err(run_renewing(context, &selection, client, &program, region)?);
        }
        let variables = output::variables(&session, self.region.name());
        Err(run_instead(&program, &variables))
    }
}
