//! `mfa aws credential-process`: prints a session for the SDKs.

use crate::app::aws::args::SessionArgs;
use crate::app::context::Context;
use crate::app::error::Result;
use crate::aws::session::credentials;
use crate::aws::session::output::ProcessCredentials;
use crate::commands::Run;

/// Print a session for credential_process
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Example, in ~/.aws/config:\n  credential_process = mfa aws credential-process --profile work"
)]
pub(crate) struct Args {
    #[command(flatten)]
    session: SessionArgs,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        // The program that runs this one has taken the streams.
        context.ask_beside();
        let session = credentials(context, &self.session.into())?;
        Ok(context.ui.print_json(&ProcessCredentials::from(&session))?)
    }
}
