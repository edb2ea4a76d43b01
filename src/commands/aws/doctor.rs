//! `mfa aws doctor`: whether all is there that a session needs, and what is missing.

use super::admin::Admin;
use super::connect::{account_of, device};
use super::explain::clock_note;
use super::{Which, WhichDevice};
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::commands::Run;
use crate::ui::escape;

/// Look whether all is there that a session needs: keys, clock, device, account
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    which: WhichDevice,
}

impl Run for Args {
    /// Each line is told as soon as it is known; the first failure is the answer of the rest.
    fn run(self, context: &mut Context) -> Result {
        let which: Which = self.which.into();
        let open = context.open_existing()?;
        let mut admin = Admin::new(context, &which, None)?;
        let line = |what: &str, text: &str| format!("{what:<9} {}\n", escape(text));
        context
            .ui
            .print(&line("profile", admin.connection.shown_name()))?;
        let caller = format!("{} of account {}", admin.caller.name, admin.caller.account);
        context.ui.print(&line("keys", &caller))?;
        let clock = clock_note(admin.connection.client.ahead);
        let text = clock.as_deref().unwrap_or("that of AWS");
        context.ui.print(&line("clock", text))?;
        let serial = device(context, &mut admin.connection, &open.vault, &which)?;
        let is_enabled = admin.devices()?.iter().any(|d| d.serial == serial);
        let state = if is_enabled {
            "enabled"
        } else {
            "not among the user's devices"
        };
        context
            .ui
            .print(&line("device", &format!("{serial}, {state}")))?;
        let account = match which.account.as_deref() {
            Some(name) => context.select(&open.vault, Some(name))?,
            None => account_of(&open.vault, &serial)?,
        };
        context.ui.print(&line("account", &account.full_name()))?;
        if !is_enabled {
            let message = format!("{serial} is not enabled for {}", admin.user.name);
            return Err(CommandError::new(Exit::Failed, message).with_hint("mfa aws devices"));
        }
        Ok(())
    }
}
