//! Loads the vault, compares it with the one last seen, and opens it.

use super::error::Restore;
use super::{Open, Repository, RepositoryError};
use crate::otp::Account;
use crate::vault::Vault;
use crate::vault::format::{DataKey, FormatError, document, seal};
use crate::vault::host::{Host, Notice};
use crate::vault::storage::{Freshness, Seen, StoreError};
use crate::vault::unlock::Envelope;

impl Repository {
    /// Opens the vault; `None` if it does not exist and never did.
    ///
    /// # Errors
    /// If the vault is locked, damaged, gone, older than the one last seen, or another one.
    pub(crate) fn open(&mut self, host: &mut dyn Host) -> Result<Option<Open>, RepositoryError> {
        let Some(envelope) = self.load()? else {
            return Ok(None);
        };
        let mut open = self.open_envelope(host, envelope)?;
        loop {
            let seen = self.seen(host);
            self.note_unreadable(&seen);
            match seen.freshness(open.observed()) {
                Freshness::Same => return Ok(Some(open)),
                fresh @ (Freshness::New | Freshness::Newer) => {
                    if fresh == Freshness::New {
                        self.compare_with_other_paths(host, &open);
                    }
                    // If this fails, the next command remembers it.
                    let _ = self.remember(host, &open);
                    return Ok(Some(open));
                }
                stale @ (Freshness::Older | Freshness::Diverged | Freshness::Other) => {
                    // Another process may have changed and remembered the vault after this one
                    // read it. Then the file has changed too.
                    let again = self.load()?.filter(|now| now.header != open.header);
                    let again = again.ok_or_else(|| self.untrusted(stale))?;
                    open = self.open_envelope(host, again)?;
                }
            }
        }
    }

    /// Opens the vault. Fails like [`Repository::open`], and if there is no vault.
    pub(crate) fn open_existing(&mut self, host: &mut dyn Host) -> Result<Open, RepositoryError> {
        let open = self.open(host)?;
        open.ok_or_else(|| self.no_vault())
    }

    /// The error for a missing vault.
    pub(crate) fn no_vault(&self) -> RepositoryError {
        match &self.named {
            Some(named) => RepositoryError::NoNamedVault(named.clone()),
            None => RepositoryError::NoVault(self.path().to_path_buf()),
        }
    }

    /// All accounts, without a prompt.
    ///
    /// # Errors
    /// If the vault does not open by itself.
    pub(crate) fn accounts_without_asking(
        &mut self,
        host: &dyn Host,
    ) -> Result<Vec<Account>, RepositoryError> {
        Ok(self.vault_without_asking(host)?.accounts)
    }

    /// The whole vault, without a prompt.
    ///
    /// # Errors
    /// If the vault does not open by itself.
    pub(crate) fn vault_without_asking(
        &mut self,
        host: &dyn Host,
    ) -> Result<Vault, RepositoryError> {
        let Some(envelope) = self.load()? else {
            return Ok(Vault::default());
        };
        let key = self.key_at_hand(host, &envelope.header);
        let key = key.map_err(|_| RepositoryError::NobodyToAsk)?;
        self.open_payload(envelope, &key)
    }

    /// Reads the envelope; `None` if there is no vault and never was.
    ///
    /// # Errors
    /// If it is unreadable or damaged, or gone although its backups exist.
    pub(crate) fn load(&self) -> Result<Option<Envelope>, RepositoryError> {
        let bytes = self.file.load()?;
        self.parse(bytes.as_deref())
    }

    /// A value that differs after a change of the vault's file; `None` if there is none.
    pub(crate) fn stamp(&self) -> Option<u128> {
        self.file.stamp()
    }

    /// Whether there is a vault, readable or not. Fails if it is gone but its backups exist.
    pub(crate) fn exists(&self) -> Result<bool, RepositoryError> {
        if !self.file.is_missing() {
            return Ok(true);
        }
        Ok(self.parse(None)?.is_some())
    }

    /// Fails if there is no vault, before a lock file is created beside a mistyped path.
    pub(super) fn check_existence(&self) -> Result<(), RepositoryError> {
        if self.exists()? {
            Ok(())
        } else {
            Err(self.no_vault())
        }
    }

