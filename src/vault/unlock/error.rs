//! Why a way to unlock did not open the vault, or a slot was not made.

use std::path::PathBuf;

use thiserror::Error;

#[cfg(feature = "age")]
use super::age_file::AgeError;
use crate::vault::format::RandomError;
use crate::vault::storage::StoreError;

/// Why a way did not open the vault, for people. Quotes no secret.
#[derive(Debug, Error)]
pub(crate) enum Closed {
    /// The key file does not exist.
    #[error("the key file {} is missing", .0.display())]
    NoKeyFile(PathBuf),
    /// The key file exists, but does not open its slot.
    #[error("{} does not open {}: one of them was changed", key_file.display(), vault.display())]
    KeyFileMismatch { key_file: PathBuf, vault: PathBuf },
    /// The key file cannot be read safely.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The system's keyring did not return the key.
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

/// A way to unlock that this build lacks: a cargo feature is off.
#[cfg(not(all(feature = "age", feature = "keyring")))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum NotBuilt {
    #[cfg(not(feature = "keyring"))]
    #[error("this build of mfa does not support the system's keyring")]
    Keyring,
    #[cfg(not(feature = "age"))]
    #[error("this build of mfa does not support age")]
    Age,
}

/// Why a slot was not made.
#[derive(Debug, Error)]
pub(crate) enum UnlockError {
    /// The key file could not be written.
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Random(#[from] RandomError),
    /// There was not enough memory for Argon2id.
    #[error("not enough memory: checking a passphrase takes 64 MiB")]
    NoMemory,
    /// The system's keyring did not accept the key, or returned another one.
    #[cfg(feature = "keyring")]
    #[error("{0}")]
    Keyring(String),
    /// age could not encrypt to the recipient.
    #[cfg(feature = "age")]
    #[error(transparent)]
    Age(#[from] AgeError),
    /// This build cannot make slots of this kind.
    #[cfg(not(all(feature = "age", feature = "keyring")))]
    #[error(transparent)]
    NotBuilt(NotBuilt),
    /// A slot that needs its own key has none: a bug.
    #[error("the new slot has no key")]
    NoSlotKey,
}
