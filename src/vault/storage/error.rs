//! Why a file was not read or written.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;

use crate::vault::format::{FormatError, MAX_FILE_BYTES};

/// Whether what was written survives a power loss.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Durability {
    /// It does.
    Durable,
    /// It is in its place, but the disk did not confirm that; holds what the disk said.
    Unknown(String),
}

/// Why a file was not read or written; the old one is still in its place then.
#[derive(Debug, Error)]
pub(crate) enum StoreError {
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
    /// Another process holds the lock, and does not let go of it.
    #[error("cannot lock {}: {} holds it, gave up after {} s", .path.display(), holder_name(*.holder), .waited.as_secs())]
    Held {
        /// The lock file.
        path: PathBuf,
        /// The process, where the system says which it is.
        holder: Option<u32>,
        /// For how long it was waited for.
        waited: Duration,
    },
    /// The bytes to be written are more than are ever read.
    #[error("cannot write {}: it would have {}, and a vault has at most {} MiB", .path.display(), mib(*.size), MAX_FILE_BYTES >> 20)]
    TooLarge {
        /// The vault; it is as it was.
        path: PathBuf,
        /// In bytes.
        size: usize,
    },
    /// What was read back is not what was written.
    #[error("cannot write {}: the disk gave back other bytes", .path.display())]
    ReadBack {
        /// The file that was to be written; it is as it was.
        path: PathBuf,
    },
}

/// The process that holds a lock, for people.
pub(crate) fn holder_name(holder: Option<u32>) -> String {
    holder.map_or_else(
        || "another mfa".to_owned(),
        |process| format!("another mfa (process {process})"),
    )
}

/// A size for people, rounded up: what is too large never looks as if it had room.
fn mib(bytes: usize) -> String {
    format!("{} MiB", bytes.div_ceil(1 << 20))
}

/// What the system said, without its number.
pub(crate) fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}
