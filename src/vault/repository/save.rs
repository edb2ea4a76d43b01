//! Saves the next revision, seals backups with a new data key, and remembers the state.

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::backups::read_backup;
use super::under_lock::Pause;
use super::{Current, Open, Repository, RepositoryError};
use crate::vault::format::{DataKey, MAX_FILE_BYTES, document, random_array, seal};
use crate::vault::host::{Host, Notice};
use crate::vault::replica::record;
use crate::vault::storage::{
    Durability, LockedFile, Seen, StoreError, read_private, remove, replace_private,
};
use crate::vault::unlock::{Envelope, Header, KeyFile, SlotKind, remove_key_file};
use crate::vault::{Ancestor, Vault};

/// A machine that missed more changes of the data key must trust the vault again.
const MAX_ANCESTORS: usize = 64;

/// The highest revision in a backup's name that the vault continues from.
const MAX_NAMED_REV: u64 = u64::MAX / 2;

/// Path of the journal. It has the old data key, sealed with the new one, until all backups are
/// sealed again.
pub(super) fn rekey_journal(vault: &Path) -> PathBuf {
    vault.with_added_extension("rekey")
}

impl Repository {
    /// Changes the accounts, and creates the vault if there is none. Writes nothing if `change` fails or
    /// changes nothing.
    ///
    /// # Errors
    /// If the vault cannot be opened or written, or `change` fails.
    pub(crate) fn change<T, E: From<RepositoryError>>(
        &mut self,
        host: &mut dyn Host,
        change: impl FnOnce(&mut Vault) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut change = Some(change);
        self.under_lock(host, |own, host, file| {
            let (current, is_new) = own.current_or_new(host, file)?;
            own.apply(host, file, current, is_new, &mut change)
        })
    }

    /// Like [`Repository::change`], but creates no vault. Without a default vault, `change` gets no
    /// accounts, so that its own error comes first.
    pub(crate) fn change_existing<T, E: From<RepositoryError>>(
        &mut self,
        host: &mut dyn Host,
        change: impl FnOnce(&mut Vault) -> Result<T, E>,
    ) -> Result<T, E> {
        if !self.exists()? {
            if self.named.is_none() {
                change(&mut Vault::default())?;
            }
            return Err(self.no_vault().into());
        }
        let mut change = Some(change);
        self.under_lock(host, |own, host, file| {
            let current = own.current_trusted(host, file)?;
            own.apply(host, file, current, false, &mut change)
        })
    }

    fn apply<T, E: From<RepositoryError>, F: FnOnce(&mut Vault) -> Result<T, E>>(
        &mut self,
        host: &mut dyn Host,
        file: &mut LockedFile,
        mut current: Current,
        is_new: bool,
        change: &mut Option<F>,
    ) -> Result<T, Pause<E>> {
        let before = current.open.vault.clone();
        // It can run only once. Whatever follows ends the pass for good.
        let change = change.take().ok_or(RepositoryError::KeepsChanging)?;
        let result = change(&mut current.open.vault).map_err(Pause::Failed)?;
        if is_new || before != current.open.vault {
            self.save(host, file, &mut current)?;
        }
        Ok(result)
    }

    /// Seals and writes the vault as the next revision.
    ///
    /// # Errors
    /// If it cannot be written. The old vault is then still in place.
    pub(super) fn save(
        &mut self,
        host: &mut dyn Host,
        file: &mut LockedFile,
        current: &mut Current,
    ) -> Result<Durability, RepositoryError> {
        let Current { open, seen, before } = current;
        open.header.rev = self.next_rev(&open.header, seen)?;
        open.header.device = device(host)?;
        if let Some(before) = before.take() {
            record(&before, &mut open.vault, &open.header.device, host.now())?;
        }
        let plaintext = document::write(&open.vault).map_err(RepositoryError::Document)?;
        let envelope = seal::seal(open.header.clone(), &open.key, &plaintext, host)?;
        let opens = |bytes: &[u8]| {
            let read = Envelope::parse(bytes).ok();
            read.and_then(|envelope| seal::open(envelope, &open.key).ok())
                .is_some_and(|back| back == plaintext)
        };
        let durability = file.commit(open.header.rev, &envelope.to_json(), &opens)?;
        self.is_durable = durability == Durability::Durable;
        self.has_saved = true;
        match &durability {
            Durability::Durable => {
                if let Err(error) = self.remember_anew(host, open) {
                    let why = error.to_string();
                    self.notices.push(Notice::NotRemembered(why));
                }
            }
            Durability::Unknown(why) => {
                self.notices.push(Notice::DurabilityUnknown(why.clone()));
            }
        }
        Ok(durability)
    }

