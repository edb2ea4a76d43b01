//! A vault with its stamps, as it is changed and merged.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use sha2::{Digest, Sha256};

use super::{Device, DeviceId, RESTORABLE, Replica, ReplicaError, Stamp};
use crate::otp::{Account, AccountId, Credential, Kind};
use crate::vault::format::{DataKey, replica};
use crate::vault::{AccessKey, Ancestor, AwsKeys, ProfileKey, Tombstone, Vault};

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

/// An earlier data key of the vault.
#[derive(Debug, Clone)]
pub(crate) struct FormerKey(pub(crate) DataKey);

impl PartialEq for FormerKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.matches(&other.0.commitment())
    }
}

impl Eq for FormerKey {}

/// A value of which the latest counts; an earlier one is forgotten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Latest<T> {
    pub(crate) at: Stamp,
    pub(crate) value: T,
}

/// An account, or what is remembered of a removed one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Entry {
    /// `None` if it was removed more than 30 days ago, or before the vault was synced.
    pub(crate) account: Option<AccountState>,
    /// When it was removed. An account that changed later was brought back.
    pub(crate) removed: Option<Stamp>,
    /// The highest counter of an HOTP account.
    pub(crate) counter: Option<u64>,
}

/// An account with its stamps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AccountState {
    /// The counter of an HOTP account is 0 here; [`Entry::counter`] has it.
    pub(crate) account: Account,
    pub(crate) stamps: Stamps,
}

/// When each field of an account was set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Stamps {
    /// When it was added or brought back.
    pub(crate) added: Stamp,
    pub(crate) issuer: Stamp,
    pub(crate) name: Stamp,
    pub(crate) tags: Stamp,
    pub(crate) aws: Stamp,
    pub(crate) credential: History<Credential>,
}

/// Access keys of a profile, or what is remembered of removed ones.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct KeyEntry {
    pub(crate) key: Option<KeyState>,
    pub(crate) removed: Option<Stamp>,
}

/// Access keys with their stamps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyState {
    pub(crate) key: ProfileKey,
    pub(crate) history: History<ProfileKey>,
}

/// When a secret value was set, and the values that lost to it.
///
/// A value that another machine replaced without knowing it is kept: a key is never lost silently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct History<T> {
    pub(crate) at: Stamp,
    /// The values that lost to a change on a machine that did not know them.
    pub(crate) kept: BTreeMap<Stamp, T>,
    /// The values that were replaced knowingly.
    pub(crate) superseded: BTreeSet<Stamp>,
}

impl<T> Default for History<T> {
    fn default() -> Self {
        Self {
            at: Stamp::default(),
            kept: BTreeMap::new(),
            superseded: BTreeSet::new(),
        }
    }
}

impl<T> History<T> {
    /// The history of a value without any.
    pub(crate) fn new(at: Stamp) -> Self {
        Self {
            at,
            ..Self::default()
        }
    }

    /// Notes that the value was replaced by somebody who knew it.
    pub(super) fn replace(&mut self, stamp: impl FnOnce(Stamp) -> Stamp) {
        let newest = self.kept.keys().next_back().copied().unwrap_or_default();
        self.superseded.insert(self.at);
        self.at = stamp(self.at.max(newest));
    }

    /// Forgets one of the kept values.
    pub(super) fn forget(&mut self, kept: Stamp) {
        if self.kept.remove(&kept).is_some() {
            self.superseded.insert(kept);
        }
    }
}

impl AccountState {
    /// An account from the time before the vault was synced.
    fn before_sync(account: Account) -> Self {
        let at = Stamp::before_sync(account.updated);
        let credential = History::new(distinct(at, &fingerprint(&account.credential)));
        Self {
            stamps: Stamps {
                added: at,
                issuer: at,
                name: at,
                tags: at,
                aws: at,
                credential,
            },
            account,
        }
    }

    /// The stamp of its last change.
    pub(crate) fn newest(&self) -> Stamp {
        let own = &self.stamps;
        let all = [
            own.added,
            own.issuer,
            own.name,
            own.tags,
            own.aws,
            own.credential.at,
        ];
        all.into_iter().max().unwrap_or_default()
    }
}

impl KeyState {
    fn before_sync(key: ProfileKey) -> Self {
        let at = Stamp::before_sync(key.updated);
        let history = History::new(distinct(at, &fingerprint_of_key(&key.key)));
        Self { key, history }
    }
}

impl Entry {
    /// Whether the account is there: it was not removed, or changed after that.
    pub(crate) fn is_alive(&self) -> bool {
        let newest = self.account.as_ref().map(AccountState::newest);
        newest.is_some_and(|newest| self.removed.is_none_or(|removed| newest > removed))
    }

    /// The account with its counter.
    pub(crate) fn to_account(&self) -> Option<Account> {
        let mut account = self.account.as_ref()?.account.clone();
        account.credential.kind.raise_counter(self.counter);
        Some(account)
    }
}

impl KeyEntry {
    /// Whether the keys are there.
    pub(crate) fn is_alive(&self) -> bool {
        let at = self.key.as_ref().map(|key| key.history.at);
        at.is_some_and(|at| self.removed.is_none_or(|removed| at > removed))
    }
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
            let own = entry.account.as_ref().map(|own| &own.stamps);
            let fields = own.map(|own| {
                [
                    own.added,
                    own.issuer,
                    own.name,
                    own.tags,
                    own.aws,
                    own.credential.at,
                ]
            });
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

impl Entry {
    fn is_hotp(&self) -> bool {
        let kind = self.account.as_ref().map(|own| own.account.credential.kind);
        kind.is_some_and(|kind| kind.counter().is_some())
    }
}

/// The account with counter 0, and its counter.
pub(crate) fn without_counter(mut account: Account) -> (Account, Option<u64>) {
    let counter = account.credential.kind.counter();
    if counter.is_some() {
        account.credential.kind = Kind::Hotp { counter: 0 };
    }
    (account, counter)
}

fn add_unusable(own: &mut Vec<crate::vault::Unusable>, other: &[crate::vault::Unusable]) {
    for entry in other {
        if own.iter().all(|known| known.raw != entry.raw) {
            own.push(entry.clone());
        }
    }
}

/// A stamp that tells values apart which have the same time: copies of a vault may have been changed in
/// the same second, and none of the keys may be lost.
fn distinct(mut at: Stamp, fingerprint: &[u8; 32]) -> Stamp {
    at.device.copy_from_slice(&fingerprint[..8]);
    at
}

fn fingerprint(credential: &Credential) -> [u8; 32] {
    let period = credential.kind.period().map_or(0, crate::otp::Period::get);
    let hash = Sha256::new()
        .chain_update(credential.algorithm.as_str())
        .chain_update([0, credential.digits.get()])
        .chain_update(credential.kind.as_str())
        .chain_update(period.to_le_bytes())
        .chain_update(credential.secret.expose_secret());
    hash.finalize().into()
}

fn fingerprint_of_key(key: &AccessKey) -> [u8; 32] {
    let hash = Sha256::new()
        .chain_update(key.id())
        .chain_update([0])
        .chain_update(key.expose_secret());
    hash.finalize().into()
}
