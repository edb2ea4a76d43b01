//! Keys that lost to a concurrent change on another machine, and removed accounts.

use std::collections::HashMap;

use super::entry::without_counter;
use super::{Device, ReplicaError, Stamp, State, short};
use crate::otp::{Account, AccountId, Credential};
use crate::vault::{ProfileKey, Vault};

/// A key that two machines changed without knowing of each other. The later change counts; the other key
/// is kept until a person decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Conflict {
    /// The account, or the access keys of a profile.
    pub(crate) id: AccountId,
    /// The key that lost.
    pub(crate) kept: Kept,
    /// When it was set.
    pub(crate) at: Stamp,
    /// Who set it; `None` before the vault was synced.
    pub(crate) device: Option<Device>,
    /// Who set the key that counts.
    pub(crate) winner: Option<Device>,
    /// When that was set, in Unix seconds.
    pub(crate) winner_time: u64,
}

/// A key that lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kept {
    /// The credential of an account; a counter is 0.
    Account(Box<Credential>),
    /// The access keys of a profile.
    Key(Box<ProfileKey>),
}

/// A removed account that can be restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RemovedAccount {
    pub(crate) account: Account,
    /// When it was removed, in Unix seconds.
    pub(crate) removed: u64,
    /// Who removed it; `None` if it is unknown.
    pub(crate) device: Option<Device>,
}

impl State {
    fn device_of(&self, stamp: Stamp) -> Option<Device> {
        let mut all = self.devices.values();
        let found = all.find(|own| short(&own.value.id) == stamp.device);
        found.map(|own| own.value.clone())
    }

    fn conflicts(&self) -> Vec<Conflict> {
        let mut found = Vec::new();
        for (id, entry) in self.entries.iter().filter(|(_, entry)| entry.is_alive()) {
            let Some(own) = &entry.account else { continue };
            let history = &own.stamps.credential;
            for (at, kept) in &history.kept {
                if *kept != own.account.credential {
                    let kept = Kept::Account(Box::new(kept.clone()));
                    found.push(self.conflict(*id, kept, *at, history.at));
                }
            }
        }
        for (id, entry) in self.keys.iter().filter(|(_, entry)| entry.is_alive()) {
            let Some(own) = &entry.key else { continue };
            for (at, kept) in &own.history.kept {
                if kept.key != own.key.key {
                    let kept = Kept::Key(Box::new(kept.clone()));
                    found.push(self.conflict(*id, kept, *at, own.history.at));
                }
            }
        }
        found
    }

    fn conflict(&self, id: AccountId, kept: Kept, at: Stamp, winner: Stamp) -> Conflict {
        Conflict {
            id,
            kept,
            at,
            device: self.device_of(at),
            winner: self.device_of(winner),
            winner_time: winner.time,
        }
    }

    /// Forgets a kept key.
    fn forget(&mut self, id: AccountId, at: Stamp) {
        let account = self.entries.get_mut(&id);
        if let Some(own) = account.and_then(|entry| entry.account.as_mut()) {
            own.stamps.credential.forget(at);
        }
        let key = self.keys.get_mut(&id);
        if let Some(own) = key.and_then(|entry| entry.key.as_mut()) {
            own.history.forget(at);
        }
    }
}

impl Vault {
    /// The keys that lost to a concurrent change, and differ from those that count.
    ///
    /// # Errors
    /// [`ReplicaError`] if a newer version wrote them.
    pub(crate) fn conflicts(&self) -> Result<Vec<Conflict>, ReplicaError> {
        Ok(State::of(self)?.conflicts())
    }

    /// Forgets a key that lost.
    ///
    /// # Errors
    /// [`ReplicaError`] if a newer version wrote the stamps.
    pub(crate) fn drop_conflict(&mut self, conflict: &Conflict) -> Result<(), ReplicaError> {
        let mut state = State::of(self)?;
        state.forget(conflict.id, conflict.at);
        self.replica = Some(state.to_replica()?);
        Ok(())
    }

