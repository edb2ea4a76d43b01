//! Small files in the state folder: what this machine must remember, but a vault must not contain.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::atomic::{self, io_error};
use super::error::StoreError;
use super::file::VaultFile;
use super::lock::lock;
#[cfg(feature = "aws")]
use super::lock::remove_free_lock;
use super::platform;
use super::private::{read_private, remove};

/// A process waiting for fresh codes may have many others before it in line.
const PATIENCE: Duration = Duration::from_mins(15);
/// Writing down what was seen is not worth a long wait.
const LITTLE_PATIENCE: Duration = Duration::from_secs(5);

/// The state folder, such as `~/.local/state/mfa`. Created with its first file.
#[derive(Debug, Clone)]
pub(crate) struct StateDir {
    path: PathBuf,
    told: fn(Option<u32>),
}

impl StateDir {
    /// The state folder at `path`, which need not exist.
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, told: |_| {} }
    }

    /// Calls `told` if waiting for a lock takes long, with the process that holds it.
    pub(crate) fn telling(self, told: fn(Option<u32>)) -> Self {
        Self { told, ..self }
    }

    /// Reads `name`, such as `device` or `steps/ID`; `None` if it was never written.
    pub(crate) fn read(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        read_private(&self.path.join(name), 64 * 1024)
    }

    /// The folder itself, its folders, and the files in them.
    pub(crate) fn members(&self) -> Vec<PathBuf> {
        let mut found = vec![self.path.clone()];
        let mut next = 0;
        while let Some(path) = found.get(next) {
            let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
            let paths: Vec<_> = entries.map(|entry| entry.path()).collect();
            found.extend(paths);
            next += 1;
        }
        found
    }

    /// Whether `path` is inside the folder.
    pub(crate) fn owns(&self, path: &Path) -> bool {
        let folder = VaultFile::new(&self.path, &[]);
        VaultFile::new(path, &[]).path().starts_with(folder.path())
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        atomic::replace(&self.prepare(name)?, bytes).map(drop)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Removes `name`; a missing file is no error.
    pub(crate) fn remove(&self, name: &str) -> Result<(), StoreError> {
        remove(&self.path.join(name))
    }

    /// Removes all files of one of its folders that are older than `age`, except locks that are held.
    /// Returns how many had no dot in their name.
    #[cfg(feature = "aws")]
    pub(crate) fn remove_older(&self, folder: &str, age: Duration) -> usize {
        let entries = std::fs::read_dir(self.path.join(folder));
        let mut removed = 0;
        for path in entries.into_iter().flatten().flatten().map(|e| e.path()) {
            let written = std::fs::metadata(&path).and_then(|metadata| metadata.modified());
            let elapsed = written.ok().and_then(|written| written.elapsed().ok());
            if !age.is_zero() && elapsed.is_none_or(|elapsed| elapsed <= age) {
                continue;
            }
            match path.extension() {
                Some(end) if end == "lock" => remove_free_lock(&path),
                end => removed += usize::from(remove(&path).is_ok() && end.is_none()),
            }
        }
        removed
    }

    /// Opens `name`. Its writer keeps it open, which is how Windows tells that it is in use.
    #[cfg(feature = "aws")]
    pub(crate) fn open(&self, name: &str) -> Result<File, StoreError> {
        let path = self.path.join(name);
        platform::open_read(&path).map_err(io_error("open", &path))
    }

    /// Removes the files of one of its folders whose writer no longer runs. Each is named after the number
    /// of its writer's process, which keeps it open.
    #[cfg(feature = "aws")]
    pub(crate) fn remove_abandoned(&self, folder: &str) {
        for name in self.names(folder) {
            let path = self.path.join(folder).join(&name);
            let writer = name.parse();
            if writer.is_ok_and(|writer| platform::is_abandoned(&path, writer)) {
                let _ = remove(&path);
            }
        }
    }

    /// Removes the lock of `name`, unless a process holds it.
    #[cfg(feature = "aws")]
    pub(crate) fn remove_lock(&self, name: &str) {
        remove_free_lock(&self.path.join(name).with_added_extension("lock"));
    }

    /// The names of the files in one of its folders, sorted, without locks and leftovers.
    #[cfg(feature = "aws")]
    pub(crate) fn names(&self, folder: &str) -> Vec<String> {
        self.files(folder, "")
    }

    /// The names in one of its folders with this end and no dot before it, sorted.
    pub(super) fn files(&self, folder: &str, end: &str) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.path.join(folder)) else {
            return Vec::new();
        };
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let is_kept = |name: &str| {
            name.strip_suffix(end)
                .is_some_and(|stem| !stem.contains('.'))
        };
        let mut names: Vec<_> = names.filter(|name| is_kept(name)).collect();
        names.sort_unstable();
        names
    }

    /// Waits for the lock of `name`, which is held until the file is dropped.
    pub(crate) fn lock(&self, name: &str) -> Result<File, StoreError> {
        self.lock_within(name, PATIENCE)
    }

    /// As [`Self::lock`], but gives up soon.
    pub(crate) fn lock_briefly(&self, name: &str) -> Result<File, StoreError> {
        self.lock_within(name, LITTLE_PATIENCE)
    }

    fn lock_within(&self, name: &str, limit: Duration) -> Result<File, StoreError> {
        let path = self.prepare(name)?.with_added_extension("lock");
        let told = self.told;
        let file = lock(&path, limit, &mut |holder| told(holder))?;
        atomic::remove_leftovers(&path.with_extension(""));
        Ok(file)
    }

    fn prepare(&self, name: &str) -> Result<PathBuf, StoreError> {
        let path = self.path.join(name);
        let folder = path.parent().unwrap_or(Path::new("."));
        platform::create_dirs(folder).map_err(io_error("create the folder", folder))?;
        Ok(path)
    }
}

/// The name of a vault at `path` in the state folder and in keyrings: 32 hexadecimal digits.
pub(crate) fn file_stem_of(path: &Path) -> String {
    let hash = Sha256::digest(path.as_os_str().as_encoded_bytes());
    HEXLOWER.encode(&hash[..16])
}

#[cfg(all(test, feature = "aws"))]
mod tests {
    use super::*;

    #[test]
    fn files_are_abandoned_when_their_writer_has_ended() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateDir::new(folder.path().to_owned());
        // The first process of a Unix system always runs. No process has the last number.
        let (running, ended) = ("1", u32::MAX.to_string());
        for name in [running, &ended, "other"] {
            state.write(&format!("exec/{name}"), b"text").unwrap();
        }
        let open = state.open("exec/1").unwrap();
        state.remove_abandoned("exec");
        assert_eq!(state.names("exec"), [running, "other"]);
        drop(open);
        state.remove_abandoned("exec");
        let is_windows = cfg!(windows);
        assert_eq!(state.names("exec").len(), if is_windows { 1 } else { 2 });
    }
}
