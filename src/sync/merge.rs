//! Merges two states of a vault. Pure.
//!
//! States are a join semilattice: merging is commutative, associative and idempotent, so machines that
//! have seen the same changes have the same state, in whatever order they saw them. The laws are checked
//! with random states.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use crate::otp::{Account, AwsLink, Credential, Period};
use crate::vault::replica::{
    AccountState, Entry, FormerKey, History, KeyEntry, KeyState, Latest, ReplicaError, Stamp,
    Stamps, State,
};
use crate::vault::{AccessKey, ProfileKey, Rotation, Vault};

/// The vault with all that either of the two knows. Its accounts are in the order of `own`, then in that
/// of `other`.
///
/// # Errors
/// [`ReplicaError`] if a newer version wrote the stamps of one.
pub(crate) fn merge(own: &Vault, other: &Vault) -> Result<Vault, ReplicaError> {
    let merged = State::of(own)?.join(State::of(other)?);
    let mut vault = merged.to_vault([own, other])?;
    if !vault.same_accounts(own) {
        // The last change of the accounts is not an undo any more.
        vault.undone_to = None;
    }
    Ok(vault)
}

/// Whether two vaults have the same state, in whatever order. What they remember of removed accounts may
/// differ: each machine forgets it by its own clock.
///
/// # Errors
/// [`ReplicaError`] if a newer version wrote the stamps of one.
pub(crate) fn same(one: &Vault, other: &Vault) -> Result<bool, ReplicaError> {
    let (mut one, mut other) = (State::of(one)?, State::of(other)?);
    for state in [&mut one, &mut other] {
        state.forget_removed();
    }
    Ok(one == other)
}

/// Two values become one that has all that both have.
trait Join {
    fn join(self, other: Self) -> Self;
}

impl Join for State {
    fn join(self, other: Self) -> Self {
        Self {
            entries: self.entries.join(other.entries),
            keys: self.keys.join(other.keys),
            devices: self.devices.join(other.devices),
            ancestors: self.ancestors.join(other.ancestors),
            former_keys: self.former_keys.join(other.former_keys),
        }
    }
}

/// Both are the same: they have the same commitment.
impl Join for FormerKey {
    fn join(self, _: Self) -> Self {
        self
    }
}

impl<K: Ord, V: Join> Join for BTreeMap<K, V> {
    fn join(mut self, other: Self) -> Self {
        for (key, value) in other {
            let value = match self.remove(&key) {
                Some(own) => own.join(value),
                None => value,
            };
            self.insert(key, value);
        }
        self
    }
}

impl<T: Ord> Join for BTreeSet<T> {
    fn join(mut self, other: Self) -> Self {
        self.extend(other);
        self
    }
}

impl<T: Join> Join for Option<T> {
    fn join(self, other: Self) -> Self {
        match (self, other) {
            (Some(one), Some(other)) => Some(one.join(other)),
            (one, other) => one.or(other),
        }
    }
}

impl Join for Stamp {
    fn join(self, other: Self) -> Self {
        self.max(other)
    }
}

impl Join for Entry {
    fn join(self, other: Self) -> Self {
        Self {
            account: self.account.join(other.account),
            removed: self.removed.join(other.removed),
            counter: self.counter.max(other.counter),
        }
    }
}

impl Join for AccountState {
    fn join(self, other: Self) -> Self {
        // An undo takes back the time too, so the greater one is not always the right one.
        let changed = |own: &Self| (own.newest(), own.account.updated);
        let (_, updated) = changed(&self).max(changed(&other));
        let (one, two) = (self.account, other.account);
        let (own, their) = (self.stamps, other.stamps);
        let (issuer_at, issuer) = latest((own.issuer, one.issuer), (their.issuer, two.issuer));
        let (name_at, name) = latest((own.name, one.name), (their.name, two.name));
        let (tags_at, tags) = latest((own.tags, one.tags), (their.tags, two.tags));
        let link = |link: Option<AwsLink>| link.map(|own| (own.serial, own.profile));
        let (aws_at, aws) = latest((own.aws, link(one.aws)), (their.aws, link(two.aws)));
        let (credential, history) = joined(
            (one.credential, own.credential),
            (two.credential, their.credential),
            compare_credentials,
        );
        Self {
            account: Account {
                id: one.id,
                issuer,
                name,
                credential,
                tags,
                aws: aws.map(|(serial, profile)| AwsLink { serial, profile }),
                created: one.created.min(two.created),
                updated,
            },
            stamps: Stamps {
                added: own.added.max(their.added),
                issuer: issuer_at,
                name: name_at,
                tags: tags_at,
                aws: aws_at,
                credential: history,
            },
        }
    }
}

