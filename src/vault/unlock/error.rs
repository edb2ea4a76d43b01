//! Why a way to unlock did not open, or a slot was not made.

use std::path::PathBuf;

use thiserror::Error;

#[cfg(feature = "age")]
use super::age_file::AgeError;
use crate::vault::format::RandomError;
use crate::vault::storage::StoreError;

/// Why a way did not open, for people. Names no secret.
#[derive(Debug, Error)]
pub(crate) enum Closed {
    /// The key file is not there.
    #[error("the key file {} is missing", .0.display())]
    NoKeyFile(PathBuf),
    /// The key file is there and does not open its slot.
    #[error("{} does not open {}: one of them was changed", key_file.display(), vault.display())]
    KeyFileMismatch {
        /// The key file.
        key_file: PathBuf,
        /// The vault.
        vault: PathBuf,
    },
    /// The key file cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The system's keyring did not give the key.
    #[cfg(feature = "keyring")]
    #[error("{0}")]
    Keyring(String),
    /// No private key opened an age slot.
    #[cfg(feature = "age")]
    #[error("{0}")]
    Age(String),
    /// This build cannot open slots of this kind.
    #[cfg(not(all(feature = "age", feature = "keyring")))]
    #[error(transparent)]
    NotBuilt(NotBuilt),
}

/// A way to unlock that this build leaves out.
#[cfg(not(all(feature = "age", feature = "keyring")))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum NotBuilt {
    /// The feature `keyring`.
    #[cfg(not(feature = "keyring"))]
    #[error("this build of mfa does not support the system's keyring")]
    Keyring,
    /// The feature `age`.
    #[cfg(not(feature = "age"))]
    #[error("this build of mfa does not support age")]
    Age,
}

/// Why a slot was not made.
#[derive(Debug, Error)]
pub(crate) enum UnlockError {
    /// The key file was not written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No random numbers.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// Argon2id did not get its memory.
    #[error("not enough memory: checking a passphrase takes 64 MiB")]
    NoMemory,
    /// The system's keyring did not take the key, or gave back another one.
    #[cfg(feature = "keyring")]
    #[error("{0}")]
    Keyring(String),
    /// age did not encrypt to the recipient.
    #[cfg(feature = "age")]
    #[error(transparent)]
    Age(#[from] AgeError),
    /// This build cannot make slots of this kind.
    #[cfg(not(all(feature = "age", feature = "keyring")))]
    #[error(transparent)]
    NotBuilt(NotBuilt),
    /// A slot without a key of its own; a bug.
    #[error("the new slot has no key")]
    NoSlotKey,
}
