//! Files of other authenticators: bytes to accounts, no I/O.
//!
//! [`read`] recognises a file by its content and gives its accounts, one [`Row`] each: an account, or
//! why one that is there cannot be used. [`FORMATS`] are those that are known.
//!
//! ```
//! use mfa::import::{ImportError, Input, read};
//!
//! let file = br#"[{"issuer":"GitHub","label":"alice","secret":"JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"},
//!                 {"issuer":"Acme","label":"bob","secret":"not base32!"}]"#;
//! let import = read(&Input::new(file, "backup.json"), None)?;
//! assert_eq!(import.format.name, "andotp");
//! let [Ok(alice), Err(bob)] = &import.rows[..] else {
//!     panic!("one of the two has no key");
//! };
//! assert_eq!(alice.draft.full_name(), "GitHub:alice");
//! assert!(bob.to_string().starts_with("entry 2 'Acme:bob': the key is not base32"));
//! # Ok::<(), ImportError>(())
//! ```
//!
//! | part | what is in it |
//! | --- | --- |
//! | `detect`, `look` | the first look at a file, and which formats are tried |
//! | `found` | an account, or why one cannot be used |
//! | `formats` | one file for each format: its probe and its reader |
//! | `support` | what several formats need: rows, JSON, CSV, zip, SQLite, ciphers |
//! | `ingest` | how accounts come in from files and texts alike, with the ids they get |
//! | `plan`, `known` | what an import would do to a vault, and which accounts are there already |
//!
#![doc = include_str!("formats.md")]

mod detect;
mod formats;
mod found;
pub(crate) mod ingest;
pub(crate) mod known;
mod look;
pub(crate) mod plan;
mod support;

use thiserror::Error;

pub use detect::{Format, read};
pub use formats::FORMATS;
pub use found::{Found, Row, Skipped};
pub use ingest::Parts;

use ingest::Contents;

/// The largest file that is read, in bytes. Backups with icons have a few MiB.
pub const MAX_BYTES: usize = 64 << 20;

/// The most accounts of one file.
pub(crate) const MAX_ROWS: usize = 100_000;

/// A file, and what may be needed to read it.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// Its content.
    pub bytes: &'a [u8],
    /// Its name without the folder; decides nothing where the content says what it is.
    pub name: &'a str,
    /// Its password, once one was given.
    pub password: Option<&'a str>,
    /// The content of other files that may belong to it: SDA keeps salts in a manifest.
    pub companions: &'a [Vec<u8>],
    /// Called with a message before anything that takes long.
    pub progress: &'a dyn Fn(&str),
}

/// What a file has.
#[derive(Debug)]
pub struct Import {
    /// What the file is.
    pub format: &'static Format,
    /// Its accounts, in order.
    pub rows: Vec<Row>,
    /// The parts of Google Authenticator exports that were in it.
    pub parts: Parts,
    /// Remarks on the file as a whole.
    pub notes: Vec<String>,
}

/// Why a file cannot be read. No variant quotes a key or a password.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ImportError {
    /// None of the formats.
    #[error("unrecognised file format")]
    Unrecognised,
    /// A format that is known, but cannot be opened by anybody here.
    #[error("{0}")]
    Unsupported(String),
    /// Cut short, changed, or not what it begins as.
    #[error("the file is damaged: {0}")]
    Damaged(String),
    /// A later version than those that are known.
    #[error("the file is from a newer version: {0}")]
    Newer(String),
    /// It asks for more time or memory than anybody's file does.
    #[error("the file asks for too much: {0}")]
    TooCostly(String),
    /// It is encrypted, and no password was given.
    #[error("the file is encrypted: it needs a password")]
    NeedsPassword,
    /// It does not open with this password, or is damaged where that cannot be told apart.
    #[error("wrong password")]
    WrongPassword,
}

impl<'a> Input<'a> {
    /// A file with no password and nothing beside it.
    #[must_use]
    pub const fn new(bytes: &'a [u8], name: &'a str) -> Self {
        Self {
            bytes,
            name,
            password: None,
            companions: &[],
            progress: &|_| {},
        }
    }

    /// The same file with its content in another form.
    pub(crate) const fn with_bytes<'b>(&self, bytes: &'b [u8]) -> Input<'b>
    where
        'a: 'b,
    {
        Input { bytes, ..*self }
    }

    /// The password, or [`ImportError::NeedsPassword`] where none was given.
    pub(crate) fn password(&self) -> Result<&'a str, ImportError> {
        self.password.ok_or(ImportError::NeedsPassword)
    }
}

impl Import {
    fn new(format: &'static Format, contents: Contents) -> Self {
        let Contents { rows, parts, notes } = contents;
        Self {
            format,
            rows,
            parts,
            notes,
        }
    }
}
