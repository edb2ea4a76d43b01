//! `mfa edit`: other parameters for an account.

use super::Run;
use crate::app::account_args::Overrides;
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::otp::AccountId;
use crate::ui::escape;
use crate::vault::ChangeError;

/// Change what is stored of an account
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The account
    #[arg(value_name = "NAME", id = "account",
        add = clap_complete::ArgValueCompleter::new(crate::app::complete::account_names))]
    account: String,
    #[command(flatten)]
    overrides: Overrides,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        if self.overrides.is_empty() {
            return Err(CommandError::new(
                Exit::Usage,
                "nothing to change: give at least one option",
            )
            .with_hint("mfa edit --help"));
        }
        let vault = context.accounts()?;
        let id = context.select(&vault, Some(&self.account))?.id;
        context.edit(id, &self.overrides, "changed")
    }
}

impl Context {
    /// Changes one account and says so.
    ///
    /// # Errors
    /// When the options do not fit, or the name is taken.
    pub(super) fn edit(&mut self, id: AccountId, overrides: &Overrides, done: &str) -> Result {
        let now = self.clock.seconds()?;
        let name = self.change(|vault| {
            let mut changed = vault.get(id).ok_or(ChangeError::Gone)?.clone();
            overrides.apply(
                &mut changed.issuer,
                &mut changed.name,
                &mut changed.credential,
                "mfa edit NAME",
            )?;
            if Some(&changed) == vault.get(id) {
                return Ok(changed.full_name());
            }
            Ok(vault
                .update(id, now, |account| *account = changed)?
                .full_name())
        })?;
        Ok(self.ui.print(&format!("{done} {}\n", escape(&name)))?)
    }
}
