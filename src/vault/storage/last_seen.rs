//! Remembers what this machine last saw at each path, to notice another or an older vault there.
//!
//! There is a record for the given path and, if links lead elsewhere, one for the resolved path. So
//! pointing a link at an older copy fools neither. A path that is new here is compared with all records
//! of the same vault.

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

/// The folder of the records, inside the state folder.
const FOLDER: &str = "pins";

/// The vault last seen at one path. Contains nothing that opens it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LastSeen {
    path: String,
    vault_id: String,
    /// The [`DataKey::fingerprint`] as base64.
    #[serde(rename = "pin")]
    key: String,
    /// SHA-256 of [`DataKey::descent_proof`], base64. The proof itself would let anyone who reads the
    /// state folder forge a later vault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    descent: Option<String>,
    /// The highest generation of the data key seen.
    epoch: u32,
    /// The highest revision seen.
    rev: u64,
    /// The machine that wrote that revision, base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    device: Option<String>,
}

/// How a vault compares with the one last seen at its path; later variants are worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Freshness {
    /// Exactly the same state.
    Same,
    /// Nothing was seen at this path before.
    New,
    /// A later state of the same vault: another machine or program of ours changed it.
    Newer,
    /// An earlier state of the same vault than the one last seen.
    Older,
    /// The same vault, changed elsewhere without the change seen here.
    Diverged,
    Other,
}

/// The open vault that is compared with a record.
pub(crate) struct Observed<'a, K> {
    pub(crate) header: &'a Header<K>,
    pub(crate) key: &'a DataKey,
    /// Proofs of its earlier data keys.
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
            // A record of an earlier version, without a proof of descent, is written again.
            (Ordering::Equal, Ordering::Equal) if self.descent.is_some() => Freshness::Same,
            _ => Freshness::Newer,
        }
    }

    /// Two machines can write the same revision; a synced folder then keeps only one of the files.
    fn is_of_other_device<K>(&self, header: &Header<K>) -> bool {
        let device = self.device.as_ref();
        device.is_some_and(|device| *device != BASE64.encode(&header.device))
    }

    /// Whether the vault's maker knew the data key that was seen here. Otherwise anyone could wrap their
    /// own data key for a public key in the header, and claim that it is the next one.
    fn is_ancestor(&self, ancestors: &[Ancestor]) -> bool {
        let mut of_epoch = ancestors.iter().filter(|known| known.epoch == self.epoch);
        of_epoch.any(|known| self.descent.as_deref() == Some(&digest(&known.proof)))
    }

    /// `None` if there is no record. The error says why it cannot be read, for people.
    fn read(state: &StateDir, name: &str) -> Result<Option<Self>, String> {
        let bytes = state.read(name).map_err(|error| error.to_string())?;
        let record = bytes.map(|bytes| serde_json::from_slice(&bytes));
        record
            .transpose()
            .map_err(|_| format!("{} is damaged", state.path(name).display()))
    }
}

/// The records for each name of a vault's path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    records: Vec<Option<LastSeen>>,
    unreadable: Option<String>,
}

impl Seen {
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

    /// Why an existing record cannot be read, so that an older vault would go unnoticed.
    pub(crate) fn unreadable(&self) -> Option<&str> {
        self.unreadable.as_deref()
    }

    /// Compares an open vault with every record, and returns the worst result.
    pub(crate) fn freshness<K>(&self, vault: Observed<'_, K>) -> Freshness {
        let compared = self.records.iter().map(|record| {
            let record = record.as_ref();
            record.map_or(Freshness::New, |seen| seen.freshness(vault))
        });
        compared.max().unwrap_or(Freshness::New)
    }

    /// Whether a backup has a data key that was seen here, or one that descends from it. Without a record,
    /// every backup passes.
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

    /// The highest revision seen; 0 if there is no record.
    pub(crate) fn highest_rev(&self) -> u64 {
        let revs = self.records.iter().flatten().map(|seen| seen.rev);
        revs.max().unwrap_or(0)
    }

    /// Waits for the locks of the records. They are held until the files are dropped.
    pub(crate) fn lock(state: &StateDir, paths: &[PathBuf]) -> Result<Vec<File>, StoreError> {
        let mut names: Vec<_> = paths.iter().map(|path| file_name(path)).collect();
        // All processes lock in the same order, so that none deadlock.
        names.sort_unstable();
        names.iter().map(|name| state.lock_briefly(name)).collect()
    }

    /// Replaces the records of these paths.
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

    /// The path at which the same vault was seen in a later state, if any.
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
            // Whoever was revoked in epoch 1 knows that key, and no later one.
            (vec![proof(1, &keys[0])], Freshness::Other),
            (vec![proof(2, &keys[0])], Freshness::Other),
            (vec![forged(2, Zeroizing::new([0; 32]))], Freshness::Other),
            // What the state folder contains is no proof.
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
