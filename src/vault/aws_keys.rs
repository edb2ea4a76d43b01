//! Long-term access keys of AWS profiles, beside the accounts. Pure.
//!
//! Undo and restore decide which profiles have keys. They never decide which key: like the counter of
//! an HOTP account, a key that was rotated stays the newest one, because the older one may be dead.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;

use zeroize::Zeroizing;

use super::Unusable;
#[cfg(any(test, feature = "aws"))]
use super::{ChangeError, Vault};
use crate::otp::AccountId;

/// The longest id of an access key, in bytes, as in AWS's API.
const MAX_ID_BYTES: usize = 128;
/// The longest secret access key, in bytes; AWS's have 40.
const MAX_SECRET_BYTES: usize = 1024;
/// The longest name of a profile, in bytes.
const MAX_PROFILE_BYTES: usize = 1024;
/// The most remembered removals; the oldest are forgotten.
const MAX_REMOVED: usize = 256;

/// An access key: its id and its secret. The secret is wiped on drop and hidden from `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessKey {
    id: String,
    secret: Zeroizing<String>,
}

impl AccessKey {
    /// Checks the form of both parts; `None` if AWS writes neither so. Quotes and backslashes are
    /// refused too, which would need escapes in files.
    #[must_use]
    pub fn new(id: &str, secret: &str) -> Option<Self> {
        let is_plain = |text: &str, most: usize| {
            let plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\');
            (1..=most).contains(&text.len()) && text.bytes().all(plain)
        };
        (is_plain(id, MAX_ID_BYTES) && is_plain(secret, MAX_SECRET_BYTES)).then(|| Self {
            id: id.to_owned(),
            secret: Zeroizing::new(secret.to_owned()),
        })
    }

    /// The access key id, such as `AKIA…`. It is no secret.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The secret access key.
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        &self.secret
    }
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccessKey({}, ..)", self.id)
    }
}

/// The access key of one profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileKey {
    /// Never changes, even when the key is rotated.
    pub id: AccountId,
    /// The profile in `~/.aws/config`; it need not exist there.
    pub profile: String,
    /// The key in use.
    pub key: AccessKey,
    /// ARN of the IAM user, if AWS was asked.
    pub arn: Option<String>,
    /// When the profile's keys were added, in Unix seconds.
    pub created: u64,
    /// When they last changed, in Unix seconds.
    pub updated: u64,
    /// What a rotation has left to do.
    pub rotation: Option<Rotation>,
}

/// What a rotation has left to do. Each stage is stored before AWS is asked to do the next step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rotation {
    /// AWS may have made a key whose secret never arrived.
    Creating {
        /// When AWS was asked, in Unix seconds, by AWS's clock if it is known.
        since: u64,
        /// The ids of the keys that the user had before.
        known: Vec<String>,
    },
    /// The new key is not proven to work yet; the old one is still in use.
    Proving {
        /// When AWS made it, in Unix seconds.
        since: u64,
        /// The second key, not in use yet.
        key: AccessKey,
    },
    /// The new key is in use, and AWS still has the old one.
    Old {
        /// The id of the old key. Its secret is not kept.
        id: String,
        /// Whether it still works.
        is_active: bool,
        /// When it may be deleted, in Unix seconds; `None` if it stays.
        delete_after: Option<u64>,
    },
}

/// Remembers that a profile's keys were removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemovedKey {
    /// The id of the removed [`ProfileKey`].
    pub id: AccountId,
    /// When it was removed, in Unix seconds.
    pub deleted: u64,
    /// The keys, if an undo or restore took them back. If they return, it is with this newest key.
    pub kept: Option<Box<ProfileKey>>,
}

/// The access keys of all profiles.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AwsKeys {
    /// The keys in the order in which they were added.
    pub entries: Vec<ProfileKey>,
    /// Entries that this program cannot use; they are kept unchanged.
    pub unusable: Vec<Unusable>,
    /// Removed keys, so that another machine does not bring them back.
    pub removed: Vec<RemovedKey>,
}

/// Whether a text can be the name of a profile.
pub(super) fn is_profile_name(text: &str) -> bool {
    (1..=MAX_PROFILE_BYTES).contains(&text.len()) && !text.contains(char::is_control)
}

impl AwsKeys {
    /// The keys of a profile. If several entries name it, the one that changed last counts.
    #[must_use]
    pub fn of(&self, profile: &str) -> Option<&ProfileKey> {
        let named = self.entries.iter().filter(|own| own.profile == profile);
        named.max_by_key(|own| own.updated)
    }

