//! `mfa aws unregister`: removes a device from its user, from AWS and from the vault.

use crate::app::aws::args::{DeviceArgs, pin_account};
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::app::hint::Hint;
use crate::aws::device::{self, DeviceAdmin};
use crate::aws::{Host, OpenVault, Selection, lookup, resolve_profile};
use crate::commands::Run;
use crate::otp::Account;
use crate::ui::escape;

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
        if self.yes || context.ui.prompt().is_none() {
            let pinned = pin_account(&open.vault, &mut selection, COMMAND, " --yes");
            pinned.map_err(|error| about_same_profile(context, &open, &selection, error))?;
        }
        if !self.yes && context.ui.prompt().is_none() {
            return Err(about_same_profile(
                context,
                &open,
                &selection,
                not_asked(&selection),
            ));
        }
        let mut admin = DeviceAdmin::new(context, selection.profile.as_deref(), None)?;
        if selection.account.is_none() && admin.client.profile.mfa_serial.is_none() {
            selection.account = choose(context, &mut admin, &open, !self.yes)?;
        }
        let serial = lookup::device(context, &mut admin.client, &open, &selection)?;
        let account = lookup::own_account(context, &open.vault, &selection, &serial)?;
        if !self.yes && !confirmed(context, &admin.user.name, &serial, account)? {
            context.ui.note("nothing removed");
            return Err(CommandError::quiet(Exit::Failed));
        }
        device::unregister(context, &mut admin, &serial, account)?;
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
fn not_asked(selection: &Selection) -> CommandError {
    let mut hint = Hint::again().word("--yes");
    if let Some(account) = &selection.account {
        hint = hint.option("account", account);
    }
    let message = "cannot unregister a device: there is no terminal to confirm it";
    CommandError::new(Exit::Usage, message).with_hint(hint)
}

/// Adds the profile to the commands to try. A pasted one must not depend on the `AWS_PROFILE` of this
/// run, because it deletes a device.
fn about_same_profile(
    context: &Context,
    open: &OpenVault,
    selection: &Selection,
    error: CommandError,
) -> CommandError {
    let profile = resolve_profile(context, selection.profile.as_deref(), &open.vault);
    match profile.map(|(_, profile)| profile.name) {
        Ok(Some(name)) if name != "default" => error.implying("profile", &name),
        Ok(_) => error,
        Err(missing) => missing,
    }
}

/// The id of the device's account, which a person picks if the vault has several of the user's
/// devices. `None` if it has one or none. Fails if there are several, and nobody is asked: the same
/// command would remove another device when it is run again.
fn choose(
    context: &Context,
    admin: &mut DeviceAdmin,
    open: &OpenVault,
    asks: bool,
) -> Result<Option<String>> {
    let devices = admin.devices()?.unwrap_or_default();
    let candidates = lookup::candidates(&admin.client.profile, &open.vault, &devices);
    if candidates.len() < 2 {
        return Ok(None);
    }
    let picked = asks.then(|| context.pick_one_of(&candidates, ""));
    if let Some(picked) = picked.flatten() {
        return Ok(Some(picked?.id.to_string()));
    }
    let message = format!("{} has several devices in the vault", admin.user.name);
    Err(CommandError::new(Exit::Ambiguous, message)
        .with_details(candidates.into_iter().map(Account::full_name).collect())
        .with_hint(Hint::again().option("account", "NAME")))
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
