//! The vault: accounts in memory, and the encrypted file that keeps them.
//!
//! The public part is the format, without any I/O. The key file of a vault holds 32 bytes, which
//! open it:
//!
//! ```
//! use mfa::vault::Envelope;
//! use mfa::vault::format::{SlotKey, document, seal};
//!
//! # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/");
//! # let file = std::fs::read(format!("{folder}golden-1-keyfile.json"))?;
//! # let text = std::fs::read_to_string(format!("{folder}golden-1-keyfile.key"))?;
//! # let line = text.lines().last().unwrap_or_default();
//! # let key_file: [u8; 32] = data_encoding::BASE64.decode(line.as_bytes())?.try_into().unwrap();
//! let envelope = Envelope::parse(&file)?;
//! let slot = envelope.header.slots.first().ok_or("no slot")?;
//! let key = seal::unwrap(&envelope.header, slot, &SlotKey::from_bytes(key_file));
//! let plaintext = seal::open(envelope, &key.ok_or("another key file")?)?;
//! let vault = document::parse(&plaintext)?;
//! assert_eq!(vault.accounts[0].name, "my-iam-user@123456789012");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! `storage` reads bytes, which [`Envelope`] parses and a way in `unlock` opens. Then
//! [`format::document`] turns them into a [`Vault`]. Saving goes the other way. `repository` does
//! all this under the lock, and asks its `host` for everything outside.
//!
#![doc = include_str!("security.md")]

mod aws_keys;
pub mod format;
pub(crate) mod host;
pub(crate) mod init;
mod query;
pub(crate) mod replica;
pub(crate) mod repository;
pub(crate) mod storage;
pub(crate) mod unlock;

use std::collections::{HashMap, HashSet};

use thiserror::Error;
use zeroize::Zeroizing;

pub use aws_keys::{AccessKey, AwsKeys, ProfileKey, RemovedKey, Rotation};
pub use query::{Match, resolve};
#[cfg(feature = "aws")]
pub(crate) use query::{by_serial, most_similar};
pub(crate) use query::{resolve_exactly, search};
pub use replica::Replica;
#[cfg(feature = "age")]
pub use unlock::{AgeError, Identities};
pub use unlock::{
    AgeKey, Argon2id, Envelope, Header, KeyFile, Keyring, Passphrase, Recovery, RecoveryCode, Slot,
    SlotKind,
};

use crate::otp::{Account, AccountId, Kind};

/// The accounts of an open vault. Changes happen here, in memory, without I/O.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Vault {
    /// The accounts in the order in which they were added.
    pub accounts: Vec<Account>,
    /// Entries that this program cannot use; they are kept unchanged.
    pub unusable: Vec<Unusable>,
    /// Removed accounts, so that another machine does not bring them back.
    pub tombstones: Vec<Tombstone>,
    /// Set by undo and redo: the revision that these accounts come from. The next undo or redo continues
    /// from there. Codes of an HOTP account leave it unchanged; any other change clears it.
    pub undone_to: Option<u64>,
    /// The earlier data keys, oldest first. Returning to an older state keeps them.
    pub ancestors: Vec<Ancestor>,
    /// The access keys of AWS profiles.
    pub aws_keys: AwsKeys,
    /// What it remembers for sync with other machines; `None` if it does not sync.
    pub replica: Option<Replica>,
}

/// A stored entry that is not a usable account.
#[derive(Clone, PartialEq, Eq)]
pub struct Unusable {
    /// Its position among all entries, from 1.
    pub position: usize,
    /// Why it is unusable; quotes no key.
    pub reason: String,
    /// Its JSON. It may contain a key, so it is never shown.
    pub raw: Zeroizing<String>,
}

impl std::fmt::Debug for Unusable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Unusable({}, {})", self.position, self.reason)
    }
}

/// Remembers a removed account, or the counter of an account that is no longer HOTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tombstone {
    /// The id of the account.
    pub id: AccountId,
    /// When it was removed, in Unix seconds.
    pub deleted: u64,
    /// The counter of a removed HOTP account. An older state that is restored continues from there.
    pub counter: Option<u64>,
}