    /// The next revision, above all that were seen or kept here: revisions never repeat, and a new backup
    /// is never the oldest. Numbers in names count too, up to [`MAX_NAMED_REV`].
    fn next_rev(&self, header: &Header, seen: &Seen) -> Result<u64, RepositoryError> {
        let kept = self.file.backups().highest_name(MAX_NAMED_REV);
        let highest = header.rev.max(seen.highest_rev()).max(kept);
        highest
            .checked_add(1)
            .ok_or(RepositoryError::NoRevisionLeft)
    }

    /// Whether there are backups with a higher revision in their names.
    pub(super) fn is_below_backups(&self, header: &Header) -> bool {
        header.rev < self.file.backups().highest_name(MAX_NAMED_REV)
    }

    /// Remembers the state of the vault, whatever was remembered before. The caller holds the lock, so
    /// nobody can have seen a later state.
    pub(super) fn remember_anew(&self, host: &dyn Host, open: &Open) -> Result<(), StoreError> {
        let (state, names) = (host.state(), self.file.names());
        let _turn = Seen::lock(state, names)?;
        Seen::save(state, names, open.observed())
    }

    /// Writes the vault and its backups with a new data key, so that removed slots open none of them. If
    /// interrupted, the next write continues with the backups.
    pub(super) fn save_rekeyed(
        &mut self,
        host: &mut dyn Host,
        file: &mut LockedFile,
        current: &mut Current,
        old: &OldKey,
    ) -> Result<Durability, RepositoryError> {
        let Open { header, key, vault } = &mut current.open;
        let proof = old.key.descent_proof(&header.vault_id);
        let epoch = old.epoch;
        let ancestor = Ancestor { epoch, proof };
        if !vault.ancestors.contains(&ancestor) {
            vault.ancestors.push(ancestor);
        }
        vault.keep_former_key(&old.key)?;
        let surplus = vault.ancestors.len().saturating_sub(MAX_ANCESTORS);
        vault.ancestors.drain(..surplus);
        let sealed = seal::seal(header.clone(), key, &old.to_bytes(), host)?;
        replace_private(&rekey_journal(self.path()), &sealed.to_json())?;
        let durability = self.save(host, file, current)?;
        self.replace_cached(host, &current.open.key);
        let is_resealed = self.reseal_backups(host, &current.open, old);
        // After a power loss the old vault may be back and need its key file. The next write then ends
        // this.
        if durability == Durability::Durable && is_resealed {
            self.end_rekey(&current.open.header, old)?;
        }
        Ok(durability)
    }

    /// Continues an interrupted [`Repository::save_rekeyed`].
    pub(super) fn finish_rekey(
        &mut self,
        host: &mut dyn Host,
        open: &Open,
    ) -> Result<(), RepositoryError> {
        let path = rekey_journal(self.path());
        let Some(journal) = read_private(&path, MAX_FILE_BYTES)? else {
            return Ok(());
        };
        match OldKey::read(&journal, open) {
            Some(old) if self.reseal_backups(host, open, &old) => {
                self.end_rekey(&open.header, &old)
            }
            Some(_) => Ok(()),
            // The vault that belongs to this journal was never written.
            None => Ok(remove(&path)?),
        }
    }

    /// Removes what only the old state needed: its key file, if no slot uses it now, and the journal.
    fn end_rekey(&self, header: &Header, old: &OldKey) -> Result<(), RepositoryError> {
        if old.had_key_file && !has_key_file(header) {
            remove_key_file(self.path())?;
        }
        Ok(remove(&rekey_journal(self.path()))?)
    }

