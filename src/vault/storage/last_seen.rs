//! What this machine last saw under a path, so that another or an older vault there is noticed.
//!
//! A record is kept for the path as it was given and, where links lead elsewhere, for the resolved
//! path too: turning a link to an older copy gets around neither. A path that is new here is compared
//! with all records of the same vault.

use std::cmp::Ordering;
use std::fs::File;
use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::StoreError;
use super::state_dir::{StateDir, file_stem_of};
use crate::vault::Ancestor;
use crate::vault::format::{DataKey, Header};

/// The folder of the records.
const FOLDER: &str = "pins";

/// The vault that was last seen at one path. Holds nothing that would open it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LastSeen {
    path: String,
    vault_id: String,
    /// [`DataKey::fingerprint`], base64.
    #[serde(rename = "pin")]
    key: String,
    /// SHA-256 of [`DataKey::descent_proof`], base64. The proof itself would let whoever reads the state
    /// folder forge a later vault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    descent: Option<String>,
    /// Highest generation of the data key that was seen.
    epoch: u32,
    /// Highest revision that was seen.
    rev: u64,
    /// The machine that wrote that revision, base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    device: Option<String>,
}

/// Compares a vault with the one last seen at its path. The later ones are worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Freshness {
    /// The very same state.
    Same,
    /// Nothing was seen there before.
    New,
    /// The same vault, further on: another machine or program of ours changed it.
    Newer,
    /// The same vault, before a change that was already seen.
    Older,
    /// The same vault, changed elsewhere in place of the change that was seen here.
    Diverged,
    /// Another vault.
    Other,
}

/// What is compared: an open vault.
pub(crate) struct Observed<'a, K> {
    /// Its header.
    pub(crate) header: &'a Header<K>,
    /// Its data key.
    pub(crate) key: &'a DataKey,
    /// Its earlier data keys.
    pub(crate) ancestors: &'a [Ancestor],
}

impl<K> Clone for Observed<'_, K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K> Copy for Observed<'_, K> {}

impl LastSeen {
    fn of<K>(path: &Path, vault: Observed<'_, K>) -> Self {
        let Observed { header, key, .. } = vault;
        Self {
            path: path.to_string_lossy().into_owned(),
            vault_id: BASE64.encode(&header.vault_id),
            key: BASE64.encode(&key.fingerprint()),
            descent: Some(digest(&key.descent_proof(&header.vault_id))),
            epoch: header.epoch,
            rev: header.rev,
            device: Some(BASE64.encode(&header.device)),
        }
    }

    fn freshness<K>(&self, vault: Observed<'_, K>) -> Freshness {
        let header = vault.header;
        let same_key = self.key == BASE64.encode(&vault.key.fingerprint());
        if self.vault_id != BASE64.encode(&header.vault_id) {
            return Freshness::Other;
        }
        match (header.epoch.cmp(&self.epoch), header.rev.cmp(&self.rev)) {
            (Ordering::Equal, _) if !same_key => Freshness::Other,
            (Ordering::Greater, _) if !self.is_ancestor(vault.ancestors) => Freshness::Other,
            (Ordering::Less, _) | (_, Ordering::Less) => Freshness::Older,
            (Ordering::Equal, Ordering::Equal) if self.is_of_other_device(header) => {
                Freshness::Diverged
            }
            // A record without a way to prove descent, by an earlier version, is written anew.
            (Ordering::Equal, Ordering::Equal) if self.descent.is_some() => Freshness::Same,
            _ => Freshness::Newer,
        }
    }

    /// Two machines can write the same revision, and a synced folder then keeps one of the two files.
    fn is_of_other_device<K>(&self, header: &Header<K>) -> bool {
        let device = self.device.as_ref();
        device.is_some_and(|device| *device != BASE64.encode(&header.device))
    }

    /// Whether who made the vault knew the data key that was seen here. Anybody can wrap a data key of
    /// their own for a public key that stands in the header, and call it the next one.
    fn is_ancestor(&self, ancestors: &[Ancestor]) -> bool {
        let mut of_epoch = ancestors.iter().filter(|known| known.epoch == self.epoch);
        of_epoch.any(|known| self.descent.as_deref() == Some(&digest(&known.proof)))
    }

