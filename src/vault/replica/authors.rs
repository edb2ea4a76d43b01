//! Which machine made the last change of each account.

use std::collections::HashMap;

use super::{Device, ReplicaError, Stamp, State, short};
use crate::otp::AccountId;
use crate::vault::Vault;

impl Vault {
    /// The machine that made the last change of each account and of each profile's access keys, also of
    /// removed ones. Changes from before the vault was synced have none.
    ///
    /// # Errors
    /// [`ReplicaError`] if a newer version wrote the stamps.
    pub(crate) fn last_authors(&self) -> Result<HashMap<AccountId, Device>, ReplicaError> {
        let state = State::of(self)?;
        let devices = state.devices.values().map(|own| &own.value);
        let devices: HashMap<_, _> = devices.map(|own| (short(&own.id), own)).collect();
        let accounts = state.entries.iter().map(|(id, entry)| {
            let changed = entry.account.as_ref().map(super::AccountState::newest);
            (*id, changed.max(entry.removed))
        });
        let keys = state.keys.iter().map(|(id, entry)| {
            let changed = entry.key.as_ref().map(|key| key.history.at);
            (*id, changed.max(entry.removed))
        });
        let author = |(id, at): (AccountId, Option<Stamp>)| {
            let device = devices.get(&at?.device)?;
            Some((id, (*device).clone()))
        };
        Ok(accounts.chain(keys).filter_map(author).collect())
    }
}
