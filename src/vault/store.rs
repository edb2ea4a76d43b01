//! Where sealed bytes are kept: the seam between the vault and its places.
//!
//! A place gives the newest bytes, and takes new ones in a transaction that no other process can
//! come between. A file is the first such place.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::envelope::FormatError;

/// Whether what was written survives a power loss.
#[derive(Debug, PartialEq, Eq)]
pub enum Durability {
    /// It does.
    Durable,
    /// It is in its place, but the disk did not confirm that; holds what the disk said.
    Unknown(String),
}

/// Why a place did not give or take.
#[derive(Debug, Error)]
pub enum StoreError {
    /// A system call failed.
    #[error("cannot {doing} {}: {}", .path.display(), plain(.source))]
    Io {
        /// What was tried: completes "cannot …".
        doing: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Others could read or change what is there; `fix` is the command that ends it.
    #[error("cannot use {}: it {problem}", .path.display())]
    Unsafe {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
        /// A command to type.
        fix: Option<String>,
    },
    /// The bytes there are no vault that this program opens.
    #[error("cannot read {}: {source}", .path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: FormatError,
    },
    /// What was read back is not what was written.
    #[error("cannot write {}: the disk gave back other bytes", .path.display())]
    ReadBack {
        /// The file that was to be written; it is as it was.
        path: PathBuf,
    },
}

/// What the system said, without its number.
#[must_use]
pub fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

/// A place for one vault.
pub trait Store {
    /// A change under way; nobody else can write until it is dropped.
    type Transaction<'a>: Transaction
    where
        Self: 'a;

    /// The newest bytes; `None` where nothing was ever stored.
    ///
    /// # Errors
    /// [`StoreError`].
    fn load(&self) -> Result<Option<Vec<u8>>, StoreError>;

    /// Waits for its turn and begins a change.
    ///
    /// # Errors
    /// [`StoreError`].
    fn begin(&self) -> Result<Self::Transaction<'_>, StoreError>;
}

/// The time between reading and replacing the bytes of a place.
pub trait Transaction {
    /// The bytes that are to be replaced.
    ///
    /// # Errors
    /// [`StoreError`].
    fn load(&self) -> Result<Option<Vec<u8>>, StoreError>;

    /// Replaces the bytes, all or nothing; the turn goes on. `opens` says of what was read back whether it is good.
    ///
    /// # Errors
    /// [`StoreError`]; what was there before is there still.
    fn commit(
        &mut self,
        rev: u64,
        bytes: &[u8],
        opens: &dyn Fn(&[u8]) -> bool,
    ) -> Result<Durability, StoreError>;
}
