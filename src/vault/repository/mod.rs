//! The vault on disk: opens, changes, saves, re-keys, trusts, restores and undoes.
//!
//! Each change reads, decides and writes in one pass under the lock, so that it decides by the current
//! content. If the user must be asked, the lock is released first, and the pass starts again with the
//! answer. Nothing is printed: messages for the user are [`Notice`]s, which
//! [`Repository::take_notices`] returns.

mod backups;
mod check;
mod create;
mod error;
mod exposed;
mod history;
mod open;
mod save;
mod session;
mod slots;
mod sync;
#[cfg(test)]
mod tests;
mod trust;
mod under_lock;
mod unlocking;

use std::path::{Path, PathBuf};
use std::time::Duration;

pub(crate) use self::backups::BackupState;
pub(crate) use self::check::CheckReport;
pub(crate) use self::error::{LockedHint, OtherState, RepositoryError};
pub(crate) use self::history::Restored;
pub(crate) use self::save::device as device_id;
pub(crate) use self::slots::SlotChange;
pub(crate) use self::sync::{OwnSlot, portable};
pub(crate) use self::trust::Trusted;
use super::Vault;
use super::format::{DataKey, MAX_FILE_BYTES, SlotKey, revision_of};
use super::host::Notice;
use super::init::VaultInit;
use super::replica::ReplicaError;
use super::storage::{Backups, Observed, Seen, VaultFile, read_private};
use super::unlock::{Header, SlotKind, is_key_file, key_file_path};

/// One vault file with its companion files.
pub(crate) struct Repository {
    file: VaultFile,
    /// The path as the user named it; `None` for the default vault.
    pub(crate) named: Option<PathBuf>,
    /// How long a typed passphrase unlocks the vault in this session; zero turns that off.
    pub(crate) unlock_for: Duration,
    /// Data keys that this process opened, of the vault and of older backups.
    keys: Vec<DataKey>,
    /// Slot keys that opened a slot, each with the slot's id. They wrap a new data key without another
    /// prompt.
    slot_keys: Vec<([u8; 16], SlotKey)>,
    /// Commitments of data keys that came through a public key or from the session. Anybody may have made
    /// such a key, or a former member may still know it.
    unproven_keys: Vec<[u8; 32]>,
    /// Commitments of data keys that came only from the session. They are enough for codes, but not for
    /// changing how the vault opens.
    session_keys: Vec<[u8; 32]>,
    /// Whether the cached key of the session may open the vault.
    trusts_session: bool,
    /// How a new vault opens, once that is decided.
    init: Option<VaultInit>,
    notices: Vec<Notice>,
    /// Whether the last save of this process survives a power loss.
    is_durable: bool,
    /// Whether this process saved the vault.
    has_saved: bool,
}

/// An open vault in memory.
pub(crate) struct Open {
    /// The header in the file.
    pub(crate) header: Header,
    /// The key that opens and seals the vault.
    pub(crate) key: DataKey,
    /// Accounts and unusable entries.
    pub(crate) vault: Vault,
}

impl Open {
    /// The data keys that open commits of this vault: its own, and earlier ones that it remembers.
    ///
    /// # Errors
    /// [`ReplicaError`] if a newer version wrote them.
    pub(crate) fn keys(&self) -> Result<Vec<DataKey>, ReplicaError> {
        let mut keys = vec![self.key.clone()];
        keys.extend(self.vault.former_keys()?);
        Ok(keys)
    }

    /// Takes over from a later state what must not go back: the revision and the counters.
    fn go_on_from(&mut self, later: &Self) {
        self.header.rev = self.header.rev.max(later.header.rev);
        self.vault.keep_counters_of(&later.vault);
    }

    /// The revision to which these accounts belong: an earlier one after an undo.
    fn stands_for(&self) -> u64 {
        let rev = self.header.rev;
        self.vault.undone_to.map_or(rev, |earlier| earlier.min(rev))
    }

