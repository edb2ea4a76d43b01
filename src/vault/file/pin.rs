//! What this machine last saw under a path, so that another or an older vault there is noticed.

use std::fs::File;
use std::path::Path;

use data_encoding::BASE64;
use serde::{Deserialize, Serialize};

use super::state::StateDir;
use crate::vault::envelope::Header;
use crate::vault::keyring::name_of;
use crate::vault::keys::DataKey;
use crate::vault::store::StoreError;

/// The memory of one path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    path: String,
    vault_id: String,
    /// [`DataKey::pin`], base64.
    #[serde(rename = "pin")]
    key: String,
    /// Highest generation of the data key that was seen.
    pub epoch: u32,
    /// Highest revision that was seen.
    pub rev: u64,
}

/// How a vault stands to what was last seen in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
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

impl Pin {
    /// What is to be remembered of a vault.
    #[must_use]
    pub fn of(path: &Path, header: &Header, key: &DataKey) -> Self {
        Self {
            path: path.to_string_lossy().into_owned(),
            vault_id: BASE64.encode(&header.vault_id),
            key: BASE64.encode(&key.pin()),
            epoch: header.epoch,
            rev: header.rev,
        }
    }

    /// Compares a vault, opened with `key`, to what is remembered.
    #[must_use]
    pub fn standing(&self, header: &Header, key: &DataKey) -> Standing {
        let same_key = self.key == BASE64.encode(&key.pin());
        if self.vault_id != BASE64.encode(&header.vault_id) {
            return Standing::Other;
        }
        match (header.epoch.cmp(&self.epoch), header.rev.cmp(&self.rev)) {
            (std::cmp::Ordering::Equal, _) if !same_key => Standing::Other,
            (std::cmp::Ordering::Less, _) | (_, std::cmp::Ordering::Less) => Standing::Older,
            (std::cmp::Ordering::Equal, std::cmp::Ordering::Equal) => Standing::Same,
            _ => Standing::Newer,
        }
    }

    /// Reads the memory of `path`. An unreadable one counts as none: it is only a memory.
    #[must_use]
    pub fn load(state: &StateDir, path: &Path) -> Option<Self> {
        let bytes = state.read(&file_name(path)).ok().flatten()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// Waits for the turn to change the memory of `path`, which ends when the file is dropped.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn lock(state: &StateDir, path: &Path) -> Result<File, StoreError> {
        state.lock(&file_name(path))
    }

    /// Remembers.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn save(&self, state: &StateDir, path: &Path) -> Result<(), StoreError> {
        // Plain strings and numbers always serialise.
        let json = serde_json::to_vec(self).unwrap_or_default();
        state.write(&file_name(path), &json)
    }
}

fn file_name(path: &Path) -> String {
    format!("pins/{}.json", name_of(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(epoch: u32, rev: u64) -> Header {
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
        let pin = Pin::of(Path::new("/v"), &header(2, 7), &key);
        assert_eq!(pin.standing(&header(2, 7), &key), Standing::Same);
        assert_eq!(pin.standing(&header(2, 8), &key), Standing::Newer);
        assert_eq!(pin.standing(&header(3, 8), &other_key), Standing::Newer);
        assert_eq!(pin.standing(&header(2, 6), &key), Standing::Older);
        assert_eq!(pin.standing(&header(1, 9), &other_key), Standing::Older);
        assert_eq!(pin.standing(&header(2, 8), &other_key), Standing::Other);
        let other = Header {
            vault_id: [9; 16],
            ..header(2, 8)
        };
        assert_eq!(pin.standing(&other, &key), Standing::Other);
    }

    #[test]
    fn a_pin_reads_back_from_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateDir::new(folder.path().join("state"));
        let path = Path::new("/some/vault.json");
        assert_eq!(Pin::load(&state, path), None);
        let pin = Pin::of(path, &header(1, 2), &DataKey::from_bytes([1; 32]));
        pin.save(&state, path).unwrap();
        assert_eq!(Pin::load(&state, path), Some(pin));
        assert_eq!(Pin::load(&state, Path::new("/other")), None);
    }
}
