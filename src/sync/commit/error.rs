//! Why bytes are not a commit that can be opened.

use thiserror::Error;

use super::MAX_COMMIT_BYTES;
use crate::vault::format::FormatError;
use crate::vault::format::seal::SealError;

/// Why a commit cannot be read, opened or written. Each text completes "commit 42: …". Quotes no secret.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum CommitError {
    /// It ends before its end.
    #[error("it is incomplete; it may still be being copied")]
    CutOff,
    /// It is larger than [`MAX_COMMIT_BYTES`].
    #[error("it is larger than {} MiB", MAX_COMMIT_BYTES >> 20)]
    TooLarge,
    /// JSON or not, it does not identify itself as a commit.
    #[error("it is not a commit of an mfa vault")]
    NotACommit,
    /// A version, cipher or slot kind that this program does not know.
    #[error("it was written by a newer mfa ({0})")]
    Newer(String),
    /// It looks like a commit, but is broken.
    #[error("it is damaged ({0})")]
    Damaged(String),
    /// The key or the seal does not fit.
    #[error("{0}")]
    Seal(#[from] SealError),
    /// All its slots work on one machine only.
    #[error(
        "no other machine could open it: the vault has no passphrase, recovery code or age key"
    )]
    NoPortableSlot,
    /// A new commit was not sealed, for this reason.
    #[error("it cannot be encrypted: {0}")]
    NotSealed(String),
}

impl From<FormatError> for CommitError {
    fn from(error: FormatError) -> Self {
        match error {
            FormatError::Newer(what) => Self::Newer(what),
            FormatError::TooLarge => Self::TooLarge,
            FormatError::Damaged(what) => Self::Damaged(what),
            FormatError::Empty | FormatError::NotAVault => {
                Self::Damaged("it contains no vault".to_owned())
            }
        }
    }
}
