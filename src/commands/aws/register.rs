//! `mfa aws register`: a new device, its key in the vault, enabled.

use std::path::Path;

use crate::app::aws::args::{ProfileArgs, options};
use crate::app::context::Context;
use crate::app::error::Result;
use crate::aws::device::{Registered, device_name, register};
use crate::aws::{Selection, lookup};
use crate::commands::Run;
use crate::ui::escape;
use crate::vault::storage::quoted;

/// Register a new MFA device for a user and keep its key in the vault
#[derive(Debug, clap::Args)]
#[command(after_help = "What was broken off is gone on with: run it again.\n\
    The first device needs no more than access keys; for a further one AWS wants a session with \
    MFA, which is got by a device of the user whose codes the vault has.")]
pub(crate) struct Args {
    #[command(flatten)]
    profile: ProfileArgs,
    /// The user [default: the one of the keys]
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// The device's name [default: one that nobody has]
    #[arg(long, value_name = "NAME", value_parser = device_name)]
    device_name: Option<String>,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let selection: Selection = self.profile.into();
        let user = self.user.as_deref();
        let registered = register(context, &selection, user, self.device_name.as_deref())?;
        let Registered { account, is_own } = registered;
        let answer = format!(
            "registered {} as {}\n",
            escape(lookup::serial_of(&account)),
            escape(&account.full_name())
        );
        context.ui.print(&answer)?;
        let name = quoted(Path::new(&account.name));
        context.ui.note(&format!(
            "a second copy, for a phone or for paper: mfa qr {name}"
        ));
        if is_own {
            let options = options(&selection);
            context.ui.note(&format!("try: mfa aws login{options}"));
        }
        Ok(())
    }
}
