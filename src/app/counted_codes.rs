//! Gives out HOTP codes, each once.

use super::clock::Clock;
use super::context::Context;
use super::error::{CommandError, Exit, Result};
use crate::otp::{Account, AccountId, Code, Kind};
use crate::vault::ChangeError;

impl Context {
    /// Gives out the next `count` codes of an HOTP account. The counter is stored before they are
    /// returned, so that no code is given twice.
    ///
    /// # Errors
    /// If the account is gone, its counter is at its maximum, or the vault cannot be written.
    pub(crate) fn take_counted_codes(
        &mut self,
        id: AccountId,
        count: u64,
    ) -> Result<(Account, Vec<Code>)> {
        let now = Clock::seconds()?;
        self.change_existing(|vault| {
            let account = vault.get(id).ok_or(ChangeError::Gone)?;
            let first = account.credential.kind.counter().unwrap_or_default();
            let after = first.checked_add(count).ok_or_else(|| {
                CommandError::new(Exit::Failed, "the HOTP counter has reached its maximum")
            })?;
            let codes = (first..after)
                .map(|counter| account.credential.code_at_counter(counter))
                .collect();
            let account = vault.update(id, now, |account| {
                account.credential.kind = Kind::Hotp { counter: after };
            })?;
            Ok((account.clone(), codes))
        })
    }
}
