//! `mfa aws unregister`: takes a device away from a user, from AWS and from the vault.

use super::admin::Admin;
use super::connect::{account_of, device};
use super::{Which, WhichDevice, cache};
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::aws::error::AwsError;
use crate::aws::iam;
use crate::commands::Run;
use crate::ui::escape;

/// Take a device away: from the user, from AWS, and its account from the vault
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    which: WhichDevice,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let which: Which = self.which.into();
        let open = context.open_existing()?;
        let mut admin = Admin::new(context, &which, None)?;
        let serial = device(context, &mut admin.connection, &open.vault, &which)?;
        let account = match which.account.as_deref() {
            Some(name) => context.select(&open.vault, Some(name))?,
            None => account_of(&open.vault, &serial)?,
        };
        let user = admin.user.name.clone();
        if !self.yes && !confirmed(context, &user, &serial)? {
            return Err(CommandError::quiet(Exit::Failed));
        }
        let is_enabled = admin.devices()?.iter().any(|d| d.serial == serial);
        if is_enabled {
            admin.use_session(context, &open, Some(&serial))?;
        }
        remove_device(context, &mut admin, &serial)?;
        let now = context.clock.seconds()?;
        let id = account.id;
        let name = account.full_name();
        context.change(|vault| {
            vault.remove(id, now)?;
            Ok(())
        })?;
        cache::forget(context, &open, &serial);
        let text = format!(
            "unregistered {}, removed {}\n",
            escape(&serial),
            escape(&name)
        );
        context.ui.print(&text)?;
        if admin.connection.profile.mfa_serial.as_deref() == Some(&*serial) {
            context
                .ui
                .note("~/.aws/config names it still, as mfa_serial: take that line out");
        }
        Ok(())
    }
}

fn confirmed(context: &Context, user: &str, serial: &str) -> Result<bool> {
    let Some(prompt) = context.ui.prompt() else {
        let message = "nobody can be asked whether the device shall go";
        return Err(CommandError::new(Exit::Usage, message).with_hint("mfa aws unregister --yes"));
    };
    let question = format!(
        "Take {} away from {}, and its key from the vault?",
        escape(serial),
        escape(user)
    );
    Ok(prompt.confirm(&question)?)
}

/// Takes a device from its user and deletes it; what is done already is passed over.
///
/// # Errors
/// AWS's.
pub fn remove_device(context: &Context, admin: &mut Admin, serial: &str) -> Result {
    let user = admin.user.name.clone();
    let gone = |result: Result<(), AwsError>| match result {
        Err(error) if error.code() == Some("NoSuchEntity") => Ok(()),
        result => result,
    };
    let taken = admin.call(|client, keys| iam::deactivate(client, keys, &user, serial));
    admin.connection.done(context, gone(taken))?;
    let deleted = admin.call(|client, keys| iam::delete(client, keys, serial));
    admin.connection.done(context, gone(deleted))
}
