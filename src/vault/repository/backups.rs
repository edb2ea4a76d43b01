//! Backups, identified by their sealed headers.
//!
//! The number in a file's name only sorts the files. If it is not the revision in the header, somebody
//! else put the file there. Such a backup is listed and can be restored, but nothing relies on it.

use std::path::PathBuf;
use std::time::SystemTime;

use super::{Open, Repository, RepositoryError};
use crate::vault::format::VaultId;
use crate::vault::host::Host;
use crate::vault::storage::{Backup, StoreError};
use crate::vault::unlock::Envelope;

/// A backup in the list of backups.
pub(crate) struct BackupState {
    /// Its revision, or the one in its name if it cannot be read.
    pub(crate) rev: u64,
    /// Path of the backup.
    pub(crate) path: PathBuf,
    /// When the file was written.
    pub(crate) written: Option<SystemTime>,
    /// Whether it can be read.
    pub(crate) is_good: bool,
    /// Whether it equals the current vault.
    pub(crate) is_current: bool,
    /// Number of accounts, if the backup opens without a prompt.
    pub(crate) accounts: Option<usize>,
}

/// Reads and parses a backup, without opening it.
pub(super) fn read_backup(backup: &Backup) -> Result<Envelope, StoreError> {
    let bytes = backup.load()?;
    let path = backup.path.clone();
    Envelope::parse(&bytes).map_err(|source| StoreError::Format { path, source })
}

impl Repository {
    /// Readable backups below revision `end`, newest first, whose names match their headers. Each is read
    /// only when it is needed.
    pub(super) fn kept_below(&self, end: u64) -> impl Iterator<Item = Envelope> + use<> {
        let listed = self.file.backups().list().into_iter();
        let below = listed.filter(move |backup| backup.named_rev < end);
        below.filter_map(|backup| {
            let envelope = read_backup(&backup).ok()?;
            (envelope.header.rev == backup.named_rev).then_some(envelope)
        })
    }

    /// The newest backup of a vault that opens with the keys at hand, without a prompt.
    pub(super) fn newest_kept(&mut self, host: &dyn Host, vault_id: &VaultId) -> Option<Open> {
        let mut kept = self.kept_below(u64::MAX);
        kept.find_map(|envelope| {
            let is_ours = envelope.header.vault_id == *vault_id;
            let open = is_ours.then(|| self.open_quietly(host, envelope))??;
            self.is_vouched_for(host, &open, None).then_some(open)
        })
    }

    /// Whether somebody who can open the vault made this open backup. It does if it has the vault's data
    /// key, or the user unlocked it. Without an open vault, the state last seen decides.
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

    /// The backup with this revision in its header, preferably one of this vault.
    pub(super) fn kept_as(
        &self,
        rev: u64,
        vault_id: Option<&VaultId>,
    ) -> Result<Envelope, RepositoryError> {
        let mut listed = self.file.backups().list();
        // Tries matching names first, so that other files are rarely read.
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

    /// Lists the backups, newest first, without a prompt.
    pub(crate) fn backups(&mut self, host: &mut dyn Host) -> Vec<BackupState> {
        let current = self.load().ok().flatten();
        if let Some(envelope) = &current {
            self.unlock_without_asking(host, &envelope.header);
        }
        self.listed(host, current.as_ref())
    }

    /// Like [`Repository::backups`], but opens them only with what the machine has, for completions.
    pub(crate) fn backups_without_asking(&mut self, host: &dyn Host) -> Vec<BackupState> {
        let current = self.load().ok().flatten();
        self.listed(host, current.as_ref())
    }

    fn listed(&mut self, host: &dyn Host, current: Option<&Envelope>) -> Vec<BackupState> {
        let listed = self.file.backups().list().into_iter();
        let states = listed.map(|backup| {
            let envelope = read_backup(&backup).ok();
            let rev = envelope.as_ref().map(|envelope| envelope.header.rev);
            let is_good = envelope.is_some();
            let is_current = is_good && envelope.as_ref() == current;
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

    /// The number of backups.
    pub(crate) fn count_backups(&self) -> usize {
        self.file.backups().list().len()
    }
}
