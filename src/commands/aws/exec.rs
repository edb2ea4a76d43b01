//! `mfa aws exec`: a program with a session in its variables.

use super::Which;
use super::env::variables;
use super::files::run_instead;
use super::session::session;
use crate::app::context::Context;
use crate::app::error::Result;
use crate::commands::Run;

/// Run a program with a session: mfa aws exec -- terraform plan
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    which: Which,
    /// The program and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    program: Vec<String>,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let session = session(context, &self.which, false)?;
        // A profile in the environment would win over the keys.
        let without = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"];
        Err(run_instead(&self.program, &variables(&session), &without))
    }
}
