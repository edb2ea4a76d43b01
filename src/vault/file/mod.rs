//! A vault in a file: lock, atomic write, modes, owners, backups; and the small private files
//! that belong to it (key file, pin).
#![expect(clippy::disallowed_methods, reason = "this is the adapter for files")]

mod atomic;
pub mod backup;
pub mod keyfile;
pub mod pin;
mod platform;
pub mod state;

use std::ffi::OsStr;
use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

pub use atomic::ignore_file_size_signal;
use atomic::{Pending, folder_of, io_error};
use backup::Backups;

use super::envelope::MAX_FILE_BYTES;
use super::store::{Durability, Store, StoreError, Transaction};

/// A vault file. A symbolic link was resolved once, when this was made.
#[derive(Debug, Clone)]
pub struct FileStore {
    path: PathBuf,
}

/// A change of a vault file, under its lock.
pub struct FileTransaction<'a> {
    store: &'a FileStore,
    _lock: File,
}

impl FileStore {
    /// The vault at `path`, which need not exist.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        let path = fs::canonicalize(path).unwrap_or_else(|_| match fs::read_link(path) {
            // A link to a file that is not there yet.
            Ok(target) => folder_of(path).join(target),
            Err(_) => std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf()),
        });
        Self { path }
    }

    /// Where the vault is, links resolved.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The backups of this vault.
    #[must_use]
    pub fn backups(&self) -> Backups {
        Backups::of(&self.path)
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

impl Store for FileStore {
    type Transaction<'a> = FileTransaction<'a>;

    fn load(&self) -> Result<Option<Vec<u8>>, StoreError> {
        self.check_folder()?;
        read_private(&self.path, MAX_FILE_BYTES)
    }

    fn begin(&self) -> Result<FileTransaction<'_>, StoreError> {
        let folder = folder_of(&self.path);
        self.check_folder()?;
        platform::create_dirs(folder).map_err(io_error("make the folder", folder))?;
        let lock = lock(&self.path.with_added_extension("lock"))?;
        let key = keyfile::path_of(&self.path);
        let own = [self.path.file_name(), key.file_name()];
        atomic::remove_leftovers_in(folder, |name| own.contains(&Some(OsStr::new(name))));
        self.backups().remove_leftovers();
        Ok(FileTransaction {
            store: self,
            _lock: lock,
        })
    }
}

impl Transaction for FileTransaction<'_> {
    fn load(&self) -> Result<Option<Vec<u8>>, StoreError> {
        self.store.load()
    }

    fn commit(
        &mut self,
        rev: u64,
        bytes: &[u8],
        opens: &dyn Fn(&[u8]) -> bool,
    ) -> Result<Durability, StoreError> {
        let path = &self.store.path;
        let backups = self.store.backups();
        backups.keep_current()?;
        let mut pending = Pending::write(path, bytes)?;
        let back = pending.read_back()?;
        if back != bytes || !opens(&back) {
            return Err(StoreError::ReadBack { path: path.clone() });
        }
        let durability = pending.put()?;
        backups.add(rev);
        Ok(durability)
    }
}

/// Opens (or makes) a lock file and waits for its lock, which ends when the file is dropped.
///
/// # Errors
/// [`StoreError`].
pub fn lock(path: &Path) -> Result<File, StoreError> {
    let file = platform::open_or_create(path).map_err(io_error("open the lock", path))?;
    file.lock().map_err(io_error("lock", path))?;
    Ok(file)
}

/// Reads a private file of at most `limit` bytes; `None` where there is none.
///
/// # Errors
/// [`StoreError`]: not a regular file, another owner, writable by others, too large, unreadable.
pub fn read_private(path: &Path, limit: usize) -> Result<Option<Vec<u8>>, StoreError> {
    let mut file = match platform::open_read(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io_error("read", path)(error)),
    };
    let metadata = file.metadata().map_err(io_error("read", path))?;
    check_file(path, &metadata)?;
    if metadata.len() > limit as u64 {
        let problem = format!("is larger than {limit} bytes");
        return Err(StoreError::Unsafe {
            path: path.to_path_buf(),
            problem,
            fix: None,
        });
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0) + 1);
    Read::take(&mut file, limit as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(io_error("read", path))?;
    Ok(Some(bytes))
}

fn check_file(path: &Path, metadata: &Metadata) -> Result<(), StoreError> {
    let refuse = |problem: String, fix: Option<String>| {
        Err(StoreError::Unsafe {
            path: path.to_path_buf(),
            problem,
            fix,
        })
    };
    if !metadata.is_file() {
        return refuse("is not a regular file".to_owned(), None);
    }
    if let Some(owner) = platform::foreign_owner(metadata) {
        return refuse(format!("belongs to another user (uid {owner})"), None);
    }
    if platform::mode(metadata) & 0o022 != 0 {
        let fix = format!("chmod 600 {}", quoted(path));
        return refuse("can be changed by other users".to_owned(), Some(fix));
    }
    Ok(())
}

/// A folder that others can write is one in which they can put another file in place of ours;
/// where the sticky bit is set (`/tmp`), they can only do that to files of their own.
fn check_folder(folder: &Path, metadata: &Metadata) -> Result<(), StoreError> {
    let refuse = |problem: String, fix: Option<String>| {
        Err(StoreError::Unsafe {
            path: folder.to_path_buf(),
            problem,
            fix,
        })
    };
    let mode = platform::mode(metadata);
    if mode & 0o022 != 0 && mode & 0o1000 == 0 {
        let fix = format!("chmod go-w {}", quoted(folder));
        return refuse("can be written by other users".to_owned(), Some(fix));
    }
    match platform::foreign_owner(metadata) {
        Some(owner) if owner != 0 => refuse(format!("belongs to another user (uid {owner})"), None),
        _ => Ok(()),
    }
}

/// Replaces a file of the user that holds secrets, such as `~/.aws/credentials`: whole or not at
/// all, read back, 0600.
///
/// # Errors
/// [`StoreError`].
pub fn replace_private(path: &Path, bytes: &[u8]) -> Result<Durability, StoreError> {
    let folder = folder_of(path);
    platform::create_dirs(folder).map_err(io_error("make the folder", folder))?;
    atomic::replace(path, bytes)
}

/// A path as a shell takes it.
#[must_use]
pub fn quoted(path: &Path) -> String {
    let text = path.to_string_lossy();
    let plain = |c: char| c.is_alphanumeric() || "/._-+@%".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.into_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// Removes a file; that there is none is fine.
///
/// # Errors
/// [`StoreError::Io`].
pub fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(io_error("remove", path)(error))
        }
        _ => Ok(()),
    }
}
