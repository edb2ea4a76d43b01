//! A vault with its stamps, as it is changed and merged.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::entry::{
    AccountState, Entry, FormerKey, History, KeyEntry, KeyState, Latest, without_counter,
};
use super::{Device, DeviceId, RESTORABLE, Replica, ReplicaError, Stamp};
use crate::otp::AccountId;
use crate::vault::format::replica;
use crate::vault::{Ancestor, AwsKeys, ProfileKey, Tombstone, Vault};

/// All that a vault holds, by id, with stamps. Two states of the same vault can be merged.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct State {
    pub(crate) entries: BTreeMap<AccountId, Entry>,
    pub(crate) keys: BTreeMap<AccountId, KeyEntry>,
    pub(crate) devices: BTreeMap<DeviceId, Latest<Device>>,
    /// The proofs of earlier data keys.
    pub(crate) ancestors: BTreeSet<(u32, [u8; 32])>,
    /// The earlier data keys by their commitments: they open the commits from before a change of the key.
    pub(crate) former_keys: BTreeMap<[u8; 32], FormerKey>,
}

impl State {
    /// The state of a vault. Without stamps of its own, it gets those of the time before sync.
    ///
    /// # Errors
    /// [`ReplicaError`] if a newer version wrote the stamps.
    pub(crate) fn of(vault: &Vault) -> Result<Self, ReplicaError> {
        Self::with(vault, vault.replica.as_ref())
    }

    /// As [`State::of`], with these stamps.
    pub(super) fn with(vault: &Vault, replica: Option<&Replica>) -> Result<Self, ReplicaError> {
        let mut known = replica.map_or_else(|| Ok(replica::Known::default()), replica::parse)?;
        let mut state = Self {
            devices: std::mem::take(&mut known.devices),
            former_keys: std::mem::take(&mut known.former_keys),
            ..Self::default()
        };
        for account in &vault.accounts {
            let (account, counter) = without_counter(account.clone());
            let stamps = known.stamps.remove(&account.id);
            let (removed, own) = match stamps {
                Some((removed, stamps)) => (removed, AccountState { account, stamps }),
                None => (None, AccountState::before_sync(account)),
            };
            // If several accounts share an id, the first counts.
            let entry = state.entries.entry(own.account.id).or_default();
            if entry.account.is_none() {
                (entry.account, entry.removed) = (Some(own), removed);
            }
            entry.counter = entry.counter.max(counter);
        }
        for (id, removed) in known.removed {
            state.entries.entry(id).or_insert(removed);
        }
        for stone in &vault.tombstones {
            let entry = state.entries.entry(stone.id).or_insert_with(|| Entry {
                removed: Some(Stamp::before_sync(stone.deleted)),
                ..Entry::default()
            });
            entry.counter = entry.counter.max(stone.counter);
        }
        state.read_keys(&vault.aws_keys, known.key_stamps, known.removed_keys);
        let proofs = vault.ancestors.iter();
        state.ancestors = proofs.map(|own| (own.epoch, *own.proof)).collect();
        Ok(state)
    }

    fn read_keys(
        &mut self,
        keys: &AwsKeys,
        mut stamps: BTreeMap<AccountId, (Option<Stamp>, History<ProfileKey>)>,
        removed: BTreeMap<AccountId, KeyEntry>,
    ) {
        for key in &keys.entries {
            let (removed, own) = match stamps.remove(&key.id) {
                Some((removed, history)) => {
                    let key = key.clone();
                    (removed, KeyState { key, history })
                }
                None => (None, KeyState::before_sync(key.clone())),
            };
            self.keys.entry(key.id).or_insert(KeyEntry {
                key: Some(own),
                removed,
            });
        }
        for (id, removed) in removed {
            self.keys.entry(id).or_insert(removed);
        }
        for gone in &keys.removed {
            self.keys.entry(gone.id).or_insert_with(|| KeyEntry {
                key: gone.kept.as_deref().cloned().map(KeyState::before_sync),
                removed: Some(Stamp::before_sync(gone.deleted)),
            });
        }
    }

