//! The vault on its disk: opened, changed, saved, re-keyed, trusted, restored and undone.
//!
//! Each change loads, judges and writes under the lock, in one pass: what it decides is decided by
//! the bytes that are there then. When a person has to be asked, the lock is given back first, and
//! the pass begins anew with the answer. Nothing is printed: what a person should know is a
//! [`Notice`], collected by [`Repository::take_notices`].

mod backups;
mod check;
mod create;
mod error;
mod history;
mod open;
mod save;
mod session;
mod slots;
#[cfg(test)]
mod tests;
mod trust;
mod under_lock;

use std::path::{Path, PathBuf};
use std::time::Duration;

pub(crate) use self::backups::BackupState;
pub(crate) use self::check::CheckReport;
pub(crate) use self::error::{LockedHint, OtherState, RepositoryError};
pub(crate) use self::history::Restored;
pub(crate) use self::slots::SlotChange;
pub(crate) use self::trust::Trusted;
use super::Vault;
use super::format::{DataKey, MAX_FILE_BYTES, SlotKey, revision_of};
use super::host::Notice;
use super::init::VaultInit;
use super::storage::{Backups, Observed, Seen, VaultFile, read_private};
use super::unlock::{Header, SlotKind, is_key_file, key_file_path};

/// One vault file with all that belongs to it.
pub(crate) struct Repository {
    file: VaultFile,
    /// The path as a person named it; `None` for the vault that is used when none is named.
    pub(crate) named: Option<PathBuf>,
    /// For how long a typed passphrase unlocks the vault in this session; zero for not at all.
    pub(crate) unlock_for: Duration,
    /// Data keys that were opened in this process: of the vault, and of older backups.
    keys: Vec<DataKey>,
    /// Slot keys that were used for that, each with its slot's id: they carry slots over to a new
    /// data key without asking again.
    slot_keys: Vec<([u8; 16], SlotKey)>,
    /// Commitments of data keys that nobody gave just now: they came through a public key, or from the
    /// session. Anybody may have made such a key, or a former member may still know it.
    unproven_keys: Vec<[u8; 32]>,
    /// Commitments of data keys that only the session gave: enough for codes, not for changing how the
    /// vault opens.
    session_keys: Vec<[u8; 32]>,
    /// Whether the key that the session keeps may open the vault.
    trusts_session: bool,
    /// How a new vault opens, once that was decided.
    init: Option<VaultInit>,
    notices: Vec<Notice>,
}

/// An open vault.
pub(crate) struct Open {
    /// As it stands in the file.
    pub(crate) header: Header,
    /// Opens and seals it.
    pub(crate) key: DataKey,
    /// Its accounts.
    pub(crate) vault: Vault,
}

impl Open {
    /// Takes over from a later state what must not go back when this one takes its place.
    fn go_on_from(&mut self, later: &Self) {
        self.header.rev = self.header.rev.max(later.header.rev);
        self.vault.keep_counters_of(&later.vault);
    }

    /// The revision whose accounts these are: an earlier one after an undo.
    fn stands_for(&self) -> u64 {
        let rev = self.header.rev;
        self.vault.undone_to.map_or(rev, |earlier| earlier.min(rev))
    }

    /// As it is compared with what was last seen.
    fn observed(&self) -> Observed<'_, SlotKind> {
        Observed {
            header: &self.header,
            key: &self.key,
            ancestors: &self.vault.ancestors,
        }
    }
}

/// An open vault under the lock, with what was last seen in its place.
struct Current {
    open: Open,
    seen: Seen,
}

/// What is written beside a vault, under its lock.
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
        }
    }

    /// Where the vault is, links resolved.
    pub(crate) fn path(&self) -> &Path {
        self.file.path()
    }

    /// What the person should be told about what was done so far.
    pub(crate) fn take_notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }

    /// Whether `path` belongs to the vault: itself, its key file, its lock, its journal, a backup.
    pub(crate) fn owns(&self, path: &Path) -> bool {
        let other = VaultFile::new(path, &[]);
        let (own, lock) = (self.path(), self.path().with_added_extension("lock"));
        let companions = COMPANIONS.map(|companion| companion(own));
        let mut names = companions.iter().map(PathBuf::as_path).chain([own, &lock]);
        let backups = VaultFile::new(self.file.backups().folder(), &[]);
        names.any(|name| other.is(name)) || other.path().starts_with(backups.path())
    }

    /// Whether the file at `path` is of a vault in use, whichever: a key file; a vault with a key file, a lock
    /// or backups; or the lock, the journal or a backup of one. What was only exported has none of them.
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

/// Whether a vault is in use at this path, be it damaged.
fn is_in_use(path: &Path) -> bool {
    let file = VaultFile::new(path, &[]);
    let has_backups = !file.backups().list().is_empty();
    has_backups || has_lock(path) || (is_vault(path) && is_key_file(&key_file_path(path)))
}

/// Whether there was a vault at this path, be it gone.
fn is_known(path: &Path) -> bool {
    has_lock(path) || is_key_file(&key_file_path(path))
}

fn has_lock(path: &Path) -> bool {
    VaultFile::new(&path.with_added_extension("lock"), &[]).exists()
}
