//! `mfa aws register`: creates a device, stores its key in the vault, and enables it.

use crate::app::aws::args::ProfileArgs;
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::app::select::as_argument;
use crate::aws::device::{Registered, Wanted, device_name, register};
use crate::aws::{Host, Notice, Selection, lookup};
use crate::commands::Run;
use crate::ui::escape;

/// Create and enable an MFA device
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "If interrupted, run it again to resume. A second device needs a session with MFA, so a device already in the vault must supply a code.\n\nExample:\n  mfa aws register --profile work"
)]
pub(crate) struct Args {
    #[command(flatten)]
    profile: ProfileArgs,
    /// The IAM user [default: the owner of the access key]
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Device name [default: an unused one]
    #[arg(long, value_name = "NAME", value_parser = device_name)]
    device_name: Option<String>,
    /// Do not ask before a second device is added
    #[arg(long)]
    yes: bool,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let selection: Selection = self.profile.into();
        let wanted = Wanted {
            user: self.user.as_deref(),
            device_name: self.device_name.as_deref(),
        };
        let yes = self.yes;
        let agrees = |context: &Context, notice: &Notice| {
            context.notify(notice);
            match context.ui.prompt().filter(|_| !yes) {
                Some(prompt) => Ok(prompt.confirm("Add another device?")?),
                None => Ok(true),
            }
        };
        let Some(registered) = register(context, &selection, wanted, agrees)? else {
            context.ui.note("nothing registered");
            return Err(CommandError::quiet(Exit::Failed));
        };
        let Registered { account, is_own } = registered;
        let answer = format!(
            "registered {} as {}\n",
            escape(lookup::serial_of(&account)),
            escape(&account.full_name())
        );
        context.ui.print(&answer)?;
        let qr = context.command(format!("mfa qr {}", as_argument(&account)));
        context
            .ui
            .note(&format!("to add it to a phone or print it: {qr}"));
        if is_own {
            let login = context.command("mfa aws login");
            context.ui.note(&format!("try: {login}"));
        }
        Ok(())
    }
}