    /// `None` where nothing was seen.
    ///
    /// # Errors
    /// Why it cannot be read, for people.
    fn read(state: &StateDir, name: &str) -> Result<Option<Self>, String> {
        let bytes = state.read(name).map_err(|error| error.to_string())?;
        let record = bytes.map(|bytes| serde_json::from_slice(&bytes));
        record
            .transpose()
            .map_err(|_| format!("{} is damaged", state.path(name).display()))
    }
}

/// What was last seen under each name of a vault's path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    records: Vec<Option<LastSeen>>,
    unreadable: Option<String>,
}

impl Seen {
    /// Reads the records of these paths.
    pub(crate) fn load(state: &StateDir, paths: &[PathBuf]) -> Self {
        let (mut records, mut unreadable) = (Vec::new(), None);
        for path in paths {
            let record = LastSeen::read(state, &file_name(path));
            records.push(record.unwrap_or_else(|why| {
                unreadable = Some(why);
                None
            }));
        }
        Self {
            records,
            unreadable,
        }
    }

    /// Why a record that exists cannot be read: then an older vault would not be noticed.
    pub(crate) fn unreadable(&self) -> Option<&str> {
        self.unreadable.as_deref()
    }

    /// Compares an open vault with every record; the worst one counts.
    pub(crate) fn freshness<K>(&self, vault: Observed<'_, K>) -> Freshness {
        let compared = self.records.iter().map(|record| {
            let record = record.as_ref();
            record.map_or(Freshness::New, |seen| seen.freshness(vault))
        });
        compared.max().unwrap_or(Freshness::New)
    }

    /// Whether a backup has a data key that was seen here, or one that descends from it. Where nothing was
    /// seen, nothing contradicts.
    pub(crate) fn vouches_for<K>(&self, backup: Observed<'_, K>) -> bool {
        let mut records = self.records.iter().flatten();
        self.unreadable.is_none()
            && records.all(|seen| {
                backup.header.epoch >= seen.epoch && seen.freshness(backup) != Freshness::Other
            })
    }

    /// Whether there is no record at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.records.iter().all(Option::is_none)
    }

    /// The highest revision that was seen; 0 for none.
    pub(crate) fn highest_rev(&self) -> u64 {
        let revs = self.records.iter().flatten().map(|seen| seen.rev);
        revs.max().unwrap_or(0)
    }

    /// Waits for the turn to change the records, which ends when the files are dropped.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) fn lock(state: &StateDir, paths: &[PathBuf]) -> Result<Vec<File>, StoreError> {
        let mut names: Vec<_> = paths.iter().map(|path| file_name(path)).collect();
        // One order for all, so that nobody waits in a circle.
        names.sort_unstable();
        names.iter().map(|name| state.lock_briefly(name)).collect()
    }

    /// Writes the records of these paths, in the place of what was seen before.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) fn save<K>(
        state: &StateDir,
        paths: &[PathBuf],
        vault: Observed<'_, K>,
    ) -> Result<(), StoreError> {
        paths.iter().try_for_each(|path| {
            // Plain strings and numbers always serialise.
            let json = serde_json::to_vec(&LastSeen::of(path, vault)).unwrap_or_default();
            state.write(&file_name(path), &json)
        })
    }

    /// Where the same vault was seen in a later state, under any path.
    pub(crate) fn further_on<K>(state: &StateDir, vault: Observed<'_, K>) -> Option<String> {
        let names = state.files(FOLDER, ".json").into_iter();
        let read = |name: String| LastSeen::read(state, &format!("{FOLDER}/{name}"));
        let known = names.filter_map(|name| read(name).ok().flatten());
        let id = BASE64.encode(&vault.header.vault_id);
        let later = known
            .filter(|seen| seen.vault_id == id)
            .filter(|seen| (seen.epoch, seen.rev) > (vault.header.epoch, vault.header.rev));
        let latest = later.max_by_key(|seen| (seen.epoch, seen.rev));
        latest.map(|seen| seen.path)
    }
}

fn digest(proof: &[u8; 32]) -> String {
    BASE64.encode(&Sha256::digest(proof))
}