    /// Uses a key that lost instead of the one that counts, which is forgotten.
    ///
    /// # Errors
    /// [`ReplicaError`] if a newer version wrote the stamps.
    pub(crate) fn use_conflict(
        &mut self,
        conflict: &Conflict,
        now: u64,
    ) -> Result<(), ReplicaError> {
        self.drop_conflict(conflict)?;
        match &conflict.kept {
            Kept::Account(credential) => {
                let mut all = self.accounts.iter_mut();
                if let Some(own) = all.find(|own| own.id == conflict.id) {
                    let counter = own.credential.kind.counter();
                    own.credential = (**credential).clone();
                    own.credential.kind.raise_counter(counter);
                    own.updated = now;
                }
            }
            Kept::Key(key) => {
                let mut all = self.aws_keys.entries.iter_mut();
                if let Some(own) = all.find(|own| own.id == conflict.id) {
                    *own = (**key).clone();
                    own.updated = now;
                }
            }
        }
        self.undone_to = None;
        Ok(())
    }

    /// The removed accounts that can still be restored, the last one first.
    ///
    /// # Errors
    /// [`ReplicaError`] if a newer version wrote them.
    pub(crate) fn removed_accounts(&self) -> Result<Vec<RemovedAccount>, ReplicaError> {
        let state = State::of(self)?;
        let gone = state.entries.values().filter(|entry| !entry.is_alive());
        let found = gone.filter_map(|entry| {
            let removed = entry.removed.unwrap_or_default();
            Some(RemovedAccount {
                account: entry.to_account()?,
                removed: removed.time,
                device: state.device_of(removed),
            })
        });
        let mut found: Vec<_> = found.collect();
        found.sort_by_key(|gone| (std::cmp::Reverse(gone.removed), gone.account.id));
        Ok(found)
    }

    /// Gives each account a name of its own, after a merge. Of two accounts with the same name and key,
    /// the later one goes. Of others with the same name, the later one is renamed: `github (2)`. All
    /// machines decide the same.
    pub(crate) fn separate_names(&mut self, now: u64) {
        let mut order: Vec<_> = (0..self.accounts.len()).collect();
        order.sort_by_key(|index| self.accounts[*index].id);
        let mut named: HashMap<(&str, &str), Vec<usize>> = HashMap::new();
        let (mut gone, mut renamed) = (Vec::new(), Vec::new());
        for index in order {
            let own = &self.accounts[index];
            let rivals = named.entry((&own.issuer, &own.name)).or_default();
            let plain = |index: usize| without_counter(self.accounts[index].clone()).0.credential;
            let twin = rivals.iter().find(|other| plain(**other) == plain(index));
            match twin {
                Some(twin) => gone.push((*twin, index)),
                None if rivals.is_empty() => rivals.push(index),
                None => {
                    rivals.push(index);
                    renamed.push(index);
                }
            }
        }
        for (twin, index) in &gone {
            let later = self.accounts[*index].clone();
            let own = &mut self.accounts[*twin];
            let before = own.clone();
            own.credential
                .kind
                .raise_counter(later.credential.kind.counter());
            own.add_tags(&later.tags);
            if own.aws.is_none() {
                own.aws = later.aws;
            }
            if *own != before {
                own.updated = now;
            }
        }
        for index in renamed {
            let (issuer, name) = {
                let own = &self.accounts[index];
                (own.issuer.clone(), own.name.clone())
            };
            let free = (2_u32..).map(|number| format!("{name} ({number})"));
            let free = free
                .into_iter()
                .find(|name| self.named(&issuer, name).is_none());
            if let Some(free) = free {
                self.accounts[index].name = free;
                self.accounts[index].updated = now;
            }
        }
        let gone: Vec<_> = gone
            .into_iter()
            .map(|(_, index)| self.accounts[index].id)
            .collect();
        for id in gone {
            // It is there: its index was just looked up.
            let _ = self.remove(id, now);
        }
    }
}
