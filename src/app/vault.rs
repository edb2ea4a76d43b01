//! The vault, as commands use it: each call to the repository is followed by what it has to tell.

use super::clock::Clock;
use super::context::Context;
use super::error::{CommandError, Exit, Result};
use super::local_time::local_time;
use crate::otp::AccountId;
use crate::vault::format::random_array;
use crate::vault::host::{Host, Notice};
use crate::vault::repository::{Open, Repository};
use crate::vault::unlock::session_key::Place;
use crate::vault::{Header, Vault};

impl Context {
    /// Calls the repository, and prints what it has to tell, also when it fails.
    ///
    /// # Errors
    /// Those of the call.
    pub(crate) fn with_vault<T>(
        &mut self,
        call: impl FnOnce(&mut Repository, &mut dyn Host) -> Result<T>,
    ) -> Result<T> {
        let result = call(&mut self.repository, &mut self.host);
        for notice in self.repository.take_notices() {
            if is_risk(&notice) {
                self.ui.warn(&text(&notice));
            } else {
                self.ui.note(&text(&notice));
            }
        }
        result
    }

    /// Opens the vault; `None` where there is none and never was.
    ///
    /// # Errors
    /// When it is locked, damaged, older than it was, or gone.
    pub(crate) fn open(&mut self) -> Result<Option<Open>> {
        self.with_vault(|vault, host| Ok(vault.open(host)?))
    }

    /// Opens the vault, which has to be there.
    ///
    /// # Errors
    /// As [`Context::open`], and when there is none.
    pub(crate) fn open_existing(&mut self) -> Result<Open> {
        self.with_vault(|vault, host| Ok(vault.open_existing(host)?))
    }

    /// The accounts; none where there is no vault yet, and none was named.
    ///
    /// # Errors
    /// As [`Context::open`], and when there is no vault at the path that was named.
    pub(crate) fn accounts(&mut self) -> Result<Vault> {
        match self.open()? {
            Some(open) => Ok(open.vault),
            None if self.vault_was_named => Err(self.repository.no_vault().into()),
            None => Ok(Vault::default()),
        }
    }

    /// The same, to find one of them by its name: without a vault there is no such account.
    ///
    /// # Errors
    /// As [`Context::accounts`], but [`Exit::NotFound`] when there is no vault at the path that was
    /// named.
    pub(crate) fn accounts_to_choose_from(&mut self) -> Result<Vault> {
        match self.open()? {
            None if self.vault_was_named => Err(self.no_account()),
            open => Ok(open.map(|open| open.vault).unwrap_or_default()),
        }
    }

    /// The same, for what makes a vault where there is none, be it named.
    ///
    /// # Errors
    /// As [`Context::open`].
    pub(crate) fn accounts_if_any(&mut self) -> Result<Vault> {
        Ok(self.open()?.map(|open| open.vault).unwrap_or_default())
    }

    fn no_account(&self) -> CommandError {
        let error = CommandError::from(self.repository.no_vault());
        CommandError {
            kind: Exit::NotFound,
            ..error
        }
    }

    /// Says what a change of the ways to open the vault will do, before anybody is asked for anything.
    /// `what` sees the vault's header; nothing is said where nothing will change.
    ///
    /// # Errors
    /// Those of `what`, and when there is no vault or it cannot be read.
    pub(crate) fn announce(&self, what: impl FnOnce(&Header) -> Result<Option<String>>) -> Result {
        let envelope = self.repository.load()?;
        let envelope = envelope.ok_or_else(|| self.repository.no_vault())?;
        if let Some(text) = what(&envelope.header)? {
            self.ui.note(&text);
        }
        Ok(())
    }

    /// Changes the accounts under the lock. Nothing is written when `change` fails, or changes
    /// nothing. Where there is no vault yet, one is created.
    ///
    /// # Errors
    /// As [`Context::open`], those of `change`, and those of writing.
    pub(crate) fn change<T>(&mut self, change: impl FnOnce(&mut Vault) -> Result<T>) -> Result<T> {
        self.with_vault(|vault, host| vault.change(host, change))
    }

    /// The same, where there is a vault. Where there is none, `change` sees no accounts, and nothing
    /// is written.
    ///
    /// # Errors
    /// As [`Context::change`], and [`Exit::NotFound`] when there is no vault at the path that was named.
    pub(crate) fn change_existing<T>(
        &mut self,
        change: impl FnOnce(&mut Vault) -> Result<T>,
    ) -> Result<T> {
        if self.vault_was_named && self.repository.load()?.is_none() {
            return Err(self.no_account());
        }
        self.with_vault(|vault, host| vault.change_existing(host, change))
    }

    /// A new account's identity.
    ///
    /// # Errors
    /// When clock or randomness fail.
    pub(crate) fn new_id(&mut self) -> Result<AccountId> {
        let millis = u64::try_from(Clock::now()?.as_millis()).unwrap_or(u64::MAX);
        Ok(AccountId::new(millis, &random_array(&mut self.random)?))
    }

    /// Says that the vault holds entries that this program cannot use.
    pub(crate) fn note_unusable(&self, vault: &Vault) {
        for entry in &vault.unusable {
            self.ui.warn(&format!(
                "cannot use entry {} of the vault: {}",
                entry.position, entry.reason
            ));
        }
    }
}

/// Whether something is worse than it should be, and work went on.
const fn is_risk(notice: &Notice) -> bool {
    matches!(
        notice,
        Notice::OlderCopy { .. }
            | Notice::MemoryUnreadable(_)
            | Notice::CountersBehind
            | Notice::EarlierVaultGone
            | Notice::KeyFileDurabilityUnknown { .. }
            | Notice::DurabilityUnknown(_)
            | Notice::NotRemembered(_)
            | Notice::SlotLeftBehind { .. }
            | Notice::BackupNotResealed { .. }
    )
}

fn text(notice: &Notice) -> String {
    match notice {
        Notice::EarlierVaultGone => {
            "the vault that was last used here is gone, and so are its backups".to_owned()
        }
        Notice::OlderCopy { copy, path } => {
            format!("{} is an older copy of the vault at {path}", copy.display())
        }
        Notice::MemoryUnreadable(why) => {
            format!("an older copy of the vault would not be noticed: {why}")
        }
        Notice::CountersBehind => {
            "the counters of HOTP accounts may be behind; skip codes until one works".to_owned()
        }
        Notice::KeyringOpensToo => "the system's keyring opens it too; \
                                    to stop: mfa vault keyring off"
            .to_owned(),
        Notice::KeyFileDurabilityUnknown { path, why } => format!(
            "wrote {}, but it may not survive a power loss: {why}",
            path.display()
        ),
        Notice::DurabilityUnknown(why) => {
            format!("saved, but it may not survive a power loss: {why}")
        }
        Notice::NotRemembered(why) => {
            format!("saved, but an older copy would not be noticed: {why}")
        }
        Notice::UnlockedUntil(until) => format!(
            "unlocked in this session until {}; 'mfa lock' ends it",
            local_time(*until)
        ),
        Notice::WayClosed(why) => why.clone(),
        Notice::SlotLeftBehind { kind, why } => {
            format!("removed a {kind} slot that does not open here ({why})")
        }
        Notice::BackupNotResealed { rev, why } => {
            format!("backup {rev} still opens with the old key: {why}")
        }
    }
}

/// What is said of a cached key.
pub(crate) fn unlocked_until(until: u64, place: Place) -> String {
    let until = local_time(until);
    format!("unlocked until {until} (by {})", place.describe())
}
