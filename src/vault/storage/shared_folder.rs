//! A folder that other machines or programs write too. It holds ciphertext only, so others may read and
//! change it: what is read from it is verified by its seal. Links are not followed out of it.

use std::fs::{self, Metadata};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::atomic::{Pending, folder_of, io_error, is_temporary};
use super::error::{Durability, StoreError};
use super::platform;

/// A folder and what is below it. Names are relative, with `/` between their parts.
#[derive(Debug, Clone)]
pub(crate) struct SharedFolder {
    root: PathBuf,
}

/// A file in a shared folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SharedFile {
    /// The name without its folder.
    pub(crate) name: String,
    pub(crate) written: Option<SystemTime>,
}

/// The entries of a folder, without links and what is not Unicode.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Entries {
    pub(crate) files: Vec<SharedFile>,
    pub(crate) folders: Vec<String>,
}

impl SharedFolder {
    pub(crate) const fn new(root: PathBuf) -> Self {
        Self { root }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.root
    }

    /// Whether the folder is there. An unmounted disk has none.
    pub(crate) fn is_there(&self) -> Result<bool, StoreError> {
        match fs::metadata(&self.root) {
            Ok(metadata) if metadata.is_dir() => Ok(true),
            Ok(_) => Err(not_a_folder(&self.root)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(io_error("read", &self.root)(error)),
        }
    }

    /// Creates the folder and its missing parents: mode 0700, on Windows with what the disk grants.
    pub(crate) fn create(&self) -> Result<(), StoreError> {
        if self.is_there()? {
            return Ok(());
        }
        let created = platform::create_shared_dirs(&self.root);
        created.map_err(io_error("create the folder", &self.root))?;
        // If its parent is not durable, the first file that is written is lost with the folder.
        let parent = folder_of(&self.root);
        platform::sync_dir(parent).map_err(io_error("sync", parent))
    }

    /// The entries of one of its folders; `None` if there is no such folder.
    pub(crate) fn entries(&self, folder: &str) -> Result<Option<Entries>, StoreError> {
        let Some(path) = self.inside(folder)? else {
            return Ok(None);
        };
        let mut found = Entries::default();
        for entry in fs::read_dir(&path).map_err(io_error("read", &path))? {
            let entry = entry.map_err(io_error("read", &path))?;
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            // Of the entry itself, and not of where a link leads.
            match entry.metadata() {
                Ok(metadata) if metadata.is_dir() => found.folders.push(name),
                Ok(metadata) if metadata.is_file() => {
                    let written = metadata.modified().ok();
                    found.files.push(SharedFile { name, written });
                }
                // A link, or it disappeared meanwhile.
                _ => {}
            }
        }
        Ok(Some(found))
    }

    /// Reads a file of at most `limit` bytes; `None` if there is none, or a link in its place.
    pub(crate) fn read(&self, name: &str, limit: usize) -> Result<Option<Vec<u8>>, StoreError> {
        let (folder, file) = split(name);
        let Some(folder) = self.inside(folder)? else {
            return Ok(None);
        };
        let path = folder.join(file);
        let is_file = |metadata: &Metadata| metadata.is_file();
        if !fs::symlink_metadata(&path).is_ok_and(|metadata| is_file(&metadata)) {
            return missing(&path);
        }
        let file = platform::open_read(&path).map_err(io_error("read", &path))?;
        let metadata = file.metadata().map_err(io_error("read", &path))?;
        if metadata.len() > limit as u64 || !is_file(&metadata) {
            return Err(StoreError::Unsafe {
                path,
                problem: format!("is larger than {limit} bytes"),
                fix: None,
            });
        }
        let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0) + 1);
        Read::take(file, limit as u64 + 1)
            .read_to_end(&mut bytes)
            .map_err(io_error("read", &path))?;
        Ok(Some(bytes))
    }

    /// Writes a new file, mode 0600 on Unix, and its missing folders below the shared one. `None` if there is
    /// something of that name.
    pub(crate) fn write_new(
        &self,
        name: &str,
        bytes: &[u8],
    ) -> Result<Option<Durability>, StoreError> {
        let (folder, file) = split(name);
        let path = self.prepare(folder)?.join(file);
        let pending = Pending::write_shared(&path, bytes)?;
        match pending.put_new() {
            Ok(durability) => Ok(Some(durability)),
            Err(StoreError::Io { source, .. }) if source.kind() == ErrorKind::AlreadyExists => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Removes a file; a missing one is no error.
    pub(crate) fn remove(&self, name: &str) -> Result<(), StoreError> {
        let (folder, file) = split(name);
        match self.inside(folder)? {
            Some(folder) => super::remove(&folder.join(file)),
            None => Ok(()),
        }
    }

    /// Whether a file is a temporary one of this program, perhaps on another machine.
    pub(crate) fn is_temporary(name: &str) -> bool {
        is_temporary(Path::new(name))
    }

    /// The path of one of its folders; `None` if it is missing. Refuses links.
    fn inside(&self, folder: &str) -> Result<Option<PathBuf>, StoreError> {
        let mut path = self.root.clone();
        for part in folder.split('/').filter(|part| !part.is_empty()) {
            path.push(checked(part, &path)?);
            match fs::symlink_metadata(&path) {
                Ok(metadata) if metadata.is_dir() => {}
                Ok(_) => return Err(not_a_folder(&path)),
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(io_error("read", &path)(error)),
            }
        }
        Ok(Some(path))
    }

    /// As [`Self::inside`], but creates what is missing, except the shared folder itself.
    fn prepare(&self, folder: &str) -> Result<PathBuf, StoreError> {
        let mut made = String::new();
        let mut path = self.root.clone();
        for part in folder.split('/').filter(|part| !part.is_empty()) {
            let parent = path.clone();
            path.push(checked(part, &parent)?);
            made = format!("{made}/{part}");
            if self.inside(&made)?.is_some() {
                continue;
            }
            match platform::create_shared_dir(&path) {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                    return Err(io_error("create the folder", &path)(error));
                }
                _ => platform::sync_dir(&parent).map_err(io_error("sync", &parent))?,
            }
        }
        Ok(path)
    }
}

/// Refuses parts of a name that lead elsewhere.
fn checked<'a>(part: &'a str, folder: &Path) -> Result<&'a str, StoreError> {
    if [".", ".."].contains(&part) || part.contains(['\\', '\0']) {
        return Err(not_a_folder(&folder.join(part)));
    }
    Ok(part)
}

fn split(name: &str) -> (&str, &str) {
    name.rsplit_once('/').unwrap_or(("", name))
}

/// There is no file: an error only if that is uncertain.
fn missing(path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(io_error("read", path)(error)),
        _ => Ok(None),
    }
}

fn not_a_folder(path: &Path) -> StoreError {
    io_error("use", path)(io::Error::new(
        ErrorKind::NotADirectory,
        "it is not a folder",
    ))
}
