//! What this machine last saw under a path, so that another or an older vault there is noticed.

use std::fs::File;
use std::path::Path;

use data_encoding::BASE64;
use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::state_dir::{StateDir, file_stem_of};
use crate::vault::format::{DataKey, Header};

/// The vault that was last seen at one path. Holds nothing that would open it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LastSeen {
    path: String,
    vault_id: String,
    /// [`DataKey::fingerprint`], base64.
    #[serde(rename = "pin")]
    key: String,
    /// Highest generation of the data key that was seen.
    pub(crate) epoch: u32,
    /// Highest revision that was seen.
    pub(crate) rev: u64,
}

/// Compares a vault with the one last seen at its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Freshness {
    /// Nothing was seen there before.
    New,
    /// The very same state.
    Same,
    /// The same vault, further on: another machine or program of ours changed it.
    Newer,
    /// The same vault, before a change that was already seen.
    Older,
    /// Another vault.
    Other,
}

impl LastSeen {
    /// What is to be remembered of a vault.
    pub(crate) fn of<K>(path: &Path, header: &Header<K>, key: &DataKey) -> Self {
        Self {
            path: path.to_string_lossy().into_owned(),
            vault_id: BASE64.encode(&header.vault_id),
            key: BASE64.encode(&key.fingerprint()),
            epoch: header.epoch,
            rev: header.rev,
        }
    }

    /// Compares a vault, opened with `key`, to what is remembered.
    pub(crate) fn freshness<K>(&self, header: &Header<K>, key: &DataKey) -> Freshness {
        let same_key = self.key == BASE64.encode(&key.fingerprint());
        if self.vault_id != BASE64.encode(&header.vault_id) {
            return Freshness::Other;
        }
        match (header.epoch.cmp(&self.epoch), header.rev.cmp(&self.rev)) {
            (std::cmp::Ordering::Equal, _) if !same_key => Freshness::Other,
            (std::cmp::Ordering::Less, _) | (_, std::cmp::Ordering::Less) => Freshness::Older,
            (std::cmp::Ordering::Equal, std::cmp::Ordering::Equal) => Freshness::Same,
            _ => Freshness::Newer,
        }
    }

    /// Reads the memory of `path`. An unreadable one counts as none: it is only a memory.
    pub(crate) fn load(state: &StateDir, path: &Path) -> Option<Self> {
        let bytes = state.read(&file_name(path)).ok().flatten()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// Waits for the turn to change the memory of `path`, which ends when the file is dropped.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) fn lock(state: &StateDir, path: &Path) -> Result<File, StoreError> {
        state.lock(&file_name(path))
    }

    /// Writes it, in the place of what was seen before.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) fn save(&self, state: &StateDir, path: &Path) -> Result<(), StoreError> {
        // Plain strings and numbers always serialise.
        let json = serde_json::to_vec(self).unwrap_or_default();
        state.write(&file_name(path), &json)
    }
}

fn file_name(path: &Path) -> String {
    format!("pins/{}.json", file_stem_of(path))
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn older_and_other_vaults_are_told_apart() {
        let key = DataKey::from_bytes([1; 32]);
        let other_key = DataKey::from_bytes([2; 32]);
        let seen = LastSeen::of(Path::new("/v"), &header(2, 7), &key);
        assert_eq!(seen.freshness(&header(2, 7), &key), Freshness::Same);
        assert_eq!(seen.freshness(&header(2, 8), &key), Freshness::Newer);
        assert_eq!(seen.freshness(&header(3, 8), &other_key), Freshness::Newer);
        assert_eq!(seen.freshness(&header(2, 6), &key), Freshness::Older);
        assert_eq!(seen.freshness(&header(1, 9), &other_key), Freshness::Older);
        assert_eq!(seen.freshness(&header(2, 8), &other_key), Freshness::Other);
        let other = Header {
            vault_id: [9; 16],
            ..header(2, 8)
        };
        assert_eq!(seen.freshness(&other, &key), Freshness::Other);
    }

    #[test]
    fn what_was_seen_reads_back_from_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateDir::new(folder.path().join("state"));
        let path = Path::new("/some/vault.json");
        assert_eq!(LastSeen::load(&state, path), None);
        let seen = LastSeen::of(path, &header(1, 2), &DataKey::from_bytes([1; 32]));
        seen.save(&state, path).unwrap();
        assert_eq!(LastSeen::load(&state, path), Some(seen));
        assert_eq!(LastSeen::load(&state, Path::new("/other")), None);
    }
}