    /// What is compared with the state last seen.
    fn observed(&self) -> Observed<'_, SlotKind> {
        Observed {
            header: &self.header,
            key: &self.key,
            ancestors: &self.vault.ancestors,
        }
    }
}

/// An open vault under the lock, and what was last seen at its path.
struct Current {
    open: Open,
    seen: Seen,
    /// A vault that syncs, before it was changed: the next save stamps the differences.
    before: Option<Vault>,
}

/// Files that are written beside a vault, under its lock.
const COMPANIONS: [fn(&Path) -> PathBuf; 2] = [key_file_path, save::rekey_journal];

impl Repository {
    /// The vault at `path`, which need not exist. A symbolic link is resolved once.
    pub(crate) fn new(path: &Path, unlock_for: Duration) -> Self {
        Self {
            file: VaultFile::new(path, &COMPANIONS),
            named: None,
            unlock_for,
            keys: Vec::new(),
            slot_keys: Vec::new(),
            unproven_keys: Vec::new(),
            session_keys: Vec::new(),
            trusts_session: true,
            init: None,
            notices: Vec::new(),
            is_durable: true,
            has_saved: false,
        }
    }

    /// Whether all that this process saved survives a power loss, as far as the system tells.
    #[cfg(feature = "aws")]
    pub(crate) const fn is_durable(&self) -> bool {
        self.is_durable
    }

    /// Whether this process saved the vault.
    pub(crate) const fn has_saved(&self) -> bool {
        self.has_saved
    }

    /// Path of the vault, with links resolved.
    pub(crate) fn path(&self) -> &Path {
        self.file.path()
    }

    /// Returns the messages for the user and clears them.
    pub(crate) fn take_notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }

    /// Whether `path` is the vault, its key file, its lock, its journal or one of its backups.
    pub(crate) fn owns(&self, path: &Path) -> bool {
        let other = VaultFile::new(path, &[]);
        let (own, lock) = (self.path(), self.path().with_added_extension("lock"));
        let companions = COMPANIONS.map(|companion| companion(own));
        let mut names = companions.iter().map(PathBuf::as_path).chain([own, &lock]);
        let backups = VaultFile::new(self.file.backups().folder(), &[]);
        names.any(|name| other.is(name)) || other.path().starts_with(backups.path())
    }

    /// Whether `path` belongs to any vault in use: as its file, key file, lock, journal or backup. An
    /// exported vault is not in use: it has no key file, lock or backups.
    pub(crate) fn is_of_some_vault(path: &Path) -> bool {
        let file = VaultFile::new(path, &[]);
        let path = file.path();
        let ends = |end: &str| path.extension().is_some_and(|extension| extension == end);
        let beside = (ends("lock") || ends("rekey")).then(|| path.with_extension(""));
        let mut kept_of = Backups::vaults_of(path).into_iter();
        file.exists()
            && (is_key_file(path)
                || is_in_use(path)
                || beside.is_some_and(|vault| is_vault(&vault))
                || kept_of.any(|vault| is_vault(&vault) || is_known(&vault)))
    }
}

fn is_vault(path: &Path) -> bool {
    let bytes = read_private(path, MAX_FILE_BYTES).ok().flatten();
    bytes.is_some_and(|bytes| revision_of(&bytes).is_some())
}

/// Whether a vault is in use at this path, even if it is damaged.
fn is_in_use(path: &Path) -> bool {
    let file = VaultFile::new(path, &[]);
    let has_backups = !file.backups().list().is_empty();
    has_backups || has_lock(path) || (is_vault(path) && is_key_file(&key_file_path(path)))
}

/// Whether there was a vault at this path, even if it is gone.
fn is_known(path: &Path) -> bool {
    has_lock(path) || is_key_file(&key_file_path(path))
}

fn has_lock(path: &Path) -> bool {
    VaultFile::new(&path.with_added_extension("lock"), &[]).exists()
}
