//! Exports for other authenticators: accounts to bytes, one file for each format, no I/O. What a
//! format cannot hold is listed for each account.
//!
//! ```
//! use mfa::export::{Content, Options, Target};
//! use mfa::otp::{Account, AccountId, parse};
//!
//! let draft = parse("otpauth://totp/GitHub:alice?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")?.draft;
//! let account = Account::from_draft(draft, AccountId::new(0, &[0; 10]), 0);
//! let target = Target::named("otpauth").ok_or("no such format")?;
//! // A format that is encrypted needs a password, and random bytes from the operating system.
//! let accounts = [account];
//! let export = target.write(&accounts, &Options::new("", &[0; 256]))?;
//! let Content::File(text) = export.content else {
//!     return Err("QR codes".into());
//! };
//! assert!(text.starts_with(b"otpauth://totp/GitHub:alice?secret=JBSWY3DP"));
//! assert!(export.omitted.is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! To add a format, write its file here with a [`Target`], and add a line to [`TARGETS`].

mod aegis;
mod aegis_plain;
mod bitwarden;
mod google;
mod keepass;
mod keepassxc;
mod mfa;
mod otpauth;
mod paper;
mod qr;
mod stratum;
mod twofas;

use std::collections::HashSet;
use std::io::{self, Write};

use thiserror::Error;
use zeroize::Zeroizing;

use crate::crypto::SecretBuffer;
use crate::otp::{Account, full_name, is_hidden};
use crate::vault::format::{DataKey, MAX_FILE_BYTES, Random, RandomError, random_array};
use crate::vault::{Header, Slot};

/// What a format needs besides the accounts.
pub struct Options<'a> {
    /// The password, for encrypted formats.
    pub password: &'a str,
    /// Fresh random bytes for keys, nonces and salts.
    pub random: &'a [u8; 256],
    /// Draws a text as a QR code in SVG; `None` if it is too long for one.
    pub draw_qr: DrawQr,
    /// Encrypts a vault to people's own keys instead of a password.
    pub(crate) recipient_slots: Option<&'a RecipientSlots<'a>>,
}

impl<'a> Options<'a> {
    /// Encrypts with a password, and draws no QR codes.
    #[must_use]
    pub fn new(password: &'a str, random: &'a [u8; 256]) -> Self {
        Self {
            password,
            random,
            draw_qr: |_| None,
            recipient_slots: None,
        }
    }
}

/// Draws a text as a QR code in SVG; `None` if it is too long for one.
pub type DrawQr = fn(&str) -> Option<Zeroizing<String>>;

/// Makes a vault's slots for people's own keys, or says why it cannot.
pub(crate) type RecipientSlots<'a> = dyn Fn(&Header, &DataKey) -> Result<Vec<Slot>, String> + 'a;

/// The output of an export.
pub enum Content<'a> {
    /// One file, complete in memory.
    File(Zeroizing<Vec<u8>>),
    /// One file that may be too large for memory: it is written in pieces.
    Stream(Box<Stream<'a>>),
    /// QR codes: each has a name for its picture, and its payload.
    Codes(Vec<(String, Zeroizing<String>)>),
}

/// Writes a file in pieces.
pub type Stream<'a> = dyn Fn(&mut dyn Write) -> io::Result<()> + 'a;

/// The result of an export.
pub struct Export<'a> {
    /// The file, or one payload for each QR code.
    pub content: Content<'a>,
    /// How many accounts were exported.
    pub count: usize,
    /// What was left out: lines that start with the account's name.
    pub omitted: Vec<String>,
}

/// A file format that can be exported.
#[derive(Debug)]
pub struct Target {
    /// The name that `--format` takes, such as `aegis`.
    pub name: &'static str,
    /// The name for people, such as `Aegis`.
    pub title: &'static str,
    /// Whether the format is encrypted with a password.
    pub is_encrypted: bool,
    pub(crate) write: Writer,
}

type Writer = for<'a> fn(&'a [Account], &Options<'_>) -> Result<Export<'a>, WriteError>;

impl Target {
    /// Finds the format with this name, as `--format` takes it.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        TARGETS.iter().find(|target| target.name == name)
    }

    /// Writes accounts in this format.
    ///
    /// # Errors
    /// Only for encrypted formats: too little memory, a vault that is too large, or a recipient that
    /// cannot be encrypted to. What the format cannot hold is no error, but in [`Export::omitted`].
    pub fn write<'a>(
        &self,
        accounts: &'a [Account],
        options: &Options<'_>,
    ) -> Result<Export<'a>, WriteError> {
        (self.write)(accounts, options)
    }
}

