//! The vault for commands. Each call to the repository also prints its notices.

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
    /// Calls the repository and prints its notices, even if the call fails.
    pub(crate) fn with_vault<T>(
        &mut self,
        call: impl FnOnce(&mut Repository, &mut dyn Host) -> Result<T>,
    ) -> Result<T> {
        let result = call(&mut self.repository, &mut self.host);
        for notice in self.repository.take_notices() {
            if is_risk(&notice) {
                self.ui.warn(&self.told(&notice));
            } else {
                self.ui.note(&self.told(&notice));
            }
        }
        result
    }

    fn told(&self, notice: &Notice) -> String {
        let told = text(notice);
        let command = match notice {
            Notice::KeyringOpensToo => "mfa vault keyring off",
            _ => return told,
        };
        format!("{told}: {}", self.command(command))
    }

    /// Opens the vault; `None` if it does not exist and never did.
    ///
    /// # Errors
    /// If it is locked, damaged, older than the one last used, or gone.
    pub(crate) fn open(&mut self) -> Result<Option<Open>> {
        self.with_vault(|vault, host| Ok(vault.open(host)?))
    }

    /// Opens the vault. Fails like [`Context::open`], and if there is no vault.
    pub(crate) fn open_existing(&mut self) -> Result<Open> {
        self.with_vault(|vault, host| Ok(vault.open_existing(host)?))
    }

    /// The accounts. Without a vault there are none, but a vault that was named must exist.
    pub(crate) fn accounts(&mut self) -> Result<Vault> {
        match self.open()? {
            Some(open) => Ok(open.vault),
            None if self.vault_was_named => Err(self.repository.no_vault().into()),
            None => Ok(Vault::default()),
        }
    }

    /// Like [`Context::accounts`], but to find one of them by name.
    ///
    /// # Errors
    /// Also [`Exit::NotFound`] if a named vault does not exist.
    pub(crate) fn accounts_to_choose_from(&mut self) -> Result<Vault> {
        match self.open()? {
            None if self.vault_was_named => Err(self.no_account()),
            open => Ok(open.map(|open| open.vault).unwrap_or_default()),
        }
    }

    /// Like [`Context::accounts`], for commands that create the vault. A named vault need not exist.
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

    /// Prints what a change to the ways of unlocking will do, before any prompt. `what` gets the vault's
    /// header, and returns `None` if nothing will change.
    ///
    /// # Errors
    /// If `what` fails, or the vault does not exist or cannot be read.
    pub(crate) fn announce(&self, what: impl FnOnce(&Header) -> Result<Option<String>>) -> Result {
        let envelope = self.repository.load()?;
        let envelope = envelope.ok_or_else(|| self.repository.no_vault())?;
        if let Some(text) = what(&envelope.header)? {
            self.ui.note(&text);
        }
        Ok(())
    }

    /// Changes the accounts under the lock, and creates the vault if there is none. Writes nothing if
    /// `change` fails or changes nothing.
    ///
    /// # Errors
    /// If the vault cannot be opened or written, or `change` fails.
    pub(crate) fn change<T>(&mut self, change: impl FnOnce(&mut Vault) -> Result<T>) -> Result<T> {
        self.with_vault(|vault, host| vault.change(host, change))
    }

    /// Like [`Context::change`], but creates no vault. Without one, `change` gets no accounts, and
    /// nothing is written.
    ///
    /// # Errors
    /// Also [`Exit::NotFound`] if a named vault does not exist.
    pub(crate) fn change_existing<T>(
        &mut self,
        change: impl FnOnce(&mut Vault) -> Result<T>,
    ) -> Result<T> {
        if self.vault_was_named && self.repository.load()?.is_none() {
            return Err(self.no_account());
        }
        self.with_vault(|vault, host| vault.change_existing(host, change))
    }

    /// Creates the id of a new account.
    ///
    /// # Errors
    /// If the clock or the random number generator fails.
    pub(crate) fn new_id(&mut self) -> Result<AccountId> {
        let millis = u64::try_from(Clock::now()?.as_millis()).unwrap_or(u64::MAX);
        Ok(AccountId::new(millis, &random_array(&mut self.random)?))
    }

    /// Warns of entries of the vault that this program cannot use.
    pub(crate) fn note_unusable(&self, vault: &Vault) {
        for entry in &vault.unusable {
            self.ui.warn(&format!(
                "cannot use entry {} of the vault: {}",
                entry.position, entry.reason
            ));
        }
        for entry in &vault.aws_keys.unusable {
            self.ui.warn(&format!(
                "cannot use AWS access key {} of the vault: {}",
                entry.position, entry.reason
            ));
        }
    }
}

/// Whether a notice is a warning: a risk remains, but the work continued.
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
            | Notice::OtherWayWins
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
        Notice::KeyringOpensToo => {
            "the system's keyring opens the vault too; to stop that".to_owned()
        }
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
        Notice::UnlockedUntil(until) => {
            format!("unlocked until {}; 'mfa lock' ends it", local_time(*until))
        }
        Notice::WayClosed(why) => why.clone(),
        Notice::SlotLeftBehind { kind, why } => {
            format!("removed the {kind} slot, since this machine cannot open it: {why}")
        }
        Notice::OtherWayWins => {
            "two machines changed how the vault opens at the same time: the passphrase of the other one counts".to_owned()
        }
        Notice::BackupNotResealed { rev, why } => {
            format!("backup {rev} still opens with the old key: {why}")
        }
    }
}

/// Describes how long the cached key unlocks the vault.
pub(crate) fn unlocked_until(until: u64, place: Place) -> String {
    let until = local_time(until);
    format!("unlocked until {until}, {}", place.describe())
}
