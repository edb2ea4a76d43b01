//! The last versions of a vault, as copies in `backups/` beside it. The newest is a copy of the current
//! vault, so that nothing is lost if another program deletes that or writes into it. A hard link would be
//! written to as well.

use std::fs;
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::atomic::{self, folder_of, io_error};
use super::error::StoreError;
use super::platform;
use super::private::{check_folder, check_owner, read_private};
use crate::vault::format::{MAX_FILE_BYTES, revision_of};

/// How many states before the current one are kept. 20 of them can be undone one by one: each undo makes
/// a new state, which must not push out the state that the last undo needs. The rest is room for damaged
/// and restored states.
pub(crate) const KEPT: usize = 50;

/// The least number of digits of the revision in a backup's name.
const REV_DIGITS: usize = 8;

#[derive(Debug, Clone)]
pub(crate) struct Backups {
    vault: PathBuf,
    folder: PathBuf,
    prefix: String,
}

#[derive(Debug, Clone)]
pub(crate) struct Backup {
    /// The revision in its name, which sorts backups. The sealed header has the true one.
    pub(crate) named_rev: u64,
    pub(crate) path: PathBuf,
    pub(crate) written: Option<SystemTime>,
}

impl Backups {
    pub(super) fn of(vault: &Path) -> Self {
        // `work.json` and `work.mfa` are two vaults, with separate backups.
        let is_usual = vault
            .extension()
            .is_some_and(|extension| extension == "json");
        let name = if is_usual {
            vault.file_stem()
        } else {
            vault.file_name()
        };
        let stem = name.unwrap_or_default().to_string_lossy();
        Self {
            vault: vault.to_path_buf(),
            folder: folder_of(vault).join("backups"),
            prefix: format!("{stem}-"),
        }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Refuses a folder in which others could add, withhold or remove backups.
    pub(super) fn check_folder(&self) -> Result<(), StoreError> {
        let Ok(link) = fs::symlink_metadata(&self.folder) else {
            return Ok(());
        };
        let access = platform::access_at(&self.folder, &link);
        check_owner(
            &self.folder,
            &access.map_err(io_error("read", &self.folder))?,
        )?;
        let metadata = fs::metadata(&self.folder).map_err(io_error("read", &self.folder))?;
        check_folder(&self.folder, &metadata)
    }

    /// All versions, sorted by name, newest first.
    pub(crate) fn list(&self) -> Vec<Backup> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let mut found: Vec<_> = entries
            .filter_map(|entry| self.parse(&entry.path()))
            .collect();
        found.sort_by(|a, b| (b.named_rev, &b.path).cmp(&(a.named_rev, &a.path)));
        found
    }

    fn parse(&self, path: &Path) -> Option<Backup> {
        let name = path.file_name()?.to_str()?;
        let rest = name.strip_prefix(&self.prefix)?.strip_suffix(".json")?;
        // `vault-00000007.json` or `vault-00000007-1.json`, but not those of a vault named `vault-2.json`.
        let (rev, number) = rest.split_once('-').unwrap_or((rest, "0"));
        let is_ours = rev.len() >= REV_DIGITS && number.len() == 1;
        let rev = rev.parse().ok().filter(|_| is_ours)?;
        let written = fs::symlink_metadata(path).and_then(|m| m.modified()).ok();
        Some(Backup {
            named_rev: rev,
            path: path.to_path_buf(),
            written,
        })
    }

    /// The vaults that a file could be a backup of, by its name and folder.
    pub(crate) fn vaults_of(backup: &Path) -> Vec<PathBuf> {
        let folder = folder_of(backup);
        let name = backup.file_name().unwrap_or_default().to_string_lossy();
        let is_in_backups = folder.file_name().is_some_and(|name| name == "backups");
        let stems = name.match_indices('-').map(|(at, _)| &name[..at]);
        let vaults = stems.flat_map(|stem| [format!("{stem}.json"), stem.to_owned()]);
        let vaults = vaults.map(|vault| folder_of(folder).join(vault));
        let is_kept = |vault: &PathBuf| is_in_backups && Self::of(vault).parse(backup).is_some();
        vaults.filter(is_kept).collect()
    }

    /// Removes temporary files that a killed [`Backup::rewrite`] left. The caller holds the lock.
    pub(super) fn remove_leftovers(&self) {
        let is_ours = |name: &str| self.parse(&self.folder.join(name)).is_some();
        atomic::remove_leftovers_in(&self.folder, is_ours);
    }

