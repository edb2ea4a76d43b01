//! `mfa vault trust`: accepts the vault at this path.

use crate::app::context::Context;
use crate::app::error::Result;
use crate::commands::Run;
use crate::ui::escape;
use crate::vault::repository::Trusted;

/// Accept an older or different vault at this path
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:\n  mfa vault trust")]
pub(crate) struct Args {}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let trusted = context.with_vault(|vault, host| Ok(vault.trust(host)?))?;
        let path = context.repository.path().display().to_string();
        let path = escape(&path);
        Ok(context.ui.print(&match trusted {
            Trusted::Already => format!("{path} is already trusted\n"),
            Trusted::Other => format!("now trusting {path}\n"),
            Trusted::Older(rev) => format!("now trusting {path}, as revision {rev}\n"),
        })?)
    }
}
