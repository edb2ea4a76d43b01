//! The vault file: its lock, and its atomic replacement.

use std::cell::RefCell;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use super::atomic::{self, Pending, folder_of, io_error};
use super::backups::Backups;
use super::error::{Durability, StoreError};
use super::lock::{Told, lock};
use super::platform;
use super::private::{check_folder, read_private};
use crate::vault::format::MAX_FILE_BYTES;

/// A save takes a fraction of a second. A process that holds the lock this long is stopped or hangs.
const PATIENCE: Duration = Duration::from_secs(30);

/// The path of a vault file. Symbolic links are resolved once, when this is made.
#[derive(Debug, Clone)]
pub(crate) struct VaultFile {
    path: PathBuf,
    /// The given path, made absolute; then the resolved one, if it differs.
    names: Vec<PathBuf>,
    companions: Vec<PathBuf>,
}

/// The vault file with its lock held: no other process writes it until this is dropped.
pub(crate) struct LockedFile {
    file: VaultFile,
    /// The bytes read last, which are kept as a backup before they are replaced. They are not read
    /// twice, because they could differ then.
    loaded: RefCell<Option<Vec<u8>>>,
    _lock: File,
}

impl VaultFile {
    /// The vault at `path`, which need not exist. `companions` name private files beside it, such as the
    /// key file, that are written under the same lock.
    pub(crate) fn new(path: &Path, companions: &[fn(&Path) -> PathBuf]) -> Self {
        let given = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
        let path = resolved(path, MAX_LINKS);
        let companions = companions.iter().map(|of| of(&path)).collect();
        let mut names = vec![given, path.clone()];
        names.dedup();
        Self {
            path,
            names,
            companions,
        }
    }

    /// The paths under which this machine remembers it: the given and the resolved one.
    pub(crate) fn names(&self) -> &[PathBuf] {
        &self.names
    }

    /// The path with links resolved.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether `path` is the same file, under any name.
    pub(crate) fn is(&self, path: &Path) -> bool {
        self.path == path || platform::same_file(&self.path, path)
    }

    pub(crate) fn backups(&self) -> Backups {
        Backups::of(&self.path)
    }

    pub(crate) fn exists(&self) -> bool {
        fs::symlink_metadata(&self.path).is_ok()
    }

    /// Whether the file is certainly missing. If its folder cannot be read, it may exist.
    pub(crate) fn is_missing(&self) -> bool {
        let found = fs::symlink_metadata(&self.path);
        found.is_err_and(|error| error.kind() == ErrorKind::NotFound)
    }

    /// A value that differs after a change of the file; `None` if there is none.
    pub(crate) fn stamp(&self) -> Option<u128> {
        let found = fs::metadata(&self.path).ok()?;
        let changed = found.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
        Some((changed.as_nanos() << 32) ^ u128::from(found.len()))
    }

    /// The vault's bytes; `None` if there is none. Fails if it is unreadable, too large, or others could
    /// have changed it.
    pub(crate) fn load(&self) -> Result<Option<Vec<u8>>, StoreError> {
        self.check_folder()?;
        read_private(&self.path, MAX_FILE_BYTES)
    }

    /// Makes the folder, waits for the lock, and removes what a killed writer left. `told` is called if
    /// waiting takes long.
    pub(crate) fn lock(&self, told: Told<'_>) -> Result<LockedFile, StoreError> {
        let folder = folder_of(&self.path);
        self.check_folder()?;
        platform::create_dirs(folder).map_err(io_error("create the folder", folder))?;
        let path = self.path.with_added_extension("lock");
        if fs::symlink_metadata(&path).is_err() {
            // The path may not be a vault, or belong to another user. Then no lock file is made.
            self.load()?;
        }
        // If both fail, the vault's own error says more.
        let lock = lock(&path, PATIENCE, told);
        let lock = lock.map_err(|error| self.load().err().unwrap_or(error))?;
        self.backups().check_folder()?;
        let own = |name: &str| {
            let names = std::iter::once(&self.path).chain(&self.companions);
            names
                .map(|path| path.file_name())
                .any(|own| own == Some(OsStr::new(name)))
        };
        atomic::remove_leftovers_in(folder, own);
        self.backups().remove_leftovers();
        Ok(LockedFile {
            file: self.clone(),
            loaded: RefCell::new(None),
            _lock: lock,
        })
    }

    fn check_folder(&self) -> Result<(), StoreError> {
        let folder = folder_of(&self.path);
        match fs::metadata(folder) {
            Ok(metadata) => check_folder(folder, &metadata),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(io_error("read", folder)(error)),
        }
    }
}

impl LockedFile {
    /// The bytes that will be replaced; `None` if there is no vault.
    pub(crate) fn load(&self) -> Result<Option<Vec<u8>>, StoreError> {
        let bytes = self.file.load()?;
        self.loaded.borrow_mut().clone_from(&bytes);
        Ok(bytes)
    }

    /// Replaces the vault atomically, and keeps the last version as a backup. `opens` checks the bytes
    /// read back. On an error, the old version is still in place.
    pub(crate) fn commit(
        &mut self,
        rev: u64,
        bytes: &[u8],
        opens: &dyn Fn(&[u8]) -> bool,
    ) -> Result<Durability, StoreError> {
        let path = &self.file.path;
        if bytes.len() > MAX_FILE_BYTES {
            let (path, size) = (path.clone(), bytes.len());
            return Err(StoreError::TooLarge { path, size });
        }
        let backups = self.file.backups();
        backups.keep_current(self.loaded.take())?;
        let mut pending = Pending::write(path, bytes)?;
        let back = pending.read_back()?;
        if back != bytes || !opens(&back) {
            return Err(StoreError::ReadBack { path: path.clone() });
        }
        let durability = pending.put()?;
        backups.add(rev, bytes);
        Ok(durability)
    }
}

/// The number of links that Linux follows.
const MAX_LINKS: usize = 40;

/// The path with all links resolved, even if the file does not exist yet: creating it does not change
/// the result.
fn resolved(path: &Path, links: usize) -> PathBuf {
    if let Ok(path) = dunce::canonicalize(path) {
        return path;
    }
    if let (Ok(target), Some(links)) = (fs::read_link(path), links.checked_sub(1)) {
        // A link to a file that does not exist yet, or to itself.
        return resolved(&folder_of(path).join(target), links);
    }
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let mut ancestors = absolute.ancestors().skip(1);
    let folder = ancestors.find_map(|folder| Some((folder, dunce::canonicalize(folder).ok()?)));
    let joined = folder.and_then(|(folder, real)| {
        let rest = absolute.strip_prefix(folder).ok()?;
        Some(real.join(rest))
    });
    joined.unwrap_or(absolute)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_path_is_the_same_before_and_after_the_file_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let root = dunce::canonicalize(folder.path()).unwrap();
        fs::create_dir(root.join("real")).unwrap();
        symlink("real", root.join("link")).unwrap();
        symlink("new/vault.json", root.join("dangling.json")).unwrap();
        for (given, wanted) in [
            ("link/vault.json", "real/vault.json"),
            ("link/new/vault.json", "real/new/vault.json"),
            ("dangling.json", "new/vault.json"),
            ("real/vault.json", "real/vault.json"),
        ] {
            let file = VaultFile::new(&root.join(given), &[]);
            assert_eq!(file.path(), root.join(wanted), "{given}");
        }
    }
}
