//! `mfa aws doctor`: checks everything that a session needs.

use crate::app::aws::args::DeviceArgs;
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::aws::device::DeviceAdmin;
use crate::aws::{Host, Selection, lookup};
use crate::commands::Run;
use crate::ui::escape;

/// Check everything a session needs
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:\n  mfa aws doctor --profile work")]
pub(crate) struct Args {
    #[command(flatten)]
    device: DeviceArgs,
}

impl Run for Args {
    /// Prints each line as soon as it is known, and stops at the first failure.
    fn run(self, context: &mut Context) -> Result {
        let selection: Selection = self.device.into();
        let open = context.open_vault()?;
        let mut admin = DeviceAdmin::new(context, selection.profile.as_deref(), None)?;
        let line = |what: &str, text: &str| format!("{what:<9} {}\n", escape(text));
        context
            .ui
            .print(&line("profile", admin.client.display_name()))?;
        let caller = format!("{} of account {}", admin.caller.name, admin.caller.account);
        context.ui.print(&line("keys", &caller))?;
        let skew = admin.client.api.clock_skew();
        let skew = skew.filter(|skew| skew.is_notable());
        let text = skew.map_or_else(|| "in sync with AWS".to_owned(), |skew| skew.to_string());
        context.ui.print(&line("clock", &text))?;
        let serial = lookup::device(context, &mut admin.client, &open, &selection)?;
        let is_enabled = admin.devices()?.iter().any(|d| d.serial == serial);
        let state = if is_enabled {
            "enabled"
        } else {
            "not among the user's devices"
        };
        context
            .ui
            .print(&line("device", &format!("{serial}, {state}")))?;
        let account = lookup::account_for(context, &open.vault, &selection, &serial)?;
        context.ui.print(&line("account", &account.full_name()))?;
        if !is_enabled {
            let message = format!("{serial} is not enabled for {}", admin.user.name);
            return Err(CommandError::new(Exit::Failed, message).with_hint("mfa aws devices"));
        }
        Ok(())
    }
}
