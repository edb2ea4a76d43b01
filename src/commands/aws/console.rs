//! `mfa aws console`: a link that signs in to AWS's console with a role's session.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_enable-console-custom-url.html>

use super::session::session;
use super::{Which, files};
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::aws::signin;
use crate::commands::Run;

/// Open AWS's console in the browser with a role's session
#[derive(Debug, clap::Args)]
#[command(
    after_help = "AWS signs in with the session of a role only, not with that of a user: the \
    profile needs a role_arn. The link is good for 15 minutes, for whoever has it."
)]
pub struct Args {
    #[command(flatten)]
    which: Which,
    /// Print the link and open nothing
    #[arg(long)]
    print: bool,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let mut session = session(context, &self.which, false)?;
        if session.connection.profile.role.is_none() {
            let message = format!(
                "AWS's console takes no session of a user, and the profile {} has no role_arn",
                session.connection.shown_name()
            );
            return Err(CommandError::new(Exit::Failed, message)
                .with_hint("mfa aws console --profile A_PROFILE_WITH_A_ROLE"));
        }
        let partition = session.connection.partition();
        let region = session.connection.profile.region.clone();
        let client = &mut session.connection.client;
        let link = signin::link(client, &session.keys, &partition, region.as_deref());
        let link = session.connection.done(context, link)?;
        if self.print {
            return Ok(context.ui.print(&format!("{}\n", *link))?);
        }
        files::open_link(context, &link)
    }
}