/// Why an encrypted export was not made.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WriteError {
    /// Not enough memory for the key derivation, which needs up to 64 MiB.
    #[error("not enough memory to encrypt it")]
    NoMemory,
    /// [`Options::random`] has too few bytes.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The vault would be larger than `mfa` itself reads.
    #[error("the vault would be larger than {} MiB", MAX_FILE_BYTES >> 20)]
    TooLarge,
    /// Encrypting to a recipient's key failed.
    #[error("{0}")]
    Recipient(String),
}

/// All formats; the first is the default.
pub static TARGETS: &[Target] = &[
    aegis::TARGET,
    aegis_plain::TARGET,
    mfa::TARGET,
    stratum::TARGET,
    otpauth::TARGET,
    google::TARGET,
    qr::TARGET,
    twofas::TARGET,
    bitwarden::TARGET,
    keepass::TARGET,
    keepassxc::TARGET,
    paper::TARGET,
];

/// The random bytes of an export; each is used once.
struct RandomBytes<'a>(&'a [u8]);

impl<'a> RandomBytes<'a> {
    fn of(options: &Options<'a>) -> Self {
        Self(options.random)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], RandomError> {
        random_array(self)
    }
}

impl Random for RandomBytes<'_> {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), RandomError> {
        let (taken, rest) = (self.0.split_at_checked(bytes.len()))
            .ok_or_else(|| RandomError("an export has too few".to_owned()))?;
        bytes.copy_from_slice(taken);
        self.0 = rest;
        Ok(())
    }
}

/// Splits off the accounts that a format cannot hold, each with the reason.
fn partition(
    accounts: &[Account],
    refuses: impl Fn(&Account) -> Option<String>,
) -> (Vec<&Account>, Vec<String>) {
    let (mut taken, mut omitted) = (Vec::new(), Vec::new());
    for account in accounts {
        match refuses(account) {
            None => taken.push(account),
            Some(why) => omitted.push(format!("{}: left out: {why}", name(account))),
        }
    }
    (taken, omitted)
}

/// Lists what another program's format loses of each account: its AWS link, and the tags beyond
/// `room`.
fn note_extras(accounts: &[&Account], room: usize, omitted: &mut Vec<String>) {
    for account in accounts {
        let mut without = Vec::new();
        if let Some(tags) = account.tags.get(room..).filter(|tags| !tags.is_empty()) {
            without.push(format!("its tags ({})", tags.join(", ")));
        }
        if let Some(link) = &account.aws {
            without.push(format!("its link to AWS ({})", link.serial));
        }
        if !without.is_empty() {
            let without = without.join(" and ");
            omitted.push(format!("{}: without {without}", name(account)));
        }
    }
}

fn name(account: &Account) -> String {
    full_name(&account.issuer, &account.name)
}

fn file(text: Zeroizing<Vec<u8>>, count: usize, omitted: Vec<String>) -> Export<'static> {
    Export {
        content: Content::File(text),
        count,
        omitted,
    }
}

/// Escapes text for XML or HTML into a wiped buffer. Invisible characters become character references;
/// those that XML 1.0 cannot express at all are escaped as in names: `\u{1b}`.
fn push_escaped(text: &mut SecretBuffer, value: &str) {
    let (mut buffer, mut written);
    for c in value.chars() {
        text.extend_from_slice(match c {
            '&' => b"&amp;",
            '<' => b"&lt;",
            '>' => b"&gt;",
            '"' => b"&quot;",
            '\'' => b"&#39;",
            '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {
                written = c.escape_unicode().to_string();
                written.as_bytes()
            }
            c if is_hidden(c) => {
                written = format!("&#{};", u32::from(c));
                written.as_bytes()
            }
            c => {
                buffer = [0; 4];
                c.encode_utf8(&mut buffer).as_bytes()
            }
        });
    }
}

/// A JSON document. It is written twice: the first pass gives its length, so the buffer never grows
/// and leaves no copy of a key behind.
fn json(value: &impl serde::Serialize) -> Zeroizing<Vec<u8>> {
    let mut length = Length(1);
    // Strings, numbers and lists can always be written as JSON, and memory does not fail.
    let _ = serde_json::to_writer_pretty(&mut length, value);
    let mut text = Zeroizing::new(Vec::with_capacity(length.0));
    let _ = serde_json::to_writer_pretty(&mut *text, value);
    text.push(b'\n');
    text
}

/// Counts the bytes that are written to it.
struct Length(usize);

impl Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Each text once, in order.
fn distinct<'a>(texts: impl Iterator<Item = &'a String>) -> Vec<&'a str> {
    let mut seen = HashSet::new();
    let texts = texts.map(String::as_str);
    texts.filter(|text| seen.insert(*text)).collect()
}
