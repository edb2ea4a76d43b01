//! Changing one account, for `mfa edit` and `mfa rename`.

use super::account_args::AccountArgs;
use super::clock::Clock;
use super::context::Context;
use super::error::Result;
use super::select::find;
use crate::ui::escape;
use crate::vault::ChangeError;

impl Context {
    /// Changes the account that `name` means, and says so. The name is looked up in the vault as it is
    /// when it is changed.
    ///
    /// # Errors
    /// When there is no such account, the options do not fit, or the new name is taken.
    pub(crate) fn edit(&mut self, name: &str, new: &AccountArgs, done: &str) -> Result {
        let now = Clock::seconds()?;
        let name = self.change_existing(|vault| {
            let id = find(vault, name)?.id;
            let mut changed = vault.get(id).ok_or(ChangeError::Gone)?.clone();
            new.apply(
                &mut changed.issuer,
                &mut changed.name,
                &mut changed.credential,
                "mfa edit NAME",
            )?;
            if Some(&changed) == vault.get(id) {
                return Ok(changed.full_name());
            }
            let stored = vault.update(id, now, |account| *account = changed)?;
            Ok(stored.full_name())
        })?;
        Ok(self.ui.print(&format!("{done} {}\n", escape(&name)))?)
    }
}
