//! `mfa aws clear`: removes cached sessions.

use crate::app::aws::{programs, renewing};
use crate::app::context::Context;
use crate::app::error::Result;
use crate::aws::session::cache::{self, Cached};
use crate::aws::{Host, resolve_profile};
use crate::commands::Run;
use crate::ui::escape;

/// Remove cached sessions
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "The next command starts a new session. Sessions that programs already have stay valid until they expire.\n\nExamples:\n  mfa aws clear --profile work\n  mfa aws clear"
)]
pub(crate) struct Args {
    /// Remove only those of this AWS profile
    #[arg(long, short, value_name = "NAME", add = clap_complete::ArgValueCompleter::new(crate::app::complete::aws_profiles))]
    profile: Option<String>,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        renewing::remove_abandoned(&context.state);
        programs::remove_old_page(&context.state);
        let Some(name) = &self.profile else {
            // The vault need not be unlocked for that.
            let text = if cache::clear_all(&context.state) {
                "removed all cached sessions\n"
            } else {
                "there are no cached sessions\n"
            };
            return Ok(context.ui.print(text)?);
        };
        let open = context.open_vault()?;
        let (_, profile) = resolve_profile(context, Some(name), &open.vault)?;
        let is_meant = |cached: &Cached| cached.is_of(&profile);
        let count = cache::clear(&context.state, &open, is_meant);
        let name = escape(name);
        let text = match count {
            0 => format!("there is no cached session of {name}\n"),
            1 => format!("removed the cached session of {name}\n"),
            count => format!("removed {count} cached sessions of {name}\n"),
        };
        Ok(context.ui.print(&text)?)
    }
}