impl Join for KeyEntry {
    fn join(self, other: Self) -> Self {
        Self {
            key: self.key.join(other.key),
            removed: self.removed.join(other.removed),
        }
    }
}

impl Join for KeyState {
    fn join(self, other: Self) -> Self {
        let (key, history) = joined(
            (self.key, self.history),
            (other.key, other.history),
            compare_keys,
        );
        Self { key, history }
    }
}

impl<T: Ord> Join for Latest<T> {
    fn join(self, other: Self) -> Self {
        let (at, value) = latest((self.at, self.value), (other.at, other.value));
        Self { at, value }
    }
}

/// The value with the greater stamp. Machines with the same id could give one stamp to two values; then
/// the greater value counts, so that all machines decide the same.
fn latest<T: Ord>(one: (Stamp, T), other: (Stamp, T)) -> (Stamp, T) {
    one.max(other)
}

/// Joins two secret values with their histories. What lost to a change that did not know it is kept.
fn joined<T>(
    one: (T, History<T>),
    other: (T, History<T>),
    compare: fn(&T, &T) -> Ordering,
) -> (T, History<T>) {
    let ((one, own), (other, their)) = (one, other);
    let superseded = own.superseded.join(their.superseded);
    let (mut at, mut value) = (own.at, one);
    let mut values = own.kept;
    for (other_at, other) in their.kept.into_iter().chain([(their.at, other)]) {
        let order = other_at.cmp(&at).then_with(|| compare(&other, &value));
        if order.is_gt() {
            let lost = std::mem::replace(&mut value, other);
            let lost_at = std::mem::replace(&mut at, other_at);
            if lost_at != at {
                insert_greater(&mut values, lost_at, lost, compare);
            }
        } else if other_at != at {
            insert_greater(&mut values, other_at, other, compare);
        }
    }
    values.retain(|at, _| !superseded.contains(at));
    let kept = values;
    let history = History {
        at,
        kept,
        superseded,
    };
    (value, history)
}

/// Of two values with one stamp, keeps the greater.
fn insert_greater<T>(
    values: &mut BTreeMap<Stamp, T>,
    at: Stamp,
    value: T,
    compare: fn(&T, &T) -> Ordering,
) {
    let known = values.get(&at);
    if known.is_none_or(|known| compare(&value, known).is_gt()) {
        values.insert(at, value);
    }
}

fn compare_credentials(one: &Credential, other: &Credential) -> Ordering {
    let parameters = |own: &Credential| {
        let period = own.kind.period().map(Period::get);
        let kind = own.kind.as_str();
        (own.algorithm.as_str(), own.digits.get(), kind, period)
    };
    let secrets = one.secret.expose_secret().cmp(other.secret.expose_secret());
    secrets.then_with(|| parameters(one).cmp(&parameters(other)))
}

fn compare_keys(one: &ProfileKey, other: &ProfileKey) -> Ordering {
    let parts = |own: &ProfileKey| {
        let times = (own.created, own.updated);
        (own.profile.clone(), own.arn.clone(), times)
    };
    compare_access_keys(&one.key, &other.key)
        .then_with(|| parts(one).cmp(&parts(other)))
        .then_with(|| compare_rotations(one.rotation.as_ref(), other.rotation.as_ref()))
}

fn compare_access_keys(one: &AccessKey, other: &AccessKey) -> Ordering {
    let ids = one.id().cmp(other.id());
    ids.then_with(|| one.expose_secret().cmp(other.expose_secret()))
}

fn compare_rotations(one: Option<&Rotation>, other: Option<&Rotation>) -> Ordering {
    let stage = |own: Option<&Rotation>| match own {
        None => 0,
        Some(Rotation::Creating { .. }) => 1,
        Some(Rotation::Proving { .. }) => 2,
        Some(Rotation::Old { .. }) => 3,
    };
    let stages = stage(one).cmp(&stage(other));
    stages.then_with(|| match (one, other) {
        (
            Some(Rotation::Creating { since, known }),
            Some(Rotation::Creating {
                since: since_other,
                known: known_other,
            }),
        ) => (since, known).cmp(&(since_other, known_other)),
        (
            Some(Rotation::Proving { since, key }),
            Some(Rotation::Proving {
                since: since_other,
                key: key_other,
            }),
        ) => since
            .cmp(since_other)
            .then_with(|| compare_access_keys(key, key_other)),
        (
            Some(Rotation::Old {
                id,
                is_active,
                delete_after,
            }),
            Some(Rotation::Old {
                id: id_other,
                is_active: is_active_other,
                delete_after: delete_after_other,
            }),
        ) => (id, is_active, delete_after).cmp(&(id_other, is_active_other, delete_after_other)),
        _ => Ordering::Equal,
    })
}

#[cfg(test)]
mod tests;
