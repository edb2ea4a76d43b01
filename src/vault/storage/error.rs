//! Errors of reading and writing files.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;

use crate::vault::format::{FormatError, MAX_FILE_BYTES};

/// Whether written data survives a power loss.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Durability {
    Durable,
    /// The file is in place, but the disk did not confirm it; holds the disk's error.
    Unknown(String),
}

/// Why a file was not read or written. If writing failed, the old file is still in place.
#[derive(Debug, Error)]
pub(crate) enum StoreError {
    /// A system call failed.
    #[error("cannot {doing} {}: {}", .path.display(), plain(.source))]
    Io {
        /// What was tried; completes "cannot …".
        doing: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    /// Others could read or change the file; `fix` is the command that stops it.
    #[error("cannot use {}: it {problem}", .path.display())]
    Unsafe {
        path: PathBuf,
        /// What is unsafe about it; completes "it …".
        problem: String,
        /// A command for the person to type.
        fix: Option<String>,
    },
    /// The file is not a vault that this program can open.
    #[error("cannot read {}: {source}", .path.display())]
    Format { path: PathBuf, source: FormatError },
    /// Another process holds the lock and does not release it.
    #[error("cannot lock {}: {} holds it, gave up after {} s", .path.display(), holder_name(*.holder), .waited.as_secs())]
    Held {
        /// The path of the lock file.
        path: PathBuf,
        /// The process's number, if the system reports it.
        holder: Option<u32>,
        /// How long this process waited.
        waited: Duration,
    },
    /// The vault would be larger than what can be read.
    #[error("cannot write {}: it would be {}, but a vault can be at most {} MiB", .path.display(), mib(*.size), MAX_FILE_BYTES >> 20)]
    TooLarge {
        /// The vault, which is unchanged.
        path: PathBuf,
        /// The size that was refused, in bytes.
        size: usize,
    },
    /// The bytes read back differ from those written.
    #[error("cannot write {}: the disk returned different bytes", .path.display())]
    ReadBack {
        /// The file, which is unchanged.
        path: PathBuf,
    },
}

/// The process that holds a lock, in messages.
pub(crate) fn holder_name(holder: Option<u32>) -> String {
    holder.map_or_else(
        || "another mfa".to_owned(),
        |process| format!("another mfa (process {process})"),
    )
}

/// A size for people, rounded up: a size that is too large never looks as if it fits.
fn mib(bytes: usize) -> String {
    format!("{} MiB", bytes.div_ceil(1 << 20))
}

/// The system's message without its error number.
pub(crate) fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}
