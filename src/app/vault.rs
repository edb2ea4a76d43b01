//! The vault, as commands use it: each call to the repository is followed by what it has to tell.

use super::clock::Clock;
use super::context::Context;
use super::error::{CommandError, Exit, Result};
use super::local_time::local_time;
use crate::otp::AccountId;
use crate::vault::format::random_array;
use crate::vault::host::{Host, Notice};
use crate::vault::repository::{LockedHint, Open, OtherState, Repository, RepositoryError};
use crate::vault::storage::{StoreError, quoted};
#[cfg(not(feature = "age"))]
use crate::vault::unlock::NotBuilt;
use crate::vault::unlock::UnlockError;
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

impl From<RepositoryError> for CommandError {
    fn from(error: RepositoryError) -> Self {
        use RepositoryError as E;
        let error = match error {
            E::Store(error) => return error.into(),
            E::Change(error) => return error.into(),
            E::Unlock(error) => return error.into(),
            E::Host(error) => return Self::from_host(error),
            other => other,
        };
        if let Some(other) = other_state(&error) {
            let commands = ways_back(other);
            let error = Self::new(Exit::Failed, error);
            return commands.into_iter().fold(error, Self::with_hint);
        }
        let (kind, hint) = match &error {
            E::Damaged { restore, .. } => {
                let command = restore.as_ref().map(|restore| {
                    let vault = quoted(&restore.vault);
                    format!("mfa --vault {vault} vault restore {}", restore.rev)
                });
                (Exit::Damaged, command)
            }
            E::Newer(_) => (Exit::Damaged, None),
            E::Older(path) | E::Diverged(path) | E::Other(path) => {
                let command = format!("mfa --vault {} vault trust", quoted(path));
                (Exit::Damaged, Some(command))
            }
            E::Locked { hint, .. } => (Exit::Locked, hint.map(locked_hint)),
            E::WrongPassphrase | E::NeedsPassphrase => (Exit::Locked, None),
            E::NobodyToAsk => (Exit::Locked, Some("mfa unlock".to_owned())),
            E::NobodyToAskAgain => {
                let command = "MFA_PASSPHRASE_FILE=PATH mfa vault …";
                (Exit::Locked, Some(command.to_owned()))
            }
            E::NoNamedVault(path) => {
                let command = format!("mfa --vault {} add --qr PICTURE", quoted(path));
                (Exit::Failed, Some(command))
            }
            E::NoVault(_) => (Exit::Failed, Some("mfa add --qr PICTURE".to_owned())),
            E::Exists(_) => (Exit::Failed, Some("mfa vault status".to_owned())),
            E::NoSlots => (Exit::Failed, Some("mfa vault passphrase".to_owned())),
            E::NoBackup(_) | E::BadBackup(..) | E::ForeignBackup(_) => {
                (Exit::Failed, Some("mfa vault backups".to_owned()))
            }
            _ => (Exit::Failed, None),
        };
        let details = match &error {
            E::Locked { others, .. } => others.clone(),
            _ => Vec::new(),
        };
        let error = Self::new(kind, error).with_details(details);
        match hint {
            Some(hint) => error.with_hint(hint),
            None => error,
        }
    }
}

const fn other_state(error: &RepositoryError) -> Option<&OtherState> {
    use RepositoryError as E;
    match error {
        E::NothingToUndo(other) | E::NoUndoBefore(other) | E::NothingToRedo(other) => Some(other),
        _ => None,
    }
}

/// The commands that show the other states that are kept, and bring the newest of them back.
fn ways_back(other: &OtherState) -> Vec<String> {
    let vault = other.vault.as_deref();
    let vault = vault.map_or_else(String::new, |path| format!("--vault {} ", quoted(path)));
    let list = format!("mfa {vault}vault backups");
    let restore = other
        .rev
        .map(|rev| format!("mfa {vault}vault restore {rev}"));
    std::iter::once(list).chain(restore).collect()
}

#[cfg(not(feature = "age"))]
const INSTALL_WITH_AGE: &str = "cargo install --path . --features age";

fn locked_hint(hint: LockedHint) -> String {
    match hint {
        #[cfg(feature = "age")]
        LockedHint::NameIdentity => "MFA_AGE_IDENTITY=PATH mfa …".to_owned(),
        #[cfg(not(feature = "age"))]
        LockedHint::InstallWithAge => INSTALL_WITH_AGE.to_owned(),
    }
}

impl From<UnlockError> for CommandError {
    fn from(error: UnlockError) -> Self {
        match error {
            UnlockError::Store(error) => error.into(),
            #[cfg(feature = "age")]
            UnlockError::Age(error) => {
                use crate::vault::AgeError;
                let kind = match error {
                    AgeError::Recipient(_) | AgeError::PrivateKey => Exit::Usage,
                    _ => Exit::Failed,
                };
                Self::new(kind, error)
            }
            #[cfg(not(feature = "age"))]
            UnlockError::NotBuilt(NotBuilt::Age) => {
                Self::new(Exit::Failed, error).with_hint(INSTALL_WITH_AGE)
            }
            _ => Self::new(Exit::Failed, error),
        }
    }
}

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        let (kind, fix) = match &error {
            StoreError::Format { .. } => (Exit::Damaged, None),
            StoreError::Unsafe { fix, .. } => (Exit::Failed, fix.clone()),
            StoreError::Held { holder, .. } => {
                let command = holder.map(|process| format!("ps -fp {process}"));
                (Exit::Failed, command)
            }
            StoreError::TooLarge { .. } => {
                let command = "mfa --vault ANOTHER.json import FILE";
                (Exit::Failed, Some(command.to_owned()))
            }
            StoreError::Io { .. } | StoreError::ReadBack { .. } => (Exit::Failed, None),
        };
        let error = Self::new(kind, error);
        match fix {
            Some(fix) => error.with_hint(fix),
            None => error,
        }
    }
}
