//! Why bytes are not a vault that can be opened.

use thiserror::Error;

/// The largest vault that is read, in bytes.
pub const MAX_FILE_BYTES: usize = 64 * 1024 * 1024;

/// Why this program cannot read bytes as a vault.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FormatError {
    /// The file has no bytes.
    #[error("the file is empty")]
    Empty,
    /// The file is larger than [`MAX_FILE_BYTES`].
    #[error("the file is larger than {} MiB", MAX_FILE_BYTES >> 20)]
    TooLarge,
    /// JSON or not, it does not identify itself as a vault.
    #[error("this is not an mfa vault")]
    NotAVault,
    /// A version, cipher or slot kind that this program does not know.
    #[error("it was written by a newer mfa ({0}): update mfa")]
    Newer(String),
    /// It looks like a vault, but is broken.
    #[error("the file is damaged ({0})")]
    Damaged(String),
}
