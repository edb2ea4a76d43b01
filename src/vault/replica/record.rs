//! Stamps what a change of the vault changed.

use std::collections::HashSet;

use super::entry::{AccountState, History, KeyState, Stamps, without_counter};
use super::{DeviceId, Entry, KeyEntry, ReplicaError, Stamp, State};
use crate::otp::Account;
use crate::vault::{ProfileKey, Vault};

/// Stamps the differences between a vault and its earlier state, at `now` (Unix seconds). Does nothing if
/// the vault does not sync.
///
/// It compares, so that it does not matter how the vault was changed: undo, restore and import are changes
/// like any other.
///
/// # Errors
/// [`ReplicaError`] if a newer version wrote the stamps.
pub(crate) fn record(
    before: &Vault,
    after: &mut Vault,
    device: &DeviceId,
    now: u64,
) -> Result<(), ReplicaError> {
    if before.replica.is_none() || after.replica.is_none() {
        return Ok(());
    }
    let mut state = State::with(before, after.replica.as_ref())?;
    let change = Change { device, now };
    change.accounts(&mut state, after);
    change.keys(&mut state, after);
    state.expire(now);
    after.replica = Some(state.to_replica()?);
    Ok(())
}

/// When and where the vault was changed.
struct Change<'a> {
    device: &'a DeviceId,
    now: u64,
}

impl Change<'_> {
    fn stamp(&self, replaced: Stamp) -> Stamp {
        Stamp::after(replaced, self.now, self.device)
    }

    fn accounts(&self, state: &mut State, after: &Vault) {
        let mut present = HashSet::new();
        for account in &after.accounts {
            if !present.insert(account.id) {
                continue;
            }
            let (account, counter) = without_counter(account.clone());
            let entry = state.entries.entry(account.id).or_default();
            entry.counter = entry.counter.max(counter);
            self.account(entry, account);
        }
        for (id, entry) in &mut state.entries {
            if entry.is_alive() && !present.contains(id) {
                let newest = entry.account.as_ref().map(AccountState::newest);
                let newest = newest.unwrap_or_default();
                entry.removed = Some(self.stamp(newest.max(entry.removed.unwrap_or_default())));
            }
        }
    }

    /// Takes over an account that is there after the change.
    fn account(&self, entry: &mut Entry, account: Account) {
        let was_alive = entry.is_alive();
        let removed = entry.removed.unwrap_or_default();
        let Some(own) = &mut entry.account else {
            // New, or removed so long ago that nothing of it is known.
            let at = self.stamp(removed);
            let stamps = Stamps {
                added: at,
                issuer: at,
                name: at,
                tags: at,
                aws: at,
                credential: History::new(at),
            };
            entry.account = Some(AccountState { account, stamps });
            return;
        };
        if !was_alive {
            own.stamps.added = self.stamp(removed.max(own.newest()));
        }
        let stamps = &mut own.stamps;
        let old = &own.account;
        for (has_changed, at) in [
            (old.issuer != account.issuer, &mut stamps.issuer),
            (old.name != account.name, &mut stamps.name),
            (old.tags != account.tags, &mut stamps.tags),
            (old.aws != account.aws, &mut stamps.aws),
        ] {
            if has_changed {
                *at = self.stamp(*at);
            }
        }
        if old.credential != account.credential {
            stamps.credential.replace(|old| self.stamp(old));
        }
        own.account = account;
    }

    fn keys(&self, state: &mut State, after: &Vault) {
        let mut present = HashSet::new();
        for key in &after.aws_keys.entries {
            if present.insert(key.id) {
                self.key(state.keys.entry(key.id).or_default(), key.clone());
            }
        }
        for (id, entry) in &mut state.keys {
            if entry.is_alive() && !present.contains(id) {
                let at = entry.key.as_ref().map(|own| own.history.at);
                let newest = at.max(entry.removed).unwrap_or_default();
                entry.removed = Some(self.stamp(newest));
            }
        }
    }

    fn key(&self, entry: &mut KeyEntry, key: ProfileKey) {
        let was_alive = entry.is_alive();
        let removed = entry.removed.unwrap_or_default();
        match &mut entry.key {
            Some(own) => {
                if own.key != key || !was_alive {
                    own.history.replace(|old| self.stamp(old.max(removed)));
                }
                own.key = key;
            }
            none => {
                let history = History::new(self.stamp(removed));
                *none = Some(KeyState { key, history });
            }
        }
    }
}
