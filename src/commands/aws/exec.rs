//! `mfa aws exec`: runs a program with a session in its variables.

use crate::app::aws::args::SessionArgs;
use crate::app::aws::programs::run_instead;
use crate::app::context::Context;
use crate::app::error::Result;
use crate::aws::session::{credentials, output};
use crate::commands::Run;

/// Run a program with a session
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:\n  mfa aws exec --profile work -- terraform plan")]
pub(crate) struct Args {
    #[command(flatten)]
    session: SessionArgs,
    /// Program and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    program: Vec<String>,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let session = credentials(context, &self.session.into())?;
        // A profile in the environment would override the keys.
        let without = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"];
        let variables = output::variables(&session);
        Err(run_instead(&self.program, &variables, &without))
    }
}
