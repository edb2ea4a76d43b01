//! Where commits are stored: an object store, or a folder.
//!
//! A remote needs three operations only: list, get, and put if absent. It sees ciphertext.

pub(crate) mod folder;
#[cfg(test)]
pub(crate) mod memory;
pub(crate) mod probe;
#[cfg(feature = "aws")]
pub(crate) mod s3;
pub(crate) mod s3_address;

use thiserror::Error;

/// How many commits of each stream are always kept.
pub(crate) const KEPT: usize = 50;

/// The result of [`Remote::put_new`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Put {
    Created,
    /// There is an object of this name, and it was not changed.
    Exists,
}

/// How commits are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Naming {
    /// `<n>`: of two devices that write the same number, one fails. For stores with put-if-absent.
    Numbered,
    /// `<n>-<device>`: for folders that another program copies between machines that may be offline.
    PerDevice,
}

/// Stores immutable objects under names such as `v1/<vault_id>/<n>`. Names are ASCII.
pub(crate) trait Remote {
    /// The names that start with `prefix`, sorted. With `after`, only those that sort after it.
    ///
    /// # Errors
    /// [`RemoteError`] if it cannot be reached or refuses.
    fn list(&mut self, prefix: &str, after: Option<&str>) -> Result<Vec<String>, RemoteError>;

    /// The bytes of an object; `None` if there is none of this name.
    ///
    /// # Errors
    /// [`RemoteError`] if it cannot be reached or refuses, or the object is larger than a commit can be.
    fn get(&mut self, name: &str) -> Result<Option<Vec<u8>>, RemoteError>;

    /// Stores an object, atomically and durably, unless one of this name exists.
    ///
    /// # Errors
    /// [`RemoteError`] if it cannot be reached or refuses. After [`RemoteError::Lost`] the object may be
    /// stored.
    fn put_new(&mut self, name: &str, bytes: &[u8]) -> Result<Put, RemoteError>;

    /// How commits are named in it.
    fn naming(&self) -> Naming;

    /// Copies of commits that a program which moves files made when two of one name met. They are not
    /// read: each commit has one writer.
    fn conflict_copies(&self) -> &[String] {
        &[]
    }

    /// Removes commits below `prefix` that are older than `before` (Unix seconds), and not among the
    /// last [`KEPT`] of their stream. Stores without delete keep all.
    ///
    /// # Errors
    /// [`RemoteError`] if it cannot be reached or refuses.
    fn prune(&mut self, prefix: &str, before: u64) -> Result<usize, RemoteError> {
        let _ = (prefix, before);
        Ok(0)
    }

    /// How many seconds the remote's clock is ahead of this machine's, if the last answer told it.
    fn clock_ahead(&self) -> Option<i64> {
        None
    }
}

/// Why a remote failed. Quotes no key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum RemoteError {
    /// It cannot be reached, or a disk failed. Nothing was stored.
    #[error("{0}")]
    Unreached(String),
    /// The connection broke after a request was sent: it may have been carried out.
    #[error("{0}")]
    Lost(String),
    /// It refused: no such bucket or folder, no permission, wrong keys.
    #[error("{0}")]
    Refused(String),
    /// It does not support put-if-absent, or ignores it.
    #[error("{0}")]
    NoConditions(String),
}