/// Proves that the writer of the vault knew an earlier data key. It is inside the seal, so only
/// someone who opens the vault can read it.
#[derive(Clone, PartialEq, Eq)]
pub struct Ancestor {
    /// The generation of the earlier data key.
    pub epoch: u32,
    /// The [`format::DataKey::descent_proof`] of that key.
    pub proof: Zeroizing<[u8; 32]>,
}

impl std::fmt::Debug for Ancestor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Ancestor({}, ..)", self.epoch)
    }
}

/// Why a change failed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum ChangeError {
    /// Another account has this name (`issuer:name`).
    #[error("an account of that name exists")]
    NameTaken(String),
    /// The account was removed meanwhile, during a prompt.
    #[error("the account no longer exists")]
    Gone,
}

impl Tombstone {
    /// Creates the tombstone of an account that was removed at `deleted` (Unix seconds).
    fn of(account: &Account, deleted: u64) -> Self {
        Self {
            id: account.id,
            deleted,
            counter: account.credential.kind.counter(),
        }
    }
}

impl Vault {
    /// Finds the account with exactly this issuer and name.
    #[must_use]
    pub(crate) fn named(&self, issuer: &str, name: &str) -> Option<&Account> {
        self.accounts
            .iter()
            .find(|a| a.issuer == issuer && a.name == name)
    }

    /// Finds the account with this id.
    #[must_use]
    pub(crate) fn get(&self, id: AccountId) -> Option<&Account> {
        self.accounts.iter().find(|a| a.id == id)
    }

    /// Maps ids to accounts, to look up more than one.
    pub(crate) fn by_id(&self) -> HashMap<AccountId, &Account> {
        // If several accounts share an id, the first counts, as in `get`.
        let accounts = self.accounts.iter().rev();
        accounts.map(|account| (account.id, account)).collect()
    }

    /// Adds an account and returns it as stored. With `replace`, it replaces an account with the same
    /// name. It keeps that account's id and AWS link, and adds its tags. An HOTP account whose key
    /// changes gets a new id, because the counter belongs to the key.
    ///
    /// # Errors
    /// [`ChangeError::NameTaken`] without `replace`, if another account has the name.
    #[cfg(any(test, feature = "aws"))]
    pub(crate) fn add(&mut self, account: Account, replace: bool) -> Result<&Account, ChangeError> {
        let same = |a: &Account| a.issuer == account.issuer && a.name == account.name;
        let place = self.accounts.iter().position(same);
        let index = self.put(account, place, replace)?;
        Ok(&self.accounts[index])
    }

    /// Adds accounts as [`Vault::add`] does and returns their indexes. Looks up names in a map, so
    /// that 100 000 accounts are fast.
    ///
    /// # Errors
    /// [`ChangeError::NameTaken`] without `replace`; the accounts before the failing one stay
    /// added.
    pub(crate) fn add_all(
        &mut self,
        accounts: impl IntoIterator<Item = Account>,
        replace: bool,
    ) -> Result<Vec<usize>, ChangeError> {
        let name = |account: &Account| (account.issuer.clone(), account.name.clone());
        let own = self.accounts.iter().enumerate().rev();
        let mut places: HashMap<_, _> = own.map(|(index, own)| (name(own), index)).collect();
        let each = accounts.into_iter().map(|account| {
            let name = name(&account);
            let index = self.put(account, places.get(&name).copied(), replace)?;
            places.insert(name, index);
            Ok(index)
        });
        each.collect()
    }

    /// Puts an account at `place`, where its name already is, or at the end.
    fn put(
        &mut self,
        mut account: Account,
        place: Option<usize>,
        replace: bool,
    ) -> Result<usize, ChangeError> {
        let index = match place {
            Some(_) if !replace => return Err(ChangeError::NameTaken(account.full_name())),
            Some(index) => {
                let old = &mut self.accounts[index];
                account.created = old.created;
                let new = std::mem::replace(&mut account.tags, std::mem::take(&mut old.tags));
                account.add_tags(new);
                account.aws = old.aws.take();
                let counts_on = account.credential.secret == old.credential.secret
                    && account.credential.kind.counter().is_some();
                if counts_on {
                    account
                        .credential
                        .kind
                        .raise_counter(old.credential.kind.counter());
                }
                if counts_on || old.credential.kind.counter().is_none() {
                    account.id = old.id;
                } else {
                    self.tombstones.push(Tombstone::of(old, account.updated));
                }
                *old = account;
                index
            }
            None => {
                self.accounts.push(account);
                self.accounts.len() - 1
            }
        };
        self.undone_to = None;
        Ok(index)
    }

