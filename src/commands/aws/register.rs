//! `mfa aws register`: creates a device, stores its key in the vault, and enables it.

use std::path::Path;

use crate::app::aws::args::{ProfileArgs, options};
use crate::app::context::Context;
use crate::app::error::Result;
use crate::aws::device::{Registered, device_name, register};
use crate::aws::{Selection, lookup};
use crate::commands::Run;
use crate::ui::escape;
use crate::vault::storage::quoted;

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
        context
            .ui
            .note(&format!("to add it to a phone or print it: mfa qr {name}"));
        if is_own {
            let options = options(&selection);
            context.ui.note(&format!("try: mfa aws login{options}"));
        }
        Ok(())
    }
}
