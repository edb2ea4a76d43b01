//! Why a vault was not opened or changed.

use std::path::PathBuf;

use thiserror::Error;

use crate::vault::ChangeError;
use crate::vault::format::{MAX_SLOTS, RandomError};
use crate::vault::host::HostError;
use crate::vault::storage::StoreError;
use crate::vault::unlock::UnlockError;
use crate::vault::unlock::session_key::CacheError;

/// Why a vault was not opened or changed. What was there before is there still.
#[derive(Debug, Error)]
pub(crate) enum RepositoryError {
    /// A file was not read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The vault cannot be read, or does not belong to its key file.
    #[error("{why}")]
    Damaged {
        /// What is wrong with which file.
        why: String,
        /// The newest backup that would bring it back.
        restore: Option<Restore>,
    },
    /// A newer program wrote it.
    #[error("{0}")]
    Newer(String),
    /// There is no vault, and there are no backups of one.
    #[error("no vault yet: {} does not exist", .0.display())]
    NoVault(PathBuf),
    /// There is none at the path that a person named.
    #[error("there is no vault at {}", .0.display())]
    NoNamedVault(PathBuf),
    /// A vault was to be created where there is one.
    #[error("{} already exists", .0.display())]
    Exists(PathBuf),
    /// It is older than the one that was last seen at its path.
    #[error("{} is older than the vault that was last used here", .0.display())]
    Older(PathBuf),
    /// It was changed elsewhere in place of the change that was last seen at its path.
    #[error("{} was changed on two machines at once: a change that was made here is missing", .0.display())]
    Diverged(PathBuf),
    /// It is another vault than the one that was last seen at its path.
    #[error("{} is not the vault that was last used here", .0.display())]
    Other(PathBuf),
    /// No slot opens by what is at hand.
    #[error("the vault is locked: {why}")]
    Locked {
        /// Why the first way did not open.
        why: String,
        /// Why the others did not.
        others: Vec<String>,
        /// Which of them the person could do something about.
        hint: Option<LockedHint>,
    },
    /// What was given or typed opens no slot.
    #[error("wrong passphrase")]
    WrongPassphrase,
    /// A passphrase is needed, and nobody is there to be asked.
    #[error("the vault is locked, and there is no terminal to ask for the passphrase")]
    NobodyToAsk,
    /// The ways to open the vault are to be changed, the session alone has its key, and nobody is there to
    /// be asked.
    #[error(
        "changing how the vault opens needs its passphrase again, and there is no terminal to ask for it"
    )]
    NobodyToAskAgain,
    /// Other processes changed the keys again and again while this one asked for a secret.
    #[error("nothing was changed: another mfa keeps changing the vault")]
    KeepsChanging,
    /// The highest revision there is was written.
    #[error(
        "nothing was written: the vault has no revision left; export its accounts to a new one"
    )]
    NoRevisionLeft,
    /// The change would take the last slot away.
    #[error("this would remove the last way to open the vault")]
    NoSlots,
    /// The change would add one slot too many.
    #[error("a vault has at most {MAX_SLOTS} slots")]
    TooManySlots,
    /// There is no whole backup of this revision.
    #[error("no usable backup of revision {0}")]
    NoBackup(u64),
    /// A backup opens, but what is in it cannot be read.
    #[error("backup {0} cannot be used: {1}")]
    BadBackup(u64, String),
    /// A backup does not have the vault's data key, and nobody gave what opens it.
    #[error(
        "cannot use backup {0}: it was made with an earlier key of this vault, or by somebody else"
    )]
    ForeignBackup(u64),
    /// A passphrase slot is to be carried over, and something else was given or typed.
    #[error("this change needs the passphrase itself, not another way to unlock")]
    NeedsPassphrase,
    /// No earlier state that is kept has other accounts.
    #[error("nothing to undo: no earlier state is kept")]
    NothingToUndo(OtherState),
    /// The last change of the accounts was none of undo.
    #[error("nothing to redo: the last change was not an undo")]
    NoUndoBefore(OtherState),
    /// Every undo since the last change was taken back.
    #[error("nothing to redo: everything that was undone is back")]
    NothingToRedo(OtherState),
    /// The accounts could not be written as JSON.
    #[error("cannot write the accounts: {0}")]
    Document(#[source] std::io::Error),
    /// A slot was not made.
    #[error(transparent)]
    Unlock(#[from] UnlockError),
    /// No random numbers.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The session cannot keep a key.
    #[error(transparent)]
    Session(#[from] CacheError),
    /// The accounts do not take the change.
    #[error(transparent)]
    Change(#[from] ChangeError),
    /// The host did not do what it was asked to.
    #[error(transparent)]
    Host(HostError),
}

/// A backup that would bring a damaged vault back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Restore {
    /// The vault.
    pub(crate) vault: PathBuf,
    /// The revision of the backup.
    pub(crate) rev: u64,
}

/// A state with other accounts than the present ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OtherState {
    /// The vault, where a person named it.
    pub(crate) vault: Option<PathBuf>,
    /// The newest backup that is one.
    pub(crate) rev: Option<u64>,
}

/// What could be done about a locked vault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LockedHint {
    /// Name a private key of age.
    #[cfg(feature = "age")]
    NameIdentity,
    /// Install a build with age.
    #[cfg(not(feature = "age"))]
    InstallWithAge,
}

impl RepositoryError {
    /// Whether the vault as it lies there is of no use, so that a backup may take its place.
    pub(super) const fn is_damage(&self) -> bool {
        matches!(self, Self::Damaged { .. } | Self::Newer(_))
    }
}
