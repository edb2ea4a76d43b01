//! `mfa sync remove-device`: gives the vault a new key, which a lost machine does not get.

use std::path::Path;

use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::app::recovery_code::NewCode;
use crate::app::sync::devices::{devices, find, shown};
use crate::commands::Run;
use crate::sync::engine::Options;
use crate::ui::escape;
use crate::vault::Vault;
use crate::vault::replica::Device;
use crate::vault::storage::quoted;

/// Most accounts that are named.
const NAMED: usize = 1000;

/// Remove a lost machine; the vault gets a new key
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "The removed machine keeps the secrets that it had. If it knows the passphrase, set a new one: mfa vault passphrase\n\nExample:\n  mfa sync remove-device my-laptop"
)]
pub(crate) struct Args {
    /// Name of the machine, or its id
    #[arg(add = clap_complete::ArgValueCompleter::new(crate::app::complete::sync_devices))]
    name: String,
    /// Skip the confirmation
    #[arg(long, short)]
    yes: bool,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        // Machines may have joined, and what they wrote with the old key is read before it is replaced.
        let outcome = context.sync(Options::default())?;
        context.tell_round(&outcome, true)?;
        let (own, devices) = devices(context)?;
        let device = find(&devices, &self.name)?;
        let name = shown(device);
        if device.id == own {
            let message = format!("{} is this machine", device.name);
            return Err(CommandError::new(Exit::Usage, message).with_hint("mfa sync leave"));
        }
        if device.is_removed {
            let message = format!("{} was already removed", device.name);
            return Err(CommandError::new(Exit::Failed, message).with_hint("mfa sync devices"));
        }
        if !self.is_confirmed(context, device)? {
            context.ui.note("nothing removed");
            return Ok(());
        }
        let mut new_code = NewCode::new(context.ui.clone());
        context.with_vault(|vault, host| {
            vault.remove_device(host, &device.id, |code| new_code.show(code))
        })?;
        new_code.note_change();
        context.ui.print(&format!("removed {name}\n"))?;
        let told = context.sync(Options::default());
        let outcome = told.map_err(|error| {
            error
                .while_doing("the other machines do not know it yet")
                .with_hint("mfa sync")
        })?;
        context.tell_round(&outcome, true)?;
        tell_rest(context, &outcome.after, &name);
        Ok(())
    }
}

impl Args {
    fn is_confirmed(&self, context: &Context, device: &Device) -> Result<bool> {
        if self.yes {
            return Ok(true);
        }
        let Some(prompt) = context.ui.prompt() else {
            let message = format!(
                "cannot remove {}: there is no terminal to confirm it",
                device.name
            );
            let name = quoted(Path::new(&self.name));
            return Err(CommandError::new(Exit::Usage, message)
                .with_hint(format!("mfa sync remove-device {name} --yes")));
        };
        context.ui.note(
            "this gives the vault a new key; the other machines ask once for the passphrase or the recovery code",
        );
        Ok(prompt.confirm(&format!("Remove {}?", device.name))?)
    }
}

/// Says what the removed machine can still do, and what to do about it.
fn tell_rest(context: &Context, vault: &Vault, name: &str) {
    let ui = &context.ui;
    ui.note(&format!(
        "{name} can still read what it had: the secrets of all accounts until now, and the old commits"
    ));
    let passphrase = context.command("mfa vault passphrase");
    ui.note(&format!(
        "with the passphrase or the recovery code it can open new commits too; if it knows the passphrase: \
         {passphrase}"
    ));
    ui.note("take away its access to the remote as well");
    if vault.accounts.is_empty() {
        return;
    }
    ui.note("if somebody else can use it, replace the keys of these accounts:");
    for account in vault.accounts.iter().take(NAMED) {
        ui.status(&format!("  {}\n", escape(&account.full_name())));
    }
    if let Some(more) = vault
        .accounts
        .len()
        .checked_sub(NAMED)
        .filter(|more| *more > 0)
    {
        ui.status(&format!("  and {more} more\n"));
    }
    for key in &vault.aws_keys.entries {
        let profile = escape(&key.profile);
        ui.status(&format!("  the AWS access key of profile {profile}\n"));
    }
}
