//! A folder: on a disk that machines share, or one that Dropbox, Syncthing or git copies between them.
//!
//! Each device writes files of its own, so two machines that are offline never write the same one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use super::{KEPT, Naming, Put, Remote, RemoteError};
use crate::sync::commit::{MAX_COMMIT_BYTES, Name, ROOT};
use crate::vault::storage::{Durability, SharedFile, SharedFolder, StoreError};

/// The digits and the device in a commit's name.
const NAME_CHARS: usize = 21;
/// Ends of files that a program is still copying.
const PARTIAL: [&str; 5] = [".tmp", ".part", ".partial", ".crdownload", ".download"];
/// A temporary file of this program that is older was left by a killed one, on any machine.
const LEFTOVER_SECONDS: u64 = 24 * 60 * 60;

/// A folder that keeps commits.
#[derive(Debug)]
pub(crate) struct Folder {
    files: SharedFolder,
    /// Whether it was just chosen, so that it may have no commits yet.
    is_new: bool,
    conflict_copies: Vec<String>,
}

impl Folder {
    /// The folder of a vault that syncs already. If it is missing, its disk is not mounted: it is never
    /// created.
    pub(crate) fn new(path: PathBuf) -> Self {
        Self {
            files: SharedFolder::new(path),
            is_new: false,
            conflict_copies: Vec::new(),
        }
    }

    /// A folder that was just chosen for a vault. Creates it if it is missing.
    ///
    /// # Errors
    /// [`RemoteError`] if it cannot be created.
    pub(crate) fn create(path: PathBuf) -> Result<Self, RemoteError> {
        let mut folder = Self::new(path);
        folder.files.create().map_err(|error| refused(&error))?;
        folder.is_new = true;
        Ok(folder)
    }

    /// Where the folder is.
    pub(crate) fn path(&self) -> &Path {
        self.files.path()
    }

    fn check(&self) -> Result<(), RemoteError> {
        if self.files.is_there().map_err(|error| refused(&error))? {
            return Ok(());
        }
        let path = self.path().display();
        Err(RemoteError::Unreached(format!(
            "the folder {path} is missing; is its disk mounted?"
        )))
    }

    /// The names below all folders of vaults, or below one of them.
    fn names_below(&mut self, prefix: &str) -> Result<Vec<String>, RemoteError> {
        let root = ROOT.trim_end_matches('/');
        let Some(top) = self.files.entries(root).map_err(|error| failed(&error))? else {
            return self.nothing_in(root);
        };
        let folders = top.folders.iter().map(|vault| format!("{root}/{vault}/"));
        let folders: Vec<_> = folders
            .filter(|folder| folder.starts_with(prefix))
            .collect();
        if folders.is_empty() && prefix != ROOT {
            return self.nothing_in(prefix.trim_end_matches('/'));
        }
        let mut names = Vec::new();
        for folder in folders {
            let entries = self
                .files
                .entries(&folder)
                .map_err(|error| failed(&error))?;
            for file in entries.unwrap_or_default().files {
                if let Some(name) = self.sort_out(&folder, file)? {
                    names.push(name);
                }
            }
        }
        names.sort_unstable();
        self.conflict_copies.sort_unstable();
        Ok(names)
    }

    /// The full name of a commit; `None` for other files.
    fn sort_out(&mut self, folder: &str, file: SharedFile) -> Result<Option<String>, RemoteError> {
        let name = file.name;
        if Name::parse(&name).is_some_and(|name| name.device.is_some()) {
            return Ok(Some(format!("{folder}{name}")));
        }
        if let Some(name) = placeholder_of(&name) {
            return Err(RemoteError::Unreached(format!(
                "iCloud has not downloaded {folder}{name} to this machine"
            )));
        }
        if is_conflict_copy(&name) {
            self.conflict_copies.push(format!("{folder}{name}"));
        }
        Ok(None)
    }

