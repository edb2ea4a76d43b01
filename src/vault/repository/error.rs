//! Errors of opening and changing a vault.

use std::path::PathBuf;

use thiserror::Error;

use crate::vault::ChangeError;
use crate::vault::format::{MAX_SLOTS, RandomError};
use crate::vault::host::HostError;
use crate::vault::replica::ReplicaError;
use crate::vault::storage::StoreError;
use crate::vault::unlock::UnlockError;
use crate::vault::unlock::session_key::CacheError;

/// Why a vault was not opened or changed. The vault is still as it was.
#[derive(Debug, Error)]
pub(crate) enum RepositoryError {
    /// A file cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The vault cannot be read, or does not match its key file.
    #[error("{why}")]
    Damaged {
        /// Which file is damaged, and how.
        why: String,
        /// The newest backup that can replace it.
        restore: Option<Restore>,
    },
    /// A newer version of the program wrote the vault.
    #[error("{0}")]
    Newer(String),
    /// There is no vault, and no backup of one.
    #[error("no vault yet: {} does not exist", .0.display())]
    NoVault(PathBuf),
    /// There is no vault at the path that the user named.
    #[error("there is no vault at {}", .0.display())]
    NoNamedVault(PathBuf),
    /// A new vault cannot replace an existing one.
    #[error("{} already exists", .0.display())]
    Exists(PathBuf),
    /// The vault is older than the one last seen at its path.
    #[error("{} is older than the vault that was last used here", .0.display())]
    Older(PathBuf),
    /// Another machine changed the vault, without the change last seen at its path.
    #[error("{} was changed on two machines at once: a change made here is missing", .0.display())]
    Diverged(PathBuf),
    /// Another vault was last seen at this path.
    #[error("{} is not the vault that was last used here", .0.display())]
    Other(PathBuf),
    /// Nothing at hand opens the vault.
    #[error("the vault is locked: {why}")]
    Locked {
        /// Why the first slot did not open.
        why: String,
        /// Why the other slots did not open.
        others: Vec<String>,
        /// What the user can do about one of them.
        hint: Option<LockedHint>,
    },
    /// The given or typed text opens no slot.
    #[error("wrong passphrase")]
    WrongPassphrase,
    /// The vault needs a passphrase, and there is no terminal to ask for it.
    #[error("the vault is locked, and there is no terminal to ask for the passphrase")]
    NobodyToAsk,
    /// Only the session has the key, which is not enough to change how the vault opens. There is no
    /// terminal to ask for the passphrase.
    #[error(
        "changing how the vault opens needs its passphrase again, and there is no terminal to ask for it"
    )]
    NobodyToAskAgain,
    /// Other processes kept changing the keys while this one asked for a secret.
    #[error("nothing was changed: another mfa keeps changing the vault")]
    KeepsChanging,
    /// The vault has the highest possible revision.
    #[error(
        "nothing was written: the vault has reached its last revision; export its accounts to a new one"
    )]
    NoRevisionLeft,
    /// The change would remove the last slot.
    #[error("this would remove the last way to open the vault")]
    NoSlots,
    /// The change would exceed the maximum number of slots.
    #[error("a vault can have at most {MAX_SLOTS} ways to open it")]
    TooManySlots,
    /// There is no readable backup of this revision.
    #[error("no usable backup of revision {0}")]
    NoBackup(u64),
    /// The backup opens, but its content cannot be read.
    #[error("backup {0} cannot be used: {1}")]
    BadBackup(u64, String),
    /// The backup has another data key than the vault, and the user did not unlock it.
    #[error(
        "cannot use backup {0}: it was made with an earlier key of this vault, or by somebody else"
    )]
    ForeignBackup(u64),
    /// A passphrase slot must be wrapped again, but something else was given or typed.
    #[error("this change needs the passphrase itself, not another way to unlock")]
    NeedsPassphrase,
    /// No kept earlier state has different accounts.
    #[error("nothing to undo: no earlier state is kept")]
    NothingToUndo(OtherState),
    /// The last change was not an undo.
    #[error("nothing to redo: the last change was not an undo")]
    NoUndoBefore(OtherState),
    /// Every undo since the last change was redone.
    #[error("nothing to redo: every undo was redone")]
    NothingToRedo(OtherState),
    /// A newer version wrote what the vault remembers for sync.
    #[error("the vault is from a newer version: {0}")]
    Replica(#[from] ReplicaError),
    /// The key of another machine's vault does not descend from this one's.
    #[error("the other vault has a key that does not descend from this vault's")]
    Unrelated,
    /// The accounts cannot be written as JSON.
    #[error("cannot write the accounts: {0}")]
    Document(#[source] std::io::Error),
    /// A slot cannot be created or opened.
    #[error(transparent)]
    Unlock(#[from] UnlockError),
    /// The random number generator failed.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The session cannot cache a key.
    #[error(transparent)]
    Session(#[from] CacheError),
    /// The accounts refuse the change.
    #[error(transparent)]
    Change(#[from] ChangeError),
    /// The terminal or the environment failed.
    #[error(transparent)]
    Host(HostError),
}

/// A backup that can replace a damaged vault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Restore {
    /// Path of the vault.
    pub(crate) vault: PathBuf,
    /// Revision of the backup.
    pub(crate) rev: u64,
}

/// A kept state whose accounts differ from the current ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OtherState {
    /// Path of the vault, if the user named it.
    pub(crate) vault: Option<PathBuf>,
    /// The newest backup with such a state.
    pub(crate) rev: Option<u64>,
}

/// What the user can do about a locked vault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LockedHint {
    /// Set the path of age's private key.
    #[cfg(feature = "age")]
    NameIdentity,
    /// Install a build that supports age.
    #[cfg(not(feature = "age"))]
    InstallWithAge,
}

impl RepositoryError {
    /// Whether the vault file is unusable, so that a backup may replace it.
    pub(super) const fn is_damage(&self) -> bool {
        matches!(self, Self::Damaged { .. } | Self::Newer(_))
    }
}
