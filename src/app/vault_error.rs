//! Turns errors of the vault into messages with commands to try.

use super::error::{CommandError, Exit};
use crate::ui::needs_winpty;
use crate::vault::repository::{LockedHint, OtherState, RepositoryError};
use crate::vault::storage::{StoreError, quoted};
#[cfg(not(feature = "age"))]
use crate::vault::unlock::NotBuilt;
use crate::vault::unlock::UnlockError;

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
            E::Newer(_) | E::Replica(_) | E::Unrelated => (Exit::Damaged, None),
            E::Older(path) | E::Diverged(path) | E::Other(path) => {
                let command = |what| format!("mfa --vault {} vault {what}", quoted(path));
                let error = Self::new(Exit::Damaged, error.to_string());
                // The later states are among the backups.
                return error
                    .with_hint(command("trust"))
                    .with_hint(command("backups"));
            }
            E::Locked { hint, .. } => (Exit::Locked, hint.map(locked_hint)),
            E::WrongPassphrase | E::NeedsPassphrase => (Exit::Locked, None),
            E::NobodyToAsk if needs_winpty() => {
                (Exit::Locked, Some("winpty mfa unlock".to_owned()))
            }
            E::NobodyToAsk => (Exit::Locked, Some("mfa unlock".to_owned())),
            E::NobodyToAskAgain => {
                // The shells of Windows set no variable for one command.
                let command = if cfg!(windows) {
                    "mfa --passphrase-file PATH vault …"
                } else {
                    "MFA_PASSPHRASE_FILE=PATH mfa vault …"
                };
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

/// Commands that list the other kept states, and restore the newest of them.
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
const INSTALL_WITH_AGE: &str = "cargo install --locked --path . --features age";

fn locked_hint(hint: LockedHint) -> String {
    match hint {
        #[cfg(feature = "age")]
        LockedHint::NameIdentity if cfg!(windows) => "$env:MFA_AGE_IDENTITY = 'PATH'".to_owned(),
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
                let command = holder.map(|process| {
                    if cfg!(windows) {
                        format!("tasklist /fi \"pid eq {process}\"")
                    } else {
                        format!("ps -fp {process}")
                    }
                });
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
