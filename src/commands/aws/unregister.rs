//! `mfa aws unregister`: removes a device from its user, from AWS and from the vault.

use crate::app::aws::args::{DeviceArgs, options, pin_account};
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::aws::device::{self, DeviceAdmin};
use crate::aws::{Host, Selection, lookup};
use crate::commands::Run;
use crate::otp::Account;
use crate::ui::escape;
use crate::vault::Vault;

/// Remove a device and its account
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "With --yes, --account needs the exact name or an id. Without --account, set mfa_serial or keep only one device of the user in the vault.\n\nExample:\n  mfa aws unregister --profile work"
)]
pub(crate) struct Args {
    #[command(flatten)]
    device: DeviceArgs,
    /// Do not ask for confirmation
    #[arg(long)]
    yes: bool,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let mut selection: Selection = self.device.into();
        let open = context.open_vault()?;
        if self.yes {
            pin_account(&open.vault, &mut selection, COMMAND, " --yes")?;
        } else if context.ui.prompt().is_none() {
            return Err(not_asked(&open.vault, selection));
        }
        let mut admin = DeviceAdmin::new(context, selection.profile.as_deref(), None)?;
        if self.yes {
            check_only_one(&mut admin, &open.vault, &selection)?;
        }
        let serial = lookup::device(context, &mut admin.client, &open, &selection)?;
        let account = lookup::own_account(context, &open.vault, &selection, &serial)?;
        if !self.yes && !confirmed(context, &admin.user.name, &serial, account)? {
            context.ui.note("nothing removed");
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

const COMMAND: &str = "mfa aws unregister";

/// The error if there is no terminal to confirm on.
fn not_asked(vault: &Vault, mut selection: Selection) -> CommandError {
    if let Err(error) = pin_account(vault, &mut selection, COMMAND, " --yes") {
        return error;
    }
    let hint = format!("{COMMAND}{} --yes", options(&selection));
    let message = "cannot unregister a device: there is no terminal to confirm it";
    CommandError::new(Exit::Usage, message).with_hint(hint)
}

/// Without a prompt and a named device, only one device may match. Otherwise the same command would
/// remove another device when it is run again.
fn check_only_one(admin: &mut DeviceAdmin, vault: &Vault, selection: &Selection) -> Result {
    if selection.account.is_some() || admin.client.profile.mfa_serial.is_some() {
        return Ok(());
    }
    let devices = admin.devices()?;
    let candidates = lookup::candidates(&admin.client.profile, vault, &devices);
    if candidates.len() < 2 {
        return Ok(());
    }
    let message = format!("{} has several devices in the vault", admin.user.name);
    let hint = format!("{COMMAND}{} --account NAME --yes", options(selection));
    Err(CommandError::new(Exit::Ambiguous, message)
        .with_details(candidates.into_iter().map(Account::full_name).collect())
        .with_hint(hint))
}

fn confirmed(context: &Context, user: &str, serial: &str, account: &Account) -> Result<bool> {
    let Some(prompt) = context.ui.prompt() else {
        return Ok(false);
    };
    let name = account.full_name();
    let question =
        format!("Remove the device {serial} from {user}, and the account {name} from the vault?");
    Ok(prompt.confirm(&question)?)
}