    /// Seals the backups with the vault's own key. Adds a notice for each that fails, since removed slots
    /// still open it. Returns `false` if another try may help.
    fn reseal_backups(&mut self, host: &mut dyn Host, open: &Open, old: &OldKey) -> bool {
        let mut is_finished = true;
        for backup in self.file.backups().list() {
            let (rev, failed) = match read_backup(&backup) {
                // Not a vault, so no slot opens it.
                Err(StoreError::Format { .. }) => continue,
                Err(error) => (backup.named_rev, Some(error.to_string())),
                Ok(envelope) if envelope.header.vault_id != open.header.vault_id => continue,
                Ok(envelope) if open.key.matches(&envelope.header.key_commit) => continue,
                Ok(envelope) => {
                    let rev = envelope.header.rev;
                    match self.reseal(host, open, old, envelope) {
                        Err(why) => {
                            self.notices.push(Notice::BackupNotResealed { rev, why });
                            continue;
                        }
                        Ok(bytes) => (rev, backup.rewrite(&bytes).err().map(|e| e.to_string())),
                    }
                }
            };
            if let Some(why) = failed {
                is_finished = false;
                self.notices.push(Notice::BackupNotResealed { rev, why });
            }
        }
        is_finished
    }

    /// The backup sealed with the vault's own key, or why that failed.
    fn reseal(
        &self,
        host: &mut dyn Host,
        open: &Open,
        old: &OldKey,
        envelope: Envelope,
    ) -> Result<Vec<u8>, String> {
        // A person who lost access may have made a backup with another key. Sealed again, it would look
        // like the vault's own.
        if !old.key.matches(&envelope.header.key_commit) {
            return Err("it was not made with the last key of the vault".to_owned());
        }
        let header = Header {
            rev: envelope.header.rev,
            ..open.header.clone()
        };
        let state = self.open_with(envelope, old.key.clone());
        let mut state = state.map_err(|error| error.to_string())?;
        state.vault.ancestors.clone_from(&open.vault.ancestors);
        let plaintext = document::write(&state.vault).map_err(|error| error.to_string())?;
        let sealed = seal::seal(header, &open.key, &plaintext, host);
        Ok(sealed.map_err(|error| error.to_string())?.to_json())
    }
}

/// The old data key during a re-key.
pub(super) struct OldKey {
    key: DataKey,
    /// Its generation; 0 if it was read from a journal.
    epoch: u32,
    /// Whether a key file opened the old vault. If not, that file may belong to another vault.
    had_key_file: bool,
}

impl OldKey {
    /// The data key of a vault with this header.
    pub(super) fn of(header: &Header, key: DataKey) -> Self {
        Self {
            key,
            epoch: header.epoch,
            had_key_file: has_key_file(header),
        }
    }

    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(33));
        bytes.extend_from_slice(self.key.expose_secret());
        bytes.push(u8::from(self.had_key_file));
        bytes
    }

    /// Reads it from a journal; `None` if the journal belongs to another vault or data key.
    fn read(journal: &[u8], open: &Open) -> Option<Self> {
        let envelope = Envelope::parse(journal).ok()?;
        let is_ours = envelope.header.vault_id == open.header.vault_id;
        let bytes = seal::open(envelope, &open.key).ok().filter(|_| is_ours)?;
        let (key, flag) = bytes.split_at_checked(32)?;
        let key = Zeroizing::new(<[u8; 32]>::try_from(key).ok()?);
        Some(Self {
            key: DataKey::from_bytes(*key),
            epoch: 0,
            had_key_file: flag != [0],
        })
    }
}

fn has_key_file(header: &Header) -> bool {
    let mut slots = header.slots.iter();
    slots.any(|slot| slot.kind == SlotKind::KeyFile(KeyFile))
}

/// The random id of this machine.
///
/// # Errors
/// If there are no random numbers.
pub(crate) fn device(host: &mut dyn Host) -> Result<[u8; 16], RepositoryError> {
    let stored = |host: &dyn Host| {
        let bytes = host.state().read("device").ok().flatten()?;
        <[u8; 16]>::try_from(bytes).ok()
    };
    if let Some(id) = stored(host) {
        return Ok(id);
    }
    let _turn = host.state().lock_briefly("device").ok();
    if let Some(id) = stored(host) {
        return Ok(id);
    }
    let id: [u8; 16] = random_array(host)?;
    // Without a state folder each write gets a new id, which is harmless.
    let _ = host.state().write("device", &id);
    Ok(id)
}
