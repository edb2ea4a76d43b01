//! Small files of the state folder: what this machine remembers and a vault must not hold.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::atomic::{self, io_error};
use super::{lock, platform, read_private};
use crate::vault::store::StoreError;

/// The state folder, for instance `~/.local/state/mfa`. Made when something is first kept.
#[derive(Debug, Clone)]
pub struct StateDir(PathBuf);

impl StateDir {
    /// The state folder at `path`, which need not exist.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Reads `name`, for instance `device` or `steps/ID`; `None` where it was never written.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn read(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        read_private(&self.0.join(name), 64 * 1024)
    }

    /// Replaces `name`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        atomic::replace(&self.prepare(name)?, bytes).map(drop)
    }

    /// Where `name` is kept.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Removes `name`; that it was never there is no failure.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn remove(&self, name: &str) -> Result<(), StoreError> {
        super::remove(&self.0.join(name))
    }

    /// The names of what is kept in a folder of it, sorted, without locks and leftovers.
    #[must_use]
    pub fn names(&self, folder: &str) -> Vec<String> {
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
    pub fn lock(&self, name: &str) -> Result<File, StoreError> {
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
