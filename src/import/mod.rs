//! Files of other authenticators: bytes to accounts, no I/O.
//!
//! [`read`] recognises a file by its content and returns its accounts. Each [`Row`] is an account, or
//! why one cannot be used. [`FORMATS`] lists the known formats.
//!
//! ```
//! use mfa::import::{ImportError, Input, read};
//!
//! let file = br#"[{"type":"TOTP","algorithm":"SHA1","digits":6,"period":30,
//!                  "issuer":"GitHub","label":"alice","secret":"JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"},
//!                 {"type":"TOTP","issuer":"Acme","label":"bob","secret":"not1base32"}]"#;
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
//! | `detect`, `look`, `nearest` | the first look at a file, which formats to try, and which come near |
//! | `found` | an account, or why it cannot be used |
//! | `formats` | one file for each format: its probe and its reader |
//! | `support` | what several formats need: rows, JSON, CSV, zip, SQLite, ciphers |
//! | `structure` | files of unknown programs, by their structure |
//! | `ingest` | how accounts come in from files and texts alike, and the ids they get |
//! | `plan`, `known` | what an import would change in a vault, and which accounts are known |
//!
#![doc = include_str!("formats.md")]

mod detect;
mod formats;
mod found;
pub(crate) mod ingest;
pub(crate) mod known;
mod look;
mod nearest;
pub(crate) mod plan;
mod structure;
mod support;

use thiserror::Error;

pub(crate) use detect::guesses;
pub use detect::{Format, read};
pub use formats::FORMATS;
pub use found::{Found, Row, SetAside, Skipped};
pub use ingest::Parts;
pub(crate) use support::encoding::unmarked;

use ingest::Contents;

/// The largest accepted file, in bytes. Backups with icons have a few MiB.
pub const MAX_BYTES: usize = 64 << 20;

/// The most accounts in one file.
pub(crate) const MAX_ROWS: usize = 100_000;

/// A file, with what reading it may need.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// The content of the file.
    pub bytes: &'a [u8],
    /// The file's name without its folder. Only a hint: the content decides.
    pub name: &'a str,
    /// The file's password, if one was given.
    pub password: Option<&'a str>,
    /// The content of other files that may be needed: SDA keeps salts in a manifest.
    pub companions: &'a [Vec<u8>],
    /// Called with a message before slow work, such as a costly key derivation.
    pub progress: &'a dyn Fn(&str),
}

/// What was read from a file.
#[derive(Debug)]
pub struct Import {
    /// The format that the file was read as.
    pub format: &'static Format,
    /// Its accounts, in order; an unusable one is an `Err`.
    pub rows: Vec<Row>,
    /// The parts of Google Authenticator exports in it.
    pub parts: Parts,
    /// Remarks on the file as a whole.
    pub notes: Vec<String>,
    /// How many of its accounts need a password that was not given, while others need none. They are
    /// `Err` in `rows`.
    pub locked: usize,
}

/// Why a file cannot be read. No message quotes a key or a password.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ImportError {
    /// The content matches none of the formats.
    #[error("unrecognised file format")]
    Unrecognised,
    /// The content matches none of the formats, but has something in common with these.
    #[error("unrecognised file format (nearest: {0})")]
    OnlyNear(String),
    /// A known format that `mfa` cannot open.
    #[error("{0}")]
    Unsupported(String),
    /// The file is cut short, changed, or not what its start says.
    #[error("the file is damaged: {0}")]
    Damaged(String),
    /// A newer version of the format than the known ones.
    #[error("the file is from a newer version: {0}")]
    Newer(String),
    /// The file asks for more time or memory than any real one.
    #[error("the file exceeds a limit: {0}")]
    TooCostly(String),
    /// The file is encrypted, and no password was given.
    #[error("the file is encrypted: it needs a password")]
    NeedsPassword,
    /// The password is wrong. In some formats, a damaged file looks the same.
    #[error("wrong password")]
    WrongPassword,
}

impl<'a> Input<'a> {
    /// A file without a password, alone in its folder, with no progress messages.
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

    /// The same file with other content, such as the decompressed bytes.
    pub(crate) const fn with_bytes<'b>(&self, bytes: &'b [u8]) -> Input<'b>
    where
        'a: 'b,
    {
        Input { bytes, ..*self }
    }

    /// The password, or [`ImportError::NeedsPassword`] if none was given.
    pub(crate) fn password(&self) -> Result<&'a str, ImportError> {
        self.password.ok_or(ImportError::NeedsPassword)
    }
}

impl Import {
    fn new(format: &'static Format, contents: Contents) -> Self {
        let Contents {
            rows,
            parts,
            notes,
            locked,
        } = contents;
        Self {
            format,
            rows,
            parts,
            notes,
            locked,
        }
    }
}
