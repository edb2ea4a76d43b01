//! `mfa aws console`: opens AWS's console with a session of a role.

use crate::app::aws::args::SessionArgs;
use crate::app::aws::programs::open_link;
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::aws::api::console::sign_in_link;
use crate::aws::session::session;
use crate::commands::Run;

/// Open the AWS console in the browser, with a role
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "The profile needs a role_arn: AWS accepts only sessions of roles. Anyone with the link can use it for 15 minutes.\n\nExample:\n  mfa aws console --profile admin"
)]
pub(crate) struct Args {
    #[command(flatten)]
    session: SessionArgs,
    /// Print the link instead of opening it
    #[arg(long)]
    print: bool,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let mut session = session(context, &self.session.into(), false)?;
        let client = &mut session.client;
        if client.profile.role.is_none() {
            let message = format!(
                "AWS's console accepts only sessions of roles, but the profile {} has no role_arn",
                client.display_name()
            );
            return Err(CommandError::new(Exit::Failed, message)
                .with_hint("mfa aws console --profile A_PROFILE_WITH_A_ROLE"));
        }
        let partition = client.partition();
        let region = client.profile.region.clone();
        let link = sign_in_link(
            &mut *client.api,
            &session.keys,
            &partition,
            region.as_deref(),
        );
        let link = client.checked(context, link)?;
        if self.print {
            return Ok(context.ui.print(&format!("{}\n", *link))?);
        }
        open_link(context, &link)
    }
}
