//! Small files of the state folder: what this machine remembers and a vault must not hold.

use std::fs::File;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::atomic::{self, io_error};
use super::error::StoreError;
use super::file::VaultFile;
use super::platform;
#[cfg(feature = "aws")]
use super::private::remove;
use super::private::{lock, read_private};

/// The state folder, for instance `~/.local/state/mfa`. Made when something is first kept.
#[derive(Debug, Clone)]
pub(crate) struct StateDir(PathBuf);

impl StateDir {
    /// The state folder at `path`, which need not exist.
    pub(crate) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Reads `name`, for instance `device` or `steps/ID`; `None` where it was never written.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) fn read(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        read_private(&self.0.join(name), 64 * 1024)
    }

    /// Whether `path` lies in the folder.
    pub(crate) fn owns(&self, path: &Path) -> bool {
        let folder = VaultFile::new(&self.0, &[]);
        VaultFile::new(path, &[]).path().starts_with(folder.path())
    }

    /// Replaces `name`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        atomic::replace(&self.prepare(name)?, bytes).map(drop)
    }

    /// Where `name` is kept.
    #[cfg(feature = "aws")]
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Removes `name`; that it was never there is no failure.
    ///
    /// # Errors
    /// [`StoreError`].
    #[cfg(feature = "aws")]
    pub(crate) fn remove(&self, name: &str) -> Result<(), StoreError> {
        remove(&self.0.join(name))
    }

    /// The names of what is kept in a folder of it, sorted, without locks and leftovers.
    #[cfg(feature = "aws")]
    pub(crate) fn names(&self, folder: &str) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.0.join(folder)) else {
            return Vec::new();
        };
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mut names: Vec<_> = names.filter(|name| !name.contains('.')).collect();
        names.sort_unstable();
        names
    }

    /// Waits for the lock of `name`, which ends when the file is dropped.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) fn lock(&self, name: &str) -> Result<File, StoreError> {
        let path = self.prepare(name)?.with_added_extension("lock");
        let file = lock(&path)?;
        atomic::remove_leftovers(&path.with_extension(""));
        Ok(file)
    }

    fn prepare(&self, name: &str) -> Result<PathBuf, StoreError> {
        let path = self.0.join(name);
        let folder = path.parent().unwrap_or(Path::new("."));
        platform::create_dirs(folder).map_err(io_error("make the folder", folder))?;
        Ok(path)
    }
}

/// What a vault at `path` is called in the state folder and in keyrings: 32 hexadecimal digits.
pub(crate) fn file_stem_of(path: &Path) -> String {
    let hash = Sha256::digest(path.as_os_str().as_encoded_bytes());
    HEXLOWER.encode(&hash[..16])
}