    pub(super) fn parse(&self, bytes: Option<&[u8]>) -> Result<Option<Envelope>, RepositoryError> {
        let path = self.path();
        match bytes.map(Envelope::parse) {
            Some(Ok(envelope)) => Ok(Some(envelope)),
            Some(Err(source)) => {
                let is_newer = matches!(source, FormatError::Newer(_));
                let path = path.to_path_buf();
                let why = StoreError::Format { path, source }.to_string();
                // The vault of a newer program is not damaged, so no backup is suggested.
                Err(if is_newer {
                    RepositoryError::Newer(why)
                } else {
                    self.damaged(why)
                })
            }
            None => match self.kept_below(u64::MAX).next() {
                None => Ok(None),
                Some(backup) => Err(RepositoryError::Damaged {
                    why: format!("{} is missing, but its backups exist", path.display()),
                    restore: Some(self.restore(&backup)),
                }),
            },
        }
    }

    /// The error for a damaged vault, with the newest backup that is not the same file.
    pub(super) fn damaged(&self, why: String) -> RepositoryError {
        let broken = self.file.load().ok().flatten().unwrap_or_default();
        let broken = Envelope::parse(&broken).ok();
        let mut kept = self.kept_below(u64::MAX);
        let backup = kept.find(|backup| Some(backup) != broken.as_ref());
        RepositoryError::Damaged {
            why,
            restore: backup.map(|backup| self.restore(&backup)),
        }
    }

    fn restore(&self, backup: &Envelope) -> Restore {
        Restore {
            vault: self.path().to_path_buf(),
            rev: backup.header.rev,
        }
    }

    /// Unlocks and opens an envelope. May prompt, so it must not run under the lock.
    fn open_envelope(
        &mut self,
        host: &mut dyn Host,
        envelope: Envelope,
    ) -> Result<Open, RepositoryError> {
        let key = self.unlock(host, &envelope.header)?;
        self.open_with(envelope, key)
    }

    /// Opens an envelope with its data key.
    pub(super) fn open_with(
        &self,
        envelope: Envelope,
        key: DataKey,
    ) -> Result<Open, RepositoryError> {
        let header = envelope.header.clone();
        let vault = self.open_payload(envelope, &key)?;
        Ok(Open { header, key, vault })
    }

    fn open_payload(&self, envelope: Envelope, key: &DataKey) -> Result<Vault, RepositoryError> {
        let path = self.path().display();
        let plaintext = seal::open(envelope, key)
            .map_err(|error| self.damaged(format!("{path} is damaged: {error}")))?;
        document::parse(&plaintext).map_err(|error| self.damaged(format!("{path}: {error}")))
    }

    /// Opens another state of the vault with the keys at hand, without a prompt.
    pub(super) fn open_quietly(&mut self, host: &dyn Host, envelope: Envelope) -> Option<Open> {
        let key = self.key_at_hand(host, &envelope.header).ok()?;
        self.open_with(envelope, key).ok()
    }

    pub(super) fn untrusted(&self, stale: Freshness) -> RepositoryError {
        let path = self.path().to_path_buf();
        match stale {
            Freshness::Older => RepositoryError::Older(path),
            Freshness::Diverged => RepositoryError::Diverged(path),
            _ => RepositoryError::Other(path),
        }
    }

    /// Remembers the state of the vault, under a lock of its own. Never goes back: a slow reader must not
    /// overwrite what a writer remembers.
    fn remember(&self, host: &dyn Host, open: &Open) -> Result<(), StoreError> {
        let (state, names) = (host.state(), self.file.names());
        let _turn = Seen::lock(state, names)?;
        match self.seen(host).freshness(open.observed()) {
            Freshness::New | Freshness::Newer => Seen::save(state, names, open.observed()),
            Freshness::Same | Freshness::Older | Freshness::Diverged | Freshness::Other => Ok(()),
        }
    }

    /// What was last seen here, under each name of the path.
    pub(super) fn seen(&self, host: &dyn Host) -> Seen {
        Seen::load(host.state(), self.file.names())
    }

    /// Adds a notice if what was last seen cannot be read.
    pub(super) fn note_unreadable(&mut self, seen: &Seen) {
        if let Some(why) = seen.unreadable() {
            self.notices.push(Notice::MemoryUnreadable(why.to_owned()));
        }
    }

    /// Adds a notice if this vault is new at its path, but a later state was seen at another path.
    pub(super) fn compare_with_other_paths(&mut self, host: &dyn Host, open: &Open) {
        if let Some(path) = Seen::further_on(host.state(), open.observed()) {
            let copy = self.path().to_path_buf();
            self.notices.push(Notice::OlderCopy { copy, path });
        }
    }
}
