//! Private files: who owns them, who can change them, and how they are read.

use std::borrow::Cow;
use std::fs::{self, Metadata};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::atomic::{self, folder_of, io_error};
use super::error::{Durability, StoreError};
use super::platform;

/// Reads a private file of at most `limit` bytes; `None` if there is none. Refuses a file that is not
/// regular, has another owner, is writable by others, or is too large.
pub(crate) fn read_private(path: &Path, limit: usize) -> Result<Option<Vec<u8>>, StoreError> {
    read_checked(path, limit, |_| Ok(()))
}

fn read_checked(
    path: &Path,
    limit: usize,
    check_more: impl FnOnce(&Metadata) -> Result<(), StoreError>,
) -> Result<Option<Vec<u8>>, StoreError> {
    let mut file = match platform::open_read(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io_error("read", path)(error)),
    };
    let metadata = file.metadata().map_err(io_error("read", path))?;
    check_file(path, &metadata)?;
    check_more(&metadata)?;
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

pub(super) fn check_file(path: &Path, metadata: &Metadata) -> Result<(), StoreError> {
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
        return refuse("is writable by other users".to_owned(), Some(fix));
    }
    Ok(())
}

/// In a folder that others can write, they can replace our files. With the sticky bit (`/tmp`), they can
/// replace only their own.
pub(super) fn check_folder(folder: &Path, metadata: &Metadata) -> Result<(), StoreError> {
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
        return refuse("is writable by other users".to_owned(), Some(fix));
    }
    check_owner(folder, metadata)
}

/// A folder may also belong to root.
pub(super) fn check_owner(folder: &Path, metadata: &Metadata) -> Result<(), StoreError> {
    match platform::foreign_owner(metadata) {
        Some(owner) if owner != 0 => Err(StoreError::Unsafe {
            path: folder.to_path_buf(),
            problem: format!("belongs to another user (uid {owner})"),
            fix: None,
        }),
        _ => Ok(()),
    }
}

/// A file or folder that others can read or change.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Exposed {
    pub(crate) path: PathBuf,
    /// Completes the path: "is writable by other users".
    pub(crate) problem: String,
    /// A command for the person to type.
    pub(crate) fix: Option<String>,
    /// Whether the vault does not open because of it.
    pub(crate) is_refused: bool,
}

/// Who may use a file or folder of the vault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Privacy {
    /// Others may not change it, and had better not read it.
    Sealed,
    /// Others may not even read it.
    Secret,
}

/// Checks a file or folder as its use does, and also whether others can read a file. `None` if it is
/// private, or missing.
pub(crate) fn exposed(path: &Path, privacy: Privacy) -> Option<Exposed> {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == ErrorKind::NotFound => return None,
        Err(error) => {
            return Some(Exposed {
                path: path.to_path_buf(),
                problem: format!("cannot be read: {}", super::plain(&error)),
                fix: None,
                is_refused: true,
            });
        }
    };
    let checked = if metadata.is_dir() {
        check_folder(path, &metadata)
    } else {
        check_file(path, &metadata)
    };
    if let Err(StoreError::Unsafe { path, problem, fix }) = checked {
        let is_refused = true;
        return Some(Exposed {
            path,
            problem,
            fix,
            is_refused,
        });
    }
    let is_readable = !metadata.is_dir() && platform::mode(&metadata) & 0o044 != 0;
    is_readable.then(|| Exposed {
        path: path.to_path_buf(),
        problem: "is readable by other users".to_owned(),
        fix: Some(format!("chmod 600 {}", quoted(path))),
        is_refused: privacy == Privacy::Secret,
    })
}

/// Replaces a file of the user that contains secrets, such as `~/.aws/credentials`: atomically, read
/// back, mode 0600.
pub(crate) fn replace_private(path: &Path, bytes: &[u8]) -> Result<Durability, StoreError> {
    let folder = folder_of(path);
    platform::create_dirs(folder).map_err(io_error("create the folder", folder))?;
    atomic::replace(path, bytes)
}

/// Quotes a path for a POSIX shell.
pub(crate) fn quoted(path: &Path) -> String {
    // A shell cannot express a NUL, and no path contains one.
    let text = path.to_string_lossy().replace('\0', "\u{fffd}");
    shlex::try_quote(&text).map_or_else(|_| text.clone(), Cow::into_owned)
}

/// Removes a file; a missing file is no error.
pub(crate) fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(io_error("remove", path)(error))
        }
        _ => Ok(()),
    }
}

/// Reads a private file that nobody else may even read, such as the key file; `None` if there is none.
pub(crate) fn read_key_file(path: &Path, limit: usize) -> Result<Option<Vec<u8>>, StoreError> {
    read_checked(path, limit, |metadata| {
        if platform::mode(metadata) & 0o077 != 0 {
            return Err(StoreError::Unsafe {
                path: path.to_path_buf(),
                problem: "is readable by other users".to_owned(),
                fix: Some(format!("chmod 600 {}", quoted(path))),
            });
        }
        Ok(())
    })
}
