//! Why a file is no vault that can be opened.

use thiserror::Error;

/// Largest vault that is read, in bytes.
pub const MAX_FILE_BYTES: usize = 64 * 1024 * 1024;

/// Why bytes are not a vault that this program opens.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FormatError {
    /// No bytes at all.
    #[error("the file is empty")]
    Empty,
    /// Over [`MAX_FILE_BYTES`].
    #[error("the file is larger than {} MiB", MAX_FILE_BYTES >> 20)]
    TooLarge,
    /// JSON or not, it does not say that it is a vault.
    #[error("this is not an mfa vault")]
    NotAVault,
    /// A version, cipher or slot kind that this program does not know.
    #[error("it was written by a newer mfa ({0}): update this one")]
    Newer(String),
    /// A vault by its look, but broken.
    #[error("the file is damaged ({0})")]
    Damaged(String),
}