    /// The highest revision, up to `limit`, in the names of backups.
    pub(crate) fn highest_name(&self, limit: u64) -> u64 {
        let named = self.list().into_iter().map(|backup| backup.named_rev);
        named.filter(|rev| *rev <= limit).max().unwrap_or(0)
    }

    /// Makes sure that the current vault has a backup before it is replaced. `bytes` is its content, if
    /// it was read already.
    pub(super) fn keep_current(&self, bytes: Option<Vec<u8>>) -> Result<(), StoreError> {
        let bytes = bytes.or_else(|| read_private(&self.vault, MAX_FILE_BYTES).ok()?);
        let Some(bytes) = bytes else {
            return Ok(());
        };
        // Content that is not a vault is kept too: somebody may be able to repair it.
        let rev = revision_of(&bytes).unwrap_or_else(|| self.highest_name(u64::MAX));
        if self
            .list()
            .iter()
            .any(|b| b.named_rev == rev && b.holds(&bytes))
        {
            return Ok(());
        }
        let kept = self
            .put_copy(rev, &bytes)
            .or_else(|error| match error.kind() {
                // We do not make that many backups of one revision.
                ErrorKind::AlreadyExists => {
                    self.put_copy(self.highest_name(u64::MAX - 1) + 1, &bytes)
                }
                _ => Err(error),
            });
        kept.map_err(io_error("keep a backup of", &self.vault))
    }

    /// Keeps a copy of the version that was just put in place, and removes the oldest. On a failure only
    /// a backup is lost, not the vault, and the next write makes up for it.
    pub(super) fn add(&self, rev: u64, bytes: &[u8]) {
        if self.put_copy(rev, bytes).is_ok() {
            for old in self.list().into_iter().skip(KEPT + 1) {
                let _ = fs::remove_file(old.path);
            }
        }
    }

    fn put_copy(&self, rev: u64, bytes: &[u8]) -> std::io::Result<()> {
        platform::create_dirs(&self.folder)?;
        let mut result = Ok(());
        // A revision needs a second name only if an older vault was put in place before.
        for attempt in 0..8 {
            let suffix = if attempt == 0 {
                String::new()
            } else {
                format!("-{attempt}")
            };
            let name = self
                .folder
                .join(format!("{}{rev:0REV_DIGITS$}{suffix}.json", self.prefix));
            result = copy(&name, bytes);
            let is_taken = |error: &Error| error.kind() == ErrorKind::AlreadyExists;
            if !result.as_ref().is_err_and(is_taken) {
                break;
            }
        }
        result
    }
}

/// Does not replace an existing file.
fn copy(name: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if fs::symlink_metadata(name).is_ok() {
        return Err(ErrorKind::AlreadyExists.into());
    }
    let replaced = atomic::replace(name, bytes).map(drop);
    replaced.map_err(Error::other)
}

impl Backup {
    /// The content; empty if the file is gone.
    pub(crate) fn load(&self) -> Result<Vec<u8>, StoreError> {
        Ok(read_private(&self.path, MAX_FILE_BYTES)?.unwrap_or_default())
    }

    fn holds(&self, bytes: &[u8]) -> bool {
        read_private(&self.path, MAX_FILE_BYTES).is_ok_and(|own| own.as_deref() == Some(bytes))
    }

    /// Replaces the content, when the whole vault gets a new data key.
    pub(crate) fn rewrite(&self, bytes: &[u8]) -> Result<(), StoreError> {
        atomic::replace(&self.path, bytes).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vault_has_its_own_backups_and_no_others() {
        let revisions = |vault: &str, file: &str| {
            let backups = Backups::of(Path::new(vault));
            backups
                .parse(Path::new(file))
                .map(|backup| backup.named_rev)
        };
        for (vault, file, rev) in [
            ("work.json", "backups/work-00000005.json", Some(5)),
            ("work.json", "backups/work-00000005-1.json", Some(5)),
            (
                "work.json",
                "backups/work-123456789.json",
                Some(123_456_789),
            ),
            ("work.json", "backups/work-2-00000005.json", None),
            ("work-2.json", "backups/work-2-00000005.json", Some(5)),
            ("work-2.json", "backups/work-00000005.json", None),
            ("work.json", "backups/work-5.json", None),
            ("work.mfa", "backups/work-00000005.json", None),
            ("work.mfa", "backups/work.mfa-00000005.json", Some(5)),
            ("work.json", "backups/work-00000005-12.json", None),
        ] {
            assert_eq!(revisions(vault, file), rev, "{vault}: {file}");
        }
    }
}
