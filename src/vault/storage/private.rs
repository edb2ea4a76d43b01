//! Private files: who owns them, who can change them, and how they are read.

use std::fs::{self, Metadata};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::atomic::{self, folder_of, io_error};
use super::error::{Durability, StoreError};
use super::platform::{self, Access};

/// Reads a private file of at most `limit` bytes; `None` if there is none. Refuses a file that is not
/// regular, has another owner, is writable by others, or is too large.
pub(crate) fn read_private(path: &Path, limit: usize) -> Result<Option<Vec<u8>>, StoreError> {
    read_checked(path, limit, |_| Ok(()))
}

fn read_checked(
    path: &Path,
    limit: usize,
    check_more: impl FnOnce(&Access) -> Result<(), StoreError>,
) -> Result<Option<Vec<u8>>, StoreError> {
    let mut file = match platform::open_read(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io_error("read", path)(error)),
    };
    let metadata = file.metadata().map_err(io_error("read", path))?;
    let access = platform::access_of(&file, &metadata).map_err(io_error("read", path))?;
    check_file(path, &metadata, &access)?;
    check_more(&access)?;
    if metadata.len() > limit as u64 {
        refuse(path, &format!("is larger than {limit} bytes"), None)?;
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0) + 1);
    Read::take(&mut file, limit as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(io_error("read", path))?;
    Ok(Some(bytes))
}

pub(super) fn check_file(
    path: &Path,
    metadata: &Metadata,
    access: &Access,
) -> Result<(), StoreError> {
    if !metadata.is_file() {
        return refuse(path, "is not a regular file", None);
    }
    if let Some(owner) = &access.foreign_owner {
        let problem = format!("belongs to another user ({})", owner.name);
        return refuse(path, &problem, platform::owner_fix(path));
    }
    if access.others_write {
        let fix = platform::file_fix(path);
        return refuse(path, "is writable by other users", Some(fix));
    }
    Ok(())
}

fn refuse(path: &Path, problem: &str, fix: Option<String>) -> Result<(), StoreError> {
    Err(StoreError::Unsafe {
        path: path.to_path_buf(),
        problem: problem.to_owned(),
        fix,
    })
}

/// In a folder that others can write, they can replace our files.
pub(super) fn check_folder(folder: &Path, metadata: &Metadata) -> Result<(), StoreError> {
    let access = platform::access_at(folder, metadata).map_err(io_error("read", folder))?;
    if access.others_write {
        let fix = platform::folder_fix(folder);
        return refuse(folder, "is writable by other users", fix);
    }
    check_owner(folder, &access)
}

/// A folder may also belong to root.
pub(super) fn check_owner(folder: &Path, access: &Access) -> Result<(), StoreError> {
    match &access.foreign_owner {
        Some(owner) if !owner.is_administrator => {
            let problem = format!("belongs to another user ({})", owner.name);
            refuse(folder, &problem, platform::owner_fix(folder))
        }
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
        Err(error) => return Some(unreadable(path, &error)),
    };
    let access = match platform::access_at(path, &metadata) {
        Ok(access) => access,
        Err(error) => return Some(unreadable(path, &error)),
    };
    let checked = if metadata.is_dir() {
        check_folder(path, &metadata)
    } else {
        check_file(path, &metadata, &access)
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
    let is_readable = !metadata.is_dir() && access.others_read;
    is_readable.then(|| Exposed {
        path: path.to_path_buf(),
        problem: "is readable by other users".to_owned(),
        fix: Some(platform::file_fix(path)),
        is_refused: privacy == Privacy::Secret,
    })
}

fn unreadable(path: &Path, error: &io::Error) -> Exposed {
    Exposed {
        path: path.to_path_buf(),
        problem: format!("cannot be read: {}", super::plain(error)),
        fix: None,
        is_refused: true,
    }
}

/// Replaces a file of the user that contains secrets, such as `~/.aws/credentials`: atomically, read
/// back, mode 0600.
pub(crate) fn replace_private(path: &Path, bytes: &[u8]) -> Result<Durability, StoreError> {
    let folder = folder_of(path);
    platform::create_dirs(folder).map_err(io_error("create the folder", folder))?;
    atomic::replace(path, bytes)
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
    read_checked(path, limit, |access| {
        if access.others_any {
            let fix = platform::file_fix(path);
            return refuse(path, "is readable by other users", Some(fix));
        }
        Ok(())
    })
}
