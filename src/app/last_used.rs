//! Remembers in the state folder which accounts were used last, so that the picker shows them first.

use super::context::Context;
use crate::otp::{Account, AccountId};

/// One id per line, the last used first.
const NAME: &str = "last-used";
/// More than anyone uses by hand.
const KEPT: usize = 100;

impl Context {
    /// Records that a person used the account. A failure is ignored: only the order depends on it.
    pub(crate) fn remember_used(&self, id: AccountId) {
        let mut ids = self.last_used();
        if ids.first() == Some(&id) {
            return;
        }
        ids.retain(|one| *one != id);
        ids.insert(0, id);
        ids.truncate(KEPT);
        let lines: Vec<_> = ids.iter().map(ToString::to_string).collect();
        let _ = self.state.write(NAME, lines.join("\n").as_bytes());
    }

    /// The accounts, the last used first, the others by issuer and name.
    pub(crate) fn in_order_of_use<'a>(&self, accounts: &'a [Account]) -> Vec<&'a Account> {
        let used = self.last_used();
        let place = |account: &Account| {
            let place = used.iter().position(|id| *id == account.id);
            place.unwrap_or(usize::MAX)
        };
        let mut sorted: Vec<_> = accounts.iter().collect();
        sorted.sort_by_cached_key(|account| {
            let name = (account.issuer.to_lowercase(), account.name.to_lowercase());
            (place(account), name)
        });
        sorted
    }

    fn last_used(&self) -> Vec<AccountId> {
        let bytes = self.state.read(NAME).ok().flatten().unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        text.lines().filter_map(AccountId::parse).collect()
    }
}