    /// Whether both have keys for the same profiles, whatever is remembered about removed ones.
    pub(super) fn same_entries(&self, other: &Self) -> bool {
        self.entries == other.entries && self.unusable == other.unusable
    }

    /// Makes these the successor of `later`: which profiles have keys stays, but each gets the newest
    /// key that is known for it. What `later` has besides is remembered.
    pub(super) fn keep_newest_of(&mut self, later: &Self) {
        let kept = later.removed.iter().chain(&self.removed);
        let kept: Vec<_> = kept
            .filter_map(|gone| gone.kept.as_deref().cloned())
            .collect();
        let mut newest: HashMap<AccountId, &ProfileKey> = HashMap::new();
        for known in later.entries.iter().chain(&kept) {
            let other = newest.entry(known.id).or_insert(known);
            if known.updated > other.updated {
                *other = known;
            }
        }
        for own in &mut self.entries {
            if let Some(known) = newest
                .get(&own.id)
                .filter(|known| known.updated >= own.updated)
            {
                *own = (*known).clone();
            }
        }
        let own: HashSet<_> = self.entries.iter().map(|own| own.id).collect();
        let gone = later.entries.iter().map(|gone| RemovedKey {
            id: gone.id,
            deleted: gone.updated,
            kept: Some(Box::new(gone.clone())),
        });
        let all = self.removed.drain(..).chain(later.removed.iter().cloned());
        let all: BTreeMap<_, _> = all.chain(gone).map(|gone| (gone.id, gone)).collect();
        let stay = all.into_values().filter(|gone| !own.contains(&gone.id));
        self.removed = stay.collect();
        self.limit_removed();
        for other in &later.unusable {
            if !self.unusable.iter().any(|own| own.raw == other.raw) {
                self.unusable.push(other.clone());
            }
        }
    }

    fn limit_removed(&mut self) {
        self.removed.sort_by_key(|gone| (gone.deleted, gone.id));
        let surplus = self.removed.len().saturating_sub(MAX_REMOVED);
        self.removed.drain(..surplus);
    }
}

#[cfg(any(test, feature = "aws"))]
impl Vault {
    /// Adds the keys of a profile. With `replace`, they replace keys that the profile has.
    ///
    /// # Errors
    /// [`ChangeError::NameTaken`] without `replace`, if the profile has keys.
    pub(crate) fn add_aws_key(
        &mut self,
        new: ProfileKey,
        replace: bool,
    ) -> Result<(), ChangeError> {
        if !replace && self.aws_keys.of(&new.profile).is_some() {
            return Err(ChangeError::NameTaken(new.profile));
        }
        self.remove_aws_keys(&new.profile.clone(), new.updated);
        self.aws_keys.entries.push(new);
        self.undone_to = None;
        Ok(())
    }

    /// Removes all keys of a profile; returns how many there were.
    pub(crate) fn remove_aws_keys(&mut self, profile: &str, now: u64) -> usize {
        let (gone, stay): (Vec<_>, Vec<_>) = std::mem::take(&mut self.aws_keys.entries)
            .into_iter()
            .partition(|own| own.profile == profile);
        self.aws_keys.entries = stay;
        let count = gone.len();
        self.aws_keys
            .removed
            .extend(gone.into_iter().map(|gone| RemovedKey {
                id: gone.id,
                deleted: now,
                kept: None,
            }));
        self.aws_keys.limit_removed();
        if count > 0 {
            self.undone_to = None;
        }
        count
    }

    /// Gives all profiles that have the key with this id another one.
    #[cfg(any(test, feature = "aws"))]
    pub(crate) fn replace_aws_key(&mut self, old: &str, new: &AccessKey, now: u64) {
        for own in &mut self.aws_keys.entries {
            if own.key.id() == old {
                own.key = new.clone();
                own.created = now;
                own.updated = now.max(own.updated.saturating_add(1));
            }
        }
    }

    /// Applies a step of a rotation to the keys with this id. Undo leaves it alone.
    ///
    /// # Errors
    /// [`ChangeError::Gone`] if they are missing.
    pub(crate) fn update_aws_key(
        &mut self,
        id: AccountId,
        now: u64,
        change: impl FnOnce(&mut ProfileKey),
    ) -> Result<&ProfileKey, ChangeError> {
        let mut entries = self.aws_keys.entries.iter_mut();
        let own = entries.find(|own| own.id == id).ok_or(ChangeError::Gone)?;
        change(own);
        // A clock that went back must not make the newest key look old.
        own.updated = now.max(own.updated.saturating_add(1));
        Ok(own)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: u8, profile: &str, key: &str, updated: u64) -> ProfileKey {
        ProfileKey {
            id: AccountId::new(u64::from(n), &[n; 10]),
            profile: profile.to_owned(),
            key: AccessKey::new(key, "secret").unwrap(),
            arn: None,
            created: 1,
            updated,
            rotation: None,
        }
    }