    /// The vault of this state. Its accounts are in the order of `order`, and then by the time when they
    /// were added.
    ///
    /// # Errors
    /// [`ReplicaError`] if the stamps cannot be written, which does not happen.
    pub(crate) fn to_vault(&self, order: [&Vault; 2]) -> Result<Vault, ReplicaError> {
        let [own, _] = order;
        let mut vault = Vault {
            undone_to: own.undone_to,
            ..Vault::default()
        };
        let known = order.into_iter().flat_map(|vault| &vault.accounts);
        let mut rest: Vec<_> = self
            .entries
            .values()
            .filter_map(Entry::to_account)
            .collect();
        rest.sort_by_key(|account| (account.created, account.id));
        let mut done = HashSet::new();
        for id in known.map(|own| own.id).chain(rest.iter().map(|own| own.id)) {
            let entry = self.entries.get(&id).filter(|entry| entry.is_alive());
            if let Some(account) = entry.and_then(Entry::to_account)
                && done.insert(id)
            {
                vault.accounts.push(account);
            }
        }
        let known = order.into_iter().flat_map(|vault| &vault.aws_keys.entries);
        let mut done = HashSet::new();
        for id in known.map(|own| own.id).chain(self.keys.keys().copied()) {
            let entry = self.keys.get(&id).filter(|entry| entry.is_alive());
            if let Some(own) = entry.and_then(|entry| entry.key.as_ref())
                && done.insert(id)
            {
                vault.aws_keys.entries.push(own.key.clone());
            }
        }
        let gone = order.into_iter().flat_map(|vault| &vault.aws_keys.removed);
        for gone in gone {
            if done.insert(gone.id) {
                vault.aws_keys.removed.push(gone.clone());
            }
        }
        vault.tombstones = self.stones();
        let proofs = self.ancestors.iter().map(|(epoch, proof)| Ancestor {
            epoch: *epoch,
            proof: zeroize::Zeroizing::new(*proof),
        });
        vault.ancestors = proofs.collect();
        for other in order {
            add_unusable(&mut vault.unusable, &other.unusable);
            add_unusable(&mut vault.aws_keys.unusable, &other.aws_keys.unusable);
        }
        vault.replica = Some(self.to_replica()?);
        Ok(vault)
    }

    /// The counters that no account has, and the accounts that were removed.
    fn stones(&self) -> Vec<Tombstone> {
        let stone = |(id, entry): (&AccountId, &Entry)| {
            let removed = entry.removed.map(|removed| removed.time);
            let changed = entry.account.as_ref().map(|own| own.account.updated);
            let deleted = match entry.is_alive() {
                true if entry.is_hotp() || entry.counter.is_none() => return None,
                true => changed,
                false => removed,
            };
            Some(Tombstone {
                id: *id,
                deleted: deleted.unwrap_or_default(),
                counter: entry.counter,
            })
        };
        let mut stones: Vec<_> = self.entries.iter().filter_map(stone).collect();
        stones.sort_unstable_by_key(|stone| (stone.deleted, stone.id));
        stones
    }

    /// The stamps as the vault has them.
    ///
    /// # Errors
    /// [`ReplicaError`] if they cannot be written, which does not happen.
    pub(crate) fn to_replica(&self) -> Result<Replica, ReplicaError> {
        replica::write(self)
    }

    /// Forgets removed accounts that can no longer be restored at `now`, in Unix seconds.
    pub(crate) fn expire(&mut self, now: u64) {
        let is_old = |removed: Option<Stamp>| {
            removed.is_some_and(|removed| removed.time.saturating_add(RESTORABLE) < now)
        };
        for entry in self.entries.values_mut() {
            if !entry.is_alive() && is_old(entry.removed) {
                entry.account = None;
            }
        }
        for entry in self.keys.values_mut() {
            if !entry.is_alive() && is_old(entry.removed) {
                entry.key = None;
            }
        }
    }

    /// Forgets all removed accounts, but not that they were removed.
    pub(crate) fn forget_removed(&mut self) {
        for entry in self.entries.values_mut().filter(|own| !own.is_alive()) {
            entry.account = None;
        }
        for entry in self.keys.values_mut().filter(|own| !own.is_alive()) {
            entry.key = None;
        }
    }

    /// The time of the newest stamp of each device.
    pub(super) fn newest_stamps(&self) -> BTreeMap<[u8; 8], u64> {
        let accounts = self.entries.values().flat_map(|entry| {
            let fields = entry.account.as_ref().map(|own| own.stamps.all());
            fields.into_iter().flatten().chain(entry.removed)
        });
        let keys = self.keys.values().flat_map(|entry| {
            let at = entry.key.as_ref().map(|own| own.history.at);
            at.into_iter().chain(entry.removed)
        });
        let mut newest = BTreeMap::new();
        for stamp in accounts.chain(keys) {
            let time = newest.entry(stamp.device).or_insert(0);
            *time = stamp.time.max(*time);
        }
        newest
    }

    /// Adds a device, or changes its entry.
    pub(super) fn set_device(&mut self, device: Device, stamp: impl FnOnce(Stamp) -> Stamp) {
        let known = self.devices.get(&device.id);
        if known.is_some_and(|known| known.value == device) {
            return;
        }
        let at = stamp(known.map(|known| known.at).unwrap_or_default());
        self.devices.insert(device.id, Latest { at, value: device });
    }
}

fn add_unusable(own: &mut Vec<crate::vault::Unusable>, other: &[crate::vault::Unusable]) {
    for entry in other {
        if own.iter().all(|known| known.raw != entry.raw) {
            own.push(entry.clone());
        }
    }
}