    /// Sets HOTP counters in one pass. If an account occurs twice, its last counter counts.
    ///
    /// # Errors
    /// [`ChangeError::Gone`] if an account is missing.
    pub(crate) fn set_counters(
        &mut self,
        counters: impl IntoIterator<Item = (AccountId, u64)>,
        now: u64,
    ) -> Result<(), ChangeError> {
        let mut counters: HashMap<_, _> = counters.into_iter().collect();
        for account in &mut self.accounts {
            if counters.is_empty() {
                break;
            }
            if let Some(counter) = counters.remove(&account.id) {
                account.credential.kind = Kind::Hotp { counter };
                account.updated = now;
                self.undone_to = None;
            }
        }
        if counters.is_empty() {
            Ok(())
        } else {
            Err(ChangeError::Gone)
        }
    }

    /// Applies `change` to one account.
    ///
    /// # Errors
    /// [`ChangeError::Gone`] if it is missing, [`ChangeError::NameTaken`] if another account has
    /// the new name. The account is then unchanged.
    pub(crate) fn update(
        &mut self,
        id: AccountId,
        now: u64,
        change: impl FnOnce(&mut Account),
    ) -> Result<&Account, ChangeError> {
        let index = self
            .accounts
            .iter()
            .position(|a| a.id == id)
            .ok_or(ChangeError::Gone)?;
        let mut changed = self.accounts[index].clone();
        change(&mut changed);
        changed.updated = now;
        let other = self
            .named(&changed.issuer, &changed.name)
            .filter(|a| a.id != id);
        if other.is_some() {
            return Err(ChangeError::NameTaken(changed.full_name()));
        }
        if !only_counts_on(&self.accounts[index], &changed) {
            self.undone_to = None;
        }
        let old = std::mem::replace(&mut self.accounts[index], changed);
        let stays = self.accounts[index].credential.kind.counter().is_some();
        if old.credential.kind.counter().is_some() && !stays {
            self.tombstones.push(Tombstone::of(&old, now));
        }
        Ok(&self.accounts[index])
    }

    /// Removes one account and leaves a tombstone.
    ///
    /// # Errors
    /// [`ChangeError::Gone`] if the account is missing.
    pub(crate) fn remove(&mut self, id: AccountId, now: u64) -> Result<Account, ChangeError> {
        let index = self
            .accounts
            .iter()
            .position(|a| a.id == id)
            .ok_or(ChangeError::Gone)?;
        let removed = self.accounts.remove(index);
        self.tombstones.push(Tombstone::of(&removed, now));
        self.undone_to = None;
        Ok(removed)
    }

    /// Makes this earlier state the successor of `later`: same data keys, and no counter goes back.
    pub(crate) fn follow(&mut self, later: &Self) {
        self.ancestors.clone_from(&later.ancestors);
        self.replica.clone_from(&later.replica);
        self.keep_counters_of(later);
    }

    /// Raises HOTP counters to those of a later state. No code is given out twice, even if accounts
    /// were removed and restored in between. Access keys of AWS stay the newest ones too.
    pub(crate) fn keep_counters_of(&mut self, later: &Self) {
        self.aws_keys.keep_newest_of(&later.aws_keys);
        let known = later.counters();
        for account in &mut self.accounts {
            let (counter, updated) = known.get(&account.id).copied().unwrap_or_default();
            if account.credential.kind.raise_counter(counter) {
                account.updated = updated;
            }
        }
        let hotp = self
            .accounts
            .iter()
            .filter(|a| a.credential.kind.counter().is_some());
        let own: HashSet<_> = hotp.map(|account| account.id).collect();
        let mut buried: HashMap<_, _> = self.tombstones.drain(..).map(|t| (t.id, t)).collect();
        let gone = later.accounts.iter().map(|a| Tombstone::of(a, a.updated));
        for stone in later.tombstones.iter().copied().chain(gone) {
            if stone.counter.is_some() && !own.contains(&stone.id) {
                let kept = buried.entry(stone.id).or_insert(stone);
                kept.counter = kept.counter.max(stone.counter);
            }
        }
        self.tombstones = buried.into_values().collect();
        self.tombstones
            .sort_unstable_by_key(|stone| (stone.deleted, stone.id));
    }