    fn vault(keys: &[ProfileKey]) -> Vault {
        let mut vault = Vault::default();
        for key in keys {
            vault.add_aws_key(key.clone(), false).unwrap();
        }
        vault
    }

    fn ids(vault: &Vault) -> Vec<&str> {
        let entries = vault.aws_keys.entries.iter();
        entries.map(|own| own.key.id()).collect()
    }

    #[test]
    fn a_secret_is_in_no_debug_text_and_its_form_is_checked() {
        let shown = format!("{:?}", vault(&[key(1, "work", "AKIA1", 1)]));
        assert!(
            shown.contains("AKIA1") && !shown.contains("secret"),
            "{shown}"
        );
        for (id, secret) in [
            ("", "s"),
            ("A", ""),
            ("A B", "s"),
            ("A", "s\n"),
            ("A", "s\"s"),
            ("A\\", "s"),
            ("Ä", "s"),
        ] {
            assert!(AccessKey::new(id, secret).is_none(), "{id:?} {secret:?}");
        }
        assert!(AccessKey::new(&"A".repeat(MAX_ID_BYTES + 1), "s").is_none());
        assert!(AccessKey::new("A", &"s".repeat(MAX_SECRET_BYTES + 1)).is_none());
    }

    #[test]
    fn a_profile_has_one_key_and_a_removed_one_leaves_no_secret() {
        let mut own = vault(&[key(1, "work", "AKIA1", 1)]);
        own.undone_to = Some(3);
        let taken = own.add_aws_key(key(2, "work", "AKIA2", 2), false);
        assert_eq!(taken, Err(ChangeError::NameTaken("work".to_owned())));
        assert_eq!((ids(&own), own.undone_to), (vec!["AKIA1"], Some(3)));
        own.add_aws_key(key(2, "work", "AKIA2", 2), true).unwrap();
        assert_eq!((ids(&own), own.undone_to), (vec!["AKIA2"], None));
        assert_eq!(own.remove_aws_keys("work", 9), 1);
        assert_eq!(own.remove_aws_keys("work", 9), 0);
        let removed = &own.aws_keys.removed;
        assert!(removed.len() == 2 && removed.iter().all(|gone| gone.kept.is_none()));
    }

    #[test]
    fn undo_takes_a_profile_back_but_never_an_older_key() {
        let empty = Vault::default();
        let first = vault(&[key(1, "work", "AKIA1", 1)]);
        let mut rotated = first.clone();
        let id = first.aws_keys.entries[0].id;
        let new = AccessKey::new("AKIA2", "s").unwrap();
        rotated.update_aws_key(id, 1, |own| own.key = new).unwrap();
        assert_eq!(rotated.aws_keys.entries[0].updated, 2);

        // Undo of the rotation changes nothing, so undo goes on to the state before the import.
        let mut back = first.clone();
        back.follow(&rotated);
        assert!(back.same_accounts(&rotated));
        let mut before = empty.clone();
        before.follow(&rotated);
        assert!(ids(&before).is_empty() && !before.same_accounts(&rotated));
        // Redo goes to the nearest state, which still has the first key.
        let mut again = first.clone();
        again.follow(&before);
        assert_eq!(ids(&again), ["AKIA2"]);
        assert!(again.aws_keys.removed.is_empty());

        // A removal by command is taken back as it was.
        let mut removed = rotated.clone();
        removed.remove_aws_keys("work", 9);
        let mut back = rotated.clone();
        back.follow(&removed);
        assert_eq!(ids(&back), ["AKIA2"]);
    }

    #[test]
    fn removals_are_remembered_up_to_a_limit() {
        let mut own = Vault::default();
        for n in 0..300_u64 {
            let mut key = key(0, "work", "AKIA", n);
            key.id = AccountId::new(n, &[0; 10]);
            own.add_aws_key(key, true).unwrap();
        }
        assert_eq!(
            (own.aws_keys.entries.len(), own.aws_keys.removed.len()),
            (1, MAX_REMOVED)
        );
        assert_eq!(own.aws_keys.removed[MAX_REMOVED - 1].deleted, 299);
    }
}