fn file_name(path: &Path) -> String {
    format!("{FOLDER}/{}.json", file_stem_of(path))
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;

    fn header(epoch: u32, rev: u64) -> Header<()> {
        Header {
            vault_id: [1; 16],
            epoch,
            rev,
            device: [0; 16],
            key_commit: [0; 32],
            slots: Vec::new(),
        }
    }

    fn observed<'a>(header: &'a Header<()>, key: &'a DataKey) -> Observed<'a, ()> {
        Observed {
            header,
            key,
            ancestors: &[],
        }
    }

    #[test]
    fn older_and_other_vaults_are_told_apart() {
        let key = DataKey::from_bytes([1; 32]);
        let other_key = DataKey::from_bytes([2; 32]);
        let seen = LastSeen::of(Path::new("/v"), observed(&header(2, 7), &key));
        let freshness = |header: Header<()>, key: &DataKey| seen.freshness(observed(&header, key));
        assert_eq!(freshness(header(2, 7), &key), Freshness::Same);
        assert_eq!(freshness(header(2, 8), &key), Freshness::Newer);
        assert_eq!(freshness(header(2, 6), &key), Freshness::Older);
        assert_eq!(freshness(header(1, 9), &other_key), Freshness::Older);
        let elsewhere = Header {
            device: [7; 16],
            ..header(2, 7)
        };
        assert_eq!(freshness(elsewhere, &key), Freshness::Diverged);
        assert_eq!(freshness(header(2, 8), &other_key), Freshness::Other);
        let other = Header {
            vault_id: [9; 16],
            ..header(2, 8)
        };
        assert_eq!(freshness(other, &key), Freshness::Other);
    }

    #[test]
    fn a_later_data_key_proves_that_it_descends_from_the_known_one() {
        let keys = [1, 2, 3].map(|byte| DataKey::from_bytes([byte; 32]));
        let proof = |epoch, key: &DataKey| Ancestor {
            epoch,
            proof: key.descent_proof(&[1; 16]),
        };
        let seen = LastSeen::of(Path::new("/v"), observed(&header(2, 7), &keys[1]));
        let forged = |epoch, proof| Ancestor { epoch, proof };
        for (ancestors, wanted) in [
            (vec![], Freshness::Other),
            // Who was revoked with epoch 1 knows that key, and no later one.
            (vec![proof(1, &keys[0])], Freshness::Other),
            (vec![proof(2, &keys[0])], Freshness::Other),
            (vec![forged(2, Zeroizing::new([0; 32]))], Freshness::Other),
            // What the state folder holds is no proof.
            (
                vec![forged(2, Zeroizing::new(keys[1].fingerprint()))],
                Freshness::Other,
            ),
            (
                vec![proof(1, &keys[0]), proof(2, &keys[1])],
                Freshness::Newer,
            ),
        ] {
            let header = header(3, 8);
            let vault = Observed {
                ancestors: &ancestors,
                ..observed(&header, &keys[2])
            };
            assert_eq!(seen.freshness(vault), wanted, "{ancestors:?}");
        }
    }

    #[test]
    fn the_worst_of_all_names_counts_and_a_new_name_is_compared_with_all() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateDir::new(folder.path().join("state"));
        let paths = ["/link", "/real"].map(PathBuf::from);
        let key = DataKey::from_bytes([1; 32]);
        assert!(Seen::load(&state, &paths).is_empty());
        Seen::save(&state, &paths, observed(&header(1, 5), &key)).unwrap();
        Seen::save(&state, &paths[..1], observed(&header(1, 9), &key)).unwrap();
        let older = header(1, 6);
        let older = observed(&older, &key);
        assert_eq!(
            Seen::load(&state, &paths).freshness(older),
            Freshness::Older
        );
        assert_eq!(Seen::load(&state, &paths).highest_rev(), 9);
        let by_the_other = Seen::load(&state, &paths[1..]);
        assert_eq!(by_the_other.freshness(older), Freshness::Newer);
        let unseen = Seen::load(&state, &[PathBuf::from("/new")]);
        assert_eq!(unseen.freshness(older), Freshness::New);
        assert_eq!(Seen::further_on(&state, older).as_deref(), Some("/link"));
        let newest = header(1, 9);
        assert_eq!(Seen::further_on(&state, observed(&newest, &key)), None);
    }
}
