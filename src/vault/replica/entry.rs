//! What a vault holds: accounts and access keys with their stamps, also removed ones.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use super::Stamp;
use crate::otp::{Account, Credential, Kind};
use crate::vault::format::DataKey;
use crate::vault::{AccessKey, ProfileKey};

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

impl Stamps {
    /// The stamp of each field.
    pub(super) const fn all(&self) -> [Stamp; 6] {
        [
            self.added,
            self.issuer,
            self.name,
            self.tags,
            self.aws,
            self.credential.at,
        ]
    }
}

impl AccountState {
    /// An account from the time before the vault was synced.
    pub(super) fn before_sync(account: Account) -> Self {
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
        self.stamps.all().into_iter().max().unwrap_or_default()
    }
}

impl KeyState {
    pub(super) fn before_sync(key: ProfileKey) -> Self {
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

impl Entry {
    pub(super) fn is_hotp(&self) -> bool {
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
