//! `mfa aws unregister`: removes a device from its user, from AWS and from the vault.

use crate::app::aws::args::DeviceArgs;
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::aws::device::{self, DeviceAdmin};
use crate::aws::{Host, Selection, lookup};
use crate::commands::Run;
use crate::ui::escape;

/// Remove a device and its account
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:\n  mfa aws unregister --profile work")]
pub(crate) struct Args {
    #[command(flatten)]
    device: DeviceArgs,
    /// Do not ask for confirmation
    #[arg(long)]
    yes: bool,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let selection: Selection = self.device.into();
        let open = context.open_vault()?;
        let mut admin = DeviceAdmin::new(context, selection.profile.as_deref(), None)?;
        let serial = lookup::device(context, &mut admin.client, &open, &selection)?;
        let account = lookup::account_for(context, &open.vault, &selection, &serial)?;
        if !self.yes && !confirmed(context, &admin.user.name, &serial)? {
            return Err(CommandError::quiet(Exit::Failed));
        }
        device::unregister(context, &mut admin, &open, &serial, account)?;
        let name = account.full_name();
        let text = format!(
            "unregistered {}, removed {}\n",
            escape(&serial),
            escape(&name)
        );
        context.ui.print(&text)?;
        if admin.client.profile.mfa_serial.as_deref() == Some(&*serial) {
            context
                .ui
                .note("~/.aws/config still has it as mfa_serial: remove that line");
        }
        Ok(())
    }
}

fn confirmed(context: &Context, user: &str, serial: &str) -> Result<bool> {
    let Some(prompt) = context.ui.prompt() else {
        let message = "nobody can be asked whether the device shall go";
        return Err(CommandError::new(Exit::Usage, message).with_hint("mfa aws unregister --yes"));
    };
    let question = format!("Take {serial} away from {user}, and its key from the vault?");
    Ok(prompt.confirm(&question)?)
}
