//! The machines that share the vault.

use super::{DeviceId, FormerKey, ReplicaError, Stamp, State, short};
use crate::vault::Vault;
use crate::vault::format::DataKey;

/// A machine that shares the vault.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Device {
    pub(crate) id: DeviceId,
    /// What its owner called it. It comes from outside, so it is escaped where it is shown.
    pub(crate) name: String,
    /// When it joined, in Unix seconds.
    pub(crate) added: u64,
    /// Whether it left or was removed.
    pub(crate) is_removed: bool,
}

/// The longest name of a device, in bytes.
pub(crate) const MAX_NAME_BYTES: usize = 100;

impl Vault {
    /// Whether the vault syncs with other machines.
    pub(crate) const fn is_replica(&self) -> bool {
        self.replica.is_some()
    }

    /// The machines that share the vault, also removed ones. Empty if it does not sync.
    ///
    /// # Errors
    /// [`ReplicaError`] if a newer version wrote them.
    pub(crate) fn devices(&self) -> Result<Vec<Device>, ReplicaError> {
        let state = State::of(self)?;
        Ok(state.devices.into_values().map(|own| own.value).collect())
    }

    /// Adds a machine, or changes its entry. The vault syncs from then on.
    ///
    /// # Errors
    /// [`ReplicaError`] if a newer version wrote what it remembers.
    pub(crate) fn set_device(
        &mut self,
        mut device: Device,
        by: &DeviceId,
        now: u64,
    ) -> Result<(), ReplicaError> {
        let mut state = State::of(self)?;
        let end = device.name.floor_char_boundary(MAX_NAME_BYTES);
        device.name.truncate(end);
        state.set_device(device, |replaced| Stamp::after(replaced, now, by));
        self.replica = Some(state.to_replica()?);
        Ok(())
    }

    /// Keeps an earlier data key, so that commits which it sealed can still be read. Does nothing if the
    /// vault does not sync.
    ///
    /// # Errors
    /// [`ReplicaError`] if a newer version wrote what it remembers.
    pub(crate) fn keep_former_key(&mut self, key: &DataKey) -> Result<(), ReplicaError> {
        if self.is_replica() {
            let mut state = State::of(self)?;
            let former = FormerKey(key.clone());
            state.former_keys.insert(key.commitment(), former);
            self.replica = Some(state.to_replica()?);
        }
        Ok(())
    }

    /// The earlier data keys.
    ///
    /// # Errors
    /// [`ReplicaError`] if a newer version wrote them.
    pub(crate) fn former_keys(&self) -> Result<Vec<DataKey>, ReplicaError> {
        let keys = State::of(self)?.former_keys;
        Ok(keys.into_values().map(|former| former.0).collect())
    }

    /// Ends syncing: forgets stamps, removed accounts and kept keys.
    pub(crate) fn leave_sync(&mut self) {
        self.replica = None;
    }

    /// The machines whose newest stamp is more than `tolerance` seconds after `now`, and by how much.
    ///
    /// # Errors
    /// [`ReplicaError`] if a newer version wrote the stamps.
    pub(crate) fn clocks_ahead(
        &self,
        now: u64,
        tolerance: u64,
    ) -> Result<Vec<(Device, u64)>, ReplicaError> {
        let state = State::of(self)?;
        let newest = state.newest_stamps();
        let ahead = state.devices.values().filter_map(|device| {
            let newest = newest.get(&short(&device.value.id))?;
            let ahead = newest.saturating_sub(now);
            (ahead > tolerance).then(|| (device.value.clone(), ahead))
        });
        Ok(ahead.collect())
    }
}
