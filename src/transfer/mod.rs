//! Formats of other authenticators: one file each, bytes to accounts, no I/O.
//!
//! [`read`] finds out by the content what a file is and gives its accounts, one [`Row`] each. The
//! formats are those of [`FORMATS`]; what several of them need is in
//! `row` (one account), `json`, `table` (CSV), `prefs` (Android's XML), `zip`, `sqlite` and `crypt`.

mod aegis;
mod age;
mod andotp;
mod authenticator;
mod authenticator_plus;
mod authy;
mod battlenet;
mod bitwarden;
mod bitwarden_sealed;
mod cotp;
mod crypt;
mod databases;
mod detect;
mod duo;
mod ente;
mod extract;
mod freeotp;
mod freeotp2;
pub mod google;
mod json;
mod kdbx;
mod keepass;
mod lastpass;
mod mfa;
mod onepassword;
mod passwords;
mod prefs;
mod proton;
mod raivo;
mod row;
mod rsc;
mod sqlcipher;
mod sqlite;
mod steam;
mod stratum;
mod table;
mod totp_authenticator;
mod totp_cli;
mod twofas;
mod uris;
pub mod write;
mod zip;

use thiserror::Error;

pub use detect::{FORMATS, Format, read};
pub use row::{Fields, Found, Key, Row, Skipped};

use google::Part;

/// The largest file that is read, in bytes. Backups with icons have a few MiB.
pub const MAX_BYTES: usize = 64 << 20;

/// The most accounts of one file.
pub const MAX_ROWS: usize = 100_000;

/// A file, and what may be needed to read it.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// Its content.
    pub bytes: &'a [u8],
    /// Its name without the folder; decides nothing where the content says what it is.
    pub name: &'a str,
    /// Its password, once one was given.
    pub password: Option<&'a str>,
    /// Other files with their names that may belong to it: SDA keeps salts in a manifest.
    pub beside: &'a [(String, Vec<u8>)],
    /// Hears what takes long, before it does.
    pub tell: &'a dyn Fn(&str),
}

/// What a file has.
#[derive(Debug)]
pub struct Import {
    /// The name of its format, as `--format` takes it.
    pub format: &'static str,
    /// Its accounts, in order.
    pub rows: Vec<Row>,
    /// The parts of a Google Authenticator export that were in it.
    pub parts: Vec<Part>,
    /// What is to be said of the file as a whole.
    pub notes: Vec<String>,
}

/// Why a file cannot be read. No variant quotes a key or a password.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ImportError {
    /// None of the formats.
    #[error("this is no export of any authenticator that is known here")]
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
    /// It asks for more than anybody's file does.
    #[error("the file asks for too much: {0}")]
    TooCostly(String),
    /// It is encrypted, and no password was given.
    #[error("the file is encrypted: it needs a password")]
    NeedsPassword,
    /// It does not open with this password, or is damaged where that cannot be told apart.
    #[error("the password is wrong")]
    WrongPassword,
}

impl<'a> Input<'a> {
    /// The same file's inner content.
    #[must_use]
    pub const fn with_bytes<'b>(&self, bytes: &'b [u8]) -> Input<'b>
    where
        'a: 'b,
    {
        Input { bytes, ..*self }
    }

    /// The password.
    ///
    /// # Errors
    /// [`ImportError::NeedsPassword`] where none was given.
    pub fn password(&self) -> Result<&'a str, ImportError> {
        self.password.ok_or(ImportError::NeedsPassword)
    }
}

impl Import {
    /// Rows alone; the format's name is put in by [`read`].
    fn of(rows: Vec<Row>) -> Self {
        Self {
            format: "",
            rows,
            parts: Vec::new(),
            notes: Vec::new(),
        }
    }

    fn with_note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }
}

/// Rows of a list whose members each have a place, from 1; one that could not be read at all is
/// skipped as that.
fn rows<T>(list: json::Rows<T>, what: &str, row: impl Fn(T, String) -> Option<Row>) -> Vec<Row> {
    let numbered = (1..).zip(list.0);
    let each = |(number, entry): (usize, Option<T>)| {
        let place = format!("{what} {number}");
        match entry {
            Some(entry) => row(entry, place),
            None => Some(unreadable(place)),
        }
    };
    numbered.filter_map(each).collect()
}

fn unreadable(place: String) -> Row {
    Err(Skipped {
        place,
        name: String::new(),
        reason: "it does not have the members it should".to_owned(),
    })
}

type Reader = fn(&Input<'_>) -> Result<Import, ImportError>;

/// Encrypted formats that are base64 and nothing else: tried in turn, since none has a mark.
fn sealed_text(input: &Input<'_>, text: &str) -> Result<Import, ImportError> {
    let bytes = crypt::base64(text).filter(|bytes| bytes.len() >= 32 && bytes.len() % 16 == 0);
    if bytes.is_none() {
        return Err(ImportError::Unrecognised);
    }
    let readers: [(&'static str, Reader); 3] = [
        ("totp-authenticator", totp_authenticator::read_sealed),
        ("totp-cli", totp_cli::read_v1),
        ("steam", steam::read_sealed),
    ];
    let mut last = ImportError::WrongPassword;
    for (format, reader) in readers {
        match reader(input) {
            Ok(import) => return Ok(Import { format, ..import }),
            Err(ImportError::Unrecognised) => {}
            Err(error) => last = error,
        }
    }
    Err(last)
}
