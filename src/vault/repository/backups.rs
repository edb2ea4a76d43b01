//! The backups, by what their sealed headers say.
//!
//! The number in a file's name only orders the files. One that is not the revision in the header was put
//! there by somebody else: such a backup is listed and can be restored, but nothing follows from it.

use std::path::PathBuf;
use std::time::SystemTime;

use super::{Open, Repository, RepositoryError};
use crate::vault::format::VaultId;
use crate::vault::host::Host;
use crate::vault::storage::{Backup, StoreError};
use crate::vault::unlock::Envelope;

/// A backup as it lies there.
pub(crate) struct BackupState {
    /// Its revision; that in its name where it cannot be read.
    pub(crate) rev: u64,
    /// Its file.
    pub(crate) path: PathBuf,
    /// When it was written.
    pub(crate) written: Option<SystemTime>,
    /// Whether it can be read.
    pub(crate) is_good: bool,
    /// Whether it is the vault as it stands.
    pub(crate) is_current: bool,
    /// How many accounts it has, where it opens without asking anybody.
    pub(crate) accounts: Option<usize>,
}

/// Reads and parses a backup.
///
/// # Errors
/// [`StoreError`].
pub(super) fn read_backup(backup: &Backup) -> Result<Envelope, StoreError> {
    let bytes = backup.load()?;
    let path = backup.path.clone();
    Envelope::parse(&bytes).map_err(|source| StoreError::Format { path, source })
}

impl Repository {
    /// The backups that can be read and are what they are named, newest revision first. Each is read
    /// when its turn comes.
    pub(super) fn kept_below(&self, end: u64) -> impl Iterator<Item = Envelope> + use<> {
        let listed = self.file.backups().list().into_iter();
        let below = listed.filter(move |backup| backup.named_rev < end);
        below.filter_map(|backup| {
            let envelope = read_backup(&backup).ok()?;
            (envelope.header.rev == backup.named_rev).then_some(envelope)
        })
    }

    /// The newest backup of a vault that opens with a key at hand. Asks nobody.
    pub(super) fn newest_kept(&mut self, host: &dyn Host, vault_id: &VaultId) -> Option<Open> {
        let mut kept = self.kept_below(u64::MAX);
        kept.find_map(|envelope| {
            let is_ours = envelope.header.vault_id == *vault_id;
            let open = is_ours.then(|| self.open_quietly(host, envelope))??;
            self.is_vouched_for(host, &open, None).then_some(open)
        })
    }

    /// Whether a backup that opens was made by those who can open the vault. It has the vault's own data
    /// key, or a person gave what opens it. Without an open vault, what was last seen decides.
    pub(super) fn is_vouched_for(
        &self,
        host: &dyn Host,
        backup: &Open,
        current: Option<&Open>,
    ) -> bool {
        let commitment = &backup.header.key_commit;
        let is_current = |current: &Open| current.key.matches(commitment);
        if current.is_some_and(is_current) || !self.unproven_keys.contains(commitment) {
            return true;
        }
        current.is_none() && self.seen(host).vouches_for(backup.observed())
    }

    /// The backup whose header says this revision; of this vault, where another vault has one too.
    pub(super) fn kept_as(
        &self,
        rev: u64,
        vault_id: Option<&VaultId>,
    ) -> Result<Envelope, RepositoryError> {
        let mut listed = self.file.backups().list();
        // Those of that name first, so that the others are seldom read.
        listed.sort_by_key(|backup| backup.named_rev != rev);
        let readable = listed.into_iter().filter_map(|b| read_backup(&b).ok());
        let mut other = None;
        for envelope in readable.filter(|envelope| envelope.header.rev == rev) {
            if vault_id.is_none_or(|id| *id == envelope.header.vault_id) {
                return Ok(envelope);
            }
            other.get_or_insert(envelope);
        }
        other.ok_or(RepositoryError::NoBackup(rev))
    }

    /// The backups, newest first. Asks nobody.
    pub(crate) fn backups(&mut self, host: &mut dyn Host) -> Vec<BackupState> {
        let current = self.load().ok().flatten();
        if let Some(envelope) = &current {
            self.unlock_without_asking(host, &envelope.header);
        }
        let listed = self.file.backups().list().into_iter();
        let states = listed.map(|backup| {
            let envelope = read_backup(&backup).ok();
            let rev = envelope.as_ref().map(|envelope| envelope.header.rev);
            let is_good = envelope.is_some();
            let is_current = is_good && envelope == current;
            let open = envelope.and_then(|envelope| self.open_quietly(host, envelope));
            BackupState {
                rev: rev.unwrap_or(backup.named_rev),
                path: backup.path,
                written: backup.written,
                is_good,
                is_current,
                accounts: open.map(|open| open.vault.accounts.len()),
            }
        });
        let mut states: Vec<_> = states.collect();
        states.sort_by_key(|state| std::cmp::Reverse(state.rev));
        states
    }

    /// How many backups there are.
    pub(crate) fn count_backups(&self) -> usize {
        self.file.backups().list().len()
    }
}
