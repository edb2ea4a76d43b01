//! The vault on its disk: opened, changed, saved, re-keyed, trusted, restored and undone.
//!
//! Each change loads, judges and writes under the lock, in one pass: what it decides is decided by
//! the bytes that are there then. When a person has to be asked, the lock is given back first, and
//! the pass begins anew with the answer. Nothing is printed: what a person should know is a
//! [`Notice`], collected by [`Repository::take_notices`].

mod backups;
mod create;
mod error;
mod history;
mod open;
mod save;
mod slots;
#[cfg(test)]
mod tests;
mod trust;
mod under_lock;

use std::path::{Path, PathBuf};
use std::time::Duration;

pub(crate) use self::backups::BackupState;
pub(crate) use self::error::{LockedHint, OtherState, RepositoryError};
pub(crate) use self::history::{CheckReport, Restored};
pub(crate) use self::slots::SlotChange;
pub(crate) use self::trust::Trusted;
use super::Vault;
use super::format::{DataKey, MAX_FILE_BYTES, SlotKey, revision_of};
use super::host::{Host, Notice};
use super::init::VaultInit;
use super::storage::{Backups, Observed, Seen, VaultFile, read_private};
use super::unlock::session_key::{self, CacheError, Cached, Place};
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

    /// The data key that the session keeps for this path, whether it still fits or not.
    pub(crate) fn cached_key(&self, host: &dyn Host) -> Option<Cached> {
        session_key::get(self.path(), host.now())
    }

    /// Keeps the key of an open vault for this session; gives the place and the Unix time at which it
    /// expires, or nothing for no time at all.
    ///
    /// # Errors
    /// [`CacheError`]: the session cannot keep a key.
    pub(crate) fn cache_key(
        &self,
        host: &dyn Host,
        key: &DataKey,
        time: Duration,
    ) -> Result<Option<(Place, u64)>, CacheError> {
        if time.is_zero() {
            return Ok(None);
        }
        session_key::put(self.path(), key, host.now(), time).map(Some)
    }

    /// Forgets the key that the session keeps; tells whether there was one.
    ///
    /// # Errors
    /// [`CacheError`]: it is still there.
    pub(crate) fn forget_cached_key(&mut self) -> Result<bool, CacheError> {
        self.keys.clear();
        session_key::forget(self.path())
    }

    /// Keeps a key whose passphrase was typed. Where the session cannot, the passphrase is asked for
    /// again, which is no error.
    fn cache_typed(&mut self, host: &dyn Host, key: &DataKey) {
        let cached = self.cached_key(host);
        let is_kept = cached.is_some_and(|cached| cached.key.matches(&key.commitment()));
        // Asked again for a change of the keys: the time that was chosen for the session stays.
        if is_kept && !self.trusts_session {
            return;
        }
        if let Ok(Some((_, until))) = self.cache_key(host, key, self.unlock_for) {
            self.notices.push(Notice::UnlockedUntil(until));
        }
    }

    /// Keeps the key of the vault as it stands for this session, after its new passphrase was typed.
    pub(crate) fn cache_after_change(&mut self, host: &dyn Host) {
        let header = self.load().ok().flatten().map(|envelope| envelope.header);
        let is_current =
            |key: &&DataKey| header.as_ref().is_some_and(|h| key.matches(&h.key_commit));
        if let Some(key) = self.keys.iter().find(is_current).cloned() {
            self.cache_typed(host, &key);
        }
    }

    /// Puts a new data key in the place of the cached one, for what is left of its time.
    fn replace_cached(&self, host: &dyn Host, key: &DataKey) {
        if let Some(cached) = self.cached_key(host) {
            let left = cached.until.saturating_sub(host.now());
            // The old key opens nothing any more: without the new one, the passphrase is asked for.
            let _ = self.cache_key(host, key, Duration::from_secs(left));
        }
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
