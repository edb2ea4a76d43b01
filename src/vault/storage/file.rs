//! The vault file: its lock, and its replacement as a whole.

use std::cell::RefCell;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::atomic::{self, Pending, folder_of, io_error};
use super::backups::Backups;
use super::error::{Durability, StoreError};
use super::lock::{Told, lock};
use super::platform;
use super::private::{check_folder, read_private};
use crate::vault::format::MAX_FILE_BYTES;

/// A save takes a fraction of a second. Who holds the lock for so long is stopped, or hangs.
const PATIENCE: Duration = Duration::from_secs(30);

/// A vault file. A symbolic link is resolved once, when this is made.
#[derive(Debug, Clone)]
pub(crate) struct VaultFile {
    path: PathBuf,
    /// The path as it was given, made absolute; then the resolved one, where that is another.
    names: Vec<PathBuf>,
    companions: Vec<PathBuf>,
}

/// The vault file under its lock: nobody else writes it until this is dropped.
pub(crate) struct LockedFile {
    file: VaultFile,
    /// The bytes that were read last, which become a backup before they are replaced: what was read
    /// once is not read again, and perhaps otherwise.
    loaded: RefCell<Option<Vec<u8>>>,
    _lock: File,
}

impl VaultFile {
    /// The vault at `path`, which need not exist. `companions` name private files that are
    /// written beside it under the same lock, such as the key file.
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

    /// The paths under which it is remembered: as given, and as resolved.
    pub(crate) fn names(&self) -> &[PathBuf] {
        &self.names
    }

    /// Where the vault is, links resolved.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it is the file at `path`, by that name or another one.
    pub(crate) fn is(&self, path: &Path) -> bool {
        let both = fs::metadata(&self.path).ok().zip(fs::metadata(path).ok());
        self.path == path || both.is_some_and(|(one, other)| platform::same_file(&one, &other))
    }

    /// The backups of this vault.
    pub(crate) fn backups(&self) -> Backups {
        Backups::of(&self.path)
    }

    /// Whether something lies in its place.
    pub(crate) fn exists(&self) -> bool {
        fs::symlink_metadata(&self.path).is_ok()
    }

    /// The bytes of the vault; `None` where there is none.
    ///
    /// # Errors
    /// [`StoreError`]: unreadable, too large, or others could have changed it.
    pub(crate) fn load(&self) -> Result<Option<Vec<u8>>, StoreError> {
        self.check_folder()?;
        read_private(&self.path, MAX_FILE_BYTES)
    }

    /// Waits for the lock, and clears away what a killed writer left. Makes the folder. `told` is called
    /// when that takes long.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) fn lock(&self, told: Told<'_>) -> Result<LockedFile, StoreError> {
        let folder = folder_of(&self.path);
        self.check_folder()?;
        platform::create_dirs(folder).map_err(io_error("make the folder", folder))?;
        let path = self.path.with_added_extension("lock");
        if fs::symlink_metadata(&path).is_err() {
            // What is there may be no vault, or belong to another user. Then no lock file is made.
            self.load()?;
        }
        // Of two things that are wrong, the vault's own says more.
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
    /// The bytes that are to be replaced; `None` where there is no vault.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) fn load(&self) -> Result<Option<Vec<u8>>, StoreError> {
        let bytes = self.file.load()?;
        self.loaded.borrow_mut().clone_from(&bytes);
        Ok(bytes)
    }

    /// Replaces the bytes, all or nothing, and keeps the last version as a backup. `opens` says of
    /// what was read back whether it is good.
    ///
    /// # Errors
    /// [`StoreError`]; the old version is still in its place then.
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

/// As many links as Linux follows.
const MAX_LINKS: usize = 40;

/// The path with all links in it resolved, also where the file is not there yet: the same before and
/// after it is made.
fn resolved(path: &Path, links: usize) -> PathBuf {
    if let Ok(path) = fs::canonicalize(path) {
        return path;
    }
    if let (Ok(target), Some(links)) = (fs::read_link(path), links.checked_sub(1)) {
        // A link to a file that is not there yet, or to itself.
        return resolved(&folder_of(path).join(target), links);
    }
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let mut ancestors = absolute.ancestors().skip(1);
    let folder = ancestors.find_map(|folder| Some((folder, fs::canonicalize(folder).ok()?)));
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
        let root = fs::canonicalize(folder.path()).unwrap();
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