    /// A vault that syncs has commits: if their folder is missing, another disk is in its place.
    fn nothing_in(&self, folder: &str) -> Result<Vec<String>, RemoteError> {
        if self.is_new {
            return Ok(Vec::new());
        }
        let path = self.path().join(folder);
        Err(RemoteError::Unreached(format!(
            "the folder {} is missing; is its disk mounted, and copied completely?",
            path.display()
        )))
    }
}

impl Remote for Folder {
    fn list(&mut self, prefix: &str, after: Option<&str>) -> Result<Vec<String>, RemoteError> {
        self.check()?;
        self.conflict_copies.clear();
        let mut names = self.names_below(prefix)?;
        names.retain(|name| after.is_none_or(|after| name.as_str() > after));
        Ok(names)
    }

    fn get(&mut self, name: &str) -> Result<Option<Vec<u8>>, RemoteError> {
        self.check()?;
        let read = self.files.read(name, MAX_COMMIT_BYTES);
        read.map_err(|error| failed(&error))
    }

    fn put_new(&mut self, name: &str, bytes: &[u8]) -> Result<Put, RemoteError> {
        self.check()?;
        let written = self.files.write_new(name, bytes);
        match written.map_err(|error| failed(&error))? {
            Some(Durability::Durable) => Ok(Put::Created),
            Some(Durability::Unknown(why)) => Err(RemoteError::Lost(format!(
                "{} was written, but the disk did not confirm it: {why}",
                self.path().join(name).display()
            ))),
            None => Ok(Put::Exists),
        }
    }

    fn naming(&self) -> Naming {
        Naming::PerDevice
    }

    fn conflict_copies(&self) -> &[String] {
        &self.conflict_copies
    }

    fn prune(&mut self, prefix: &str, before: u64) -> Result<usize, RemoteError> {
        self.check()?;
        let entries = self.files.entries(prefix).map_err(|error| failed(&error))?;
        let files = entries.unwrap_or_default().files;
        for old in too_old(&files, before) {
            let removed = self.files.remove(&format!("{prefix}{old}"));
            removed.map_err(|error| failed(&error))?;
        }
        Ok(too_old(&files, before).len())
    }
}

/// The commits that may go, and temporary files that nobody will complete.
fn too_old(files: &[SharedFile], before: u64) -> Vec<&str> {
    let written = |file: &SharedFile| {
        let age = file.written?.duration_since(UNIX_EPOCH).ok()?;
        Some(age.as_secs())
    };
    let mut streams: BTreeMap<String, Vec<(Name, &SharedFile)>> = BTreeMap::new();
    let mut old = Vec::new();
    for file in files {
        if let Some(name) = Name::parse(&file.name) {
            streams.entry(name.stream()).or_default().push((name, file));
        } else if SharedFolder::is_temporary(&file.name)
            && written(file).is_some_and(|at| at.saturating_add(LEFTOVER_SECONDS) < before)
        {
            old.push(file.name.as_str());
        }
    }
    for commits in streams.values_mut() {
        commits.sort_unstable_by_key(|(name, _)| std::cmp::Reverse(*name));
        let rest = commits.iter().skip(KEPT);
        let rest = rest.filter(|(_, file)| written(file).is_some_and(|at| at < before));
        old.extend(rest.map(|(_, file)| file.name.as_str()));
    }
    old
}

/// The commit that iCloud's placeholder `.NAME.icloud` stands for.
fn placeholder_of(name: &str) -> Option<Name> {
    Name::parse(name.strip_prefix('.')?.strip_suffix(".icloud")?)
}

/// Whether a file is a copy that Dropbox, Syncthing, `OneDrive` or a person made of a commit: its name, and
/// something more.
fn is_conflict_copy(name: &str) -> bool {
    let is_partial = PARTIAL.iter().any(|end| name.ends_with(end));
    let commit = name.get(..NAME_CHARS).and_then(Name::parse);
    commit.is_some() && !is_partial
}

/// The folder itself cannot be used.
fn refused(error: &StoreError) -> RemoteError {
    RemoteError::Refused(error.to_string())
}

fn failed(error: &StoreError) -> RemoteError {
    RemoteError::Unreached(error.to_string())
}

#[cfg(test)]
mod tests;