    /// Whether any account has a counter.
    pub(crate) fn has_counters(&self) -> bool {
        let mut kinds = self.accounts.iter().map(|account| account.credential.kind);
        kinds.any(|kind| kind.counter().is_some())
    }

    /// Returns the highest known counter of each HOTP account, including removed ones, and when it
    /// changed.
    fn counters(&self) -> HashMap<AccountId, (Option<u64>, u64)> {
        let gone = self
            .tombstones
            .iter()
            .map(|t| (t.id, (t.counter, t.deleted)));
        let here = self.accounts.iter();
        let here = here.map(|a| (a.id, (a.credential.kind.counter(), a.updated)));
        let mut counters = HashMap::new();
        for (id, counter) in gone.chain(here).filter(|(_, counter)| counter.0.is_some()) {
            let highest = counters.entry(id).or_insert(counter);
            *highest = counter.max(*highest);
        }
        counters
    }

    /// Whether both hold the same accounts and access keys, whatever happened in between.
    pub(crate) fn same_accounts(&self, other: &Self) -> bool {
        self.accounts == other.accounts
            && self.unusable == other.unusable
            && self.aws_keys.same_entries(&other.aws_keys)
    }
}

/// Whether only an HOTP counter differs. It counts codes that were given out, so undo leaves it alone.
fn only_counts_on(old: &Account, new: &Account) -> bool {
    let mut counted = old.clone();
    counted.credential.kind = new.credential.kind;
    counted.updated = new.updated;
    let counters = (old.credential.kind.counter(), new.credential.kind.counter());
    counters.0.is_some() && counters.1.is_some() && counted == *new
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otp;

    fn account(n: u8, uri: &str) -> Account {
        let draft = otp::parse(uri).unwrap().draft;
        Account::from_draft(draft, AccountId::new(0, &[n; 10]), 1)
    }

    #[test]
    fn a_taken_name_is_refused_or_replaced_in_place() {
        let mut vault = Vault::default();
        let mut first = account(1, "otpauth://totp/A:x?secret=AAAAAAAA");
        first.tags = vec!["t".to_owned()];
        vault.add(first.clone(), false).unwrap();
        let second = account(2, "otpauth://totp/A:x?secret=BBBBBBBB");
        assert_eq!(
            vault.add(second.clone(), false),
            Err(ChangeError::NameTaken("A:x".to_owned()))
        );
        let stored = vault.add(second.clone(), true).unwrap().clone();
        assert_eq!(stored, vault.accounts[0]);
        assert_eq!(
            (vault.accounts.len(), stored.id, &stored.tags),
            (1, first.id, &first.tags)
        );
        assert_eq!(stored.credential, second.credential);
        vault
            .add(account(3, "otpauth://totp/B:x?secret=AAAAAAAA"), false)
            .unwrap();
        assert_eq!(vault.accounts.len(), 2);
    }

    #[test]
    fn an_update_cannot_take_the_name_of_another() {
        let mut vault = Vault::default();
        let first = account(1, "otpauth://totp/x?secret=AAAAAAAA");
        vault.add(first.clone(), false).unwrap();
        vault
            .add(account(2, "otpauth://totp/y?secret=AAAAAAAA"), false)
            .unwrap();
        let taken = vault
            .update(first.id, 5, |a| a.name = "y".to_owned())
            .unwrap_err();
        assert_eq!(taken, ChangeError::NameTaken("y".to_owned()));
        assert_eq!(vault.accounts[0], first);
        assert_eq!(
            vault
                .update(first.id, 5, |a| a.name = "z".to_owned())
                .unwrap()
                .updated,
            5
        );
    }

    #[test]
    fn a_counter_never_goes_back() {
        let mut earlier = Vault::default();
        earlier
            .add(
                account(1, "otpauth://hotp/x?secret=AAAAAAAA&counter=3"),
                false,
            )
            .unwrap();
        let mut later = earlier.clone();
        later.accounts[0].credential.kind = Kind::Hotp { counter: 9 };
        earlier.follow(&later);
        assert!(earlier.same_accounts(&later));
        later.accounts[0].credential.kind = Kind::Hotp { counter: 1 };
        earlier.follow(&later);
        assert_eq!(counter(&earlier), Some(9));
    }

    fn counter(vault: &Vault) -> Option<u64> {
        vault.accounts.first()?.credential.kind.counter()
    }

    #[test]
    fn a_counter_outlives_the_removal_of_its_account() {
        let mut first = Vault::default();
        let uri = "otpauth://hotp/x?secret=AAAAAAAA&counter=3";
        first.add(account(1, uri), false).unwrap();
        let mut used = first.clone();
        used.accounts[0].credential.kind = Kind::Hotp { counter: 9 };
        let mut removed = used.clone();
        removed.remove(first.accounts[0].id, 5).unwrap();

        let mut back = first.clone();
        back.follow(&removed);
        assert_eq!(counter(&back), Some(9));
        // Remove it again through a state that never had it, then restore it once more.
        let mut empty = Vault::default();
        empty.follow(&back);
        assert_eq!((empty.accounts.len(), empty.tombstones.len()), (0, 1));
        first.follow(&empty);
        assert_eq!((counter(&first), first.tombstones.len()), (Some(9), 0));
    }

    #[test]
    fn a_replaced_key_keeps_its_counter_for_the_day_it_comes_back() {
        let mut vault = Vault::default();
        let old = "otpauth://hotp/x?secret=AAAAAAAA&counter=9";
        let id = vault.add(account(1, old), false).unwrap().id;
        let before = vault.clone();
        let same = "otpauth://hotp/x?secret=AAAAAAAA&counter=2";
        let stored = vault.add(account(2, same), true).unwrap();
        assert_eq!((stored.id, stored.credential.kind.counter()), (id, Some(9)));
        vault.accounts[0].credential.kind = Kind::Hotp { counter: 12 };
        let other = "otpauth://hotp/x?secret=BBBBBBBB&counter=0";
        let stored = vault.add(account(3, other), true).unwrap();
        assert_ne!(stored.id, id);
        assert_eq!(stored.credential.kind.counter(), Some(0));
        let mut back = before;
        back.follow(&vault);
        assert_eq!(counter(&back), Some(12));
    }

    #[test]
    fn a_removed_account_leaves_a_tombstone() {
        let mut vault = Vault::default();
        let first = account(1, "otpauth://totp/x?secret=AAAAAAAA");
        vault.add(first.clone(), false).unwrap();
        assert_eq!(vault.remove(first.id, 9), Ok(first.clone()));
        assert_eq!(
            vault.tombstones,
            [Tombstone {
                id: first.id,
                deleted: 9,
                counter: None
            }]
        );
        assert_eq!(vault.remove(first.id, 9), Err(ChangeError::Gone));
    }

    #[test]
    fn any_change_but_that_of_a_counter_ends_a_redo() {
        let kept = |change: fn(&mut Account)| {
            let mut vault = Vault::default();
            let uri = "otpauth://hotp/A:x?secret=AAAAAAAA&counter=1";
            vault.add(account(1, uri), false).unwrap();
            vault.undone_to = Some(3);
            vault.update(vault.accounts[0].id, 9, change).unwrap();
            vault.undone_to
        };
        assert_eq!(
            kept(|a| a.credential.kind = Kind::Hotp { counter: 2 }),
            Some(3)
        );
        assert_eq!(kept(|a| a.name = "y".to_owned()), None);
        assert_eq!(kept(|a| a.credential.kind = Kind::Steam), None);
    }
}
