//! Exports for other authenticators: accounts to bytes, one file a format, no I/O. What a format
//! cannot carry is told, account by account.

mod aegis;
mod bitwarden;
mod google;
mod keepass;
mod keepassxc;
mod mfa;
mod paper;
mod stratum;
mod twofas;
mod uris;

use thiserror::Error;
use zeroize::Zeroizing;

use crate::otp::{Account, full_name};
use crate::vault::format::{DataKey, RandomError};
use crate::vault::{Header, Slot};

/// What a writer needs besides the accounts.
pub struct Sealing<'a> {
    /// The password, for the formats that are encrypted.
    pub password: &'a str,
    /// Closes a vault off for people's own keys, in place of a password.
    pub share: Option<&'a Share<'a>>,
    /// Draws a text as a QR code in SVG; `None` where it is too long for one.
    pub draw: &'a dyn Fn(&str) -> Option<Zeroizing<String>>,
    /// Fresh random bytes for keys, nonces and salts.
    pub noise: &'a [u8; 256],
}

/// The slots of a vault for people's own keys, or why there are none.
pub type Share<'a> = dyn Fn(&Header, &DataKey) -> Result<Vec<Slot>, String> + 'a;

/// What is to be written.
pub enum Content {
    /// A file.
    File(Zeroizing<Vec<u8>>),
    /// QR codes, each with a name for its picture.
    Codes(Vec<(String, Zeroizing<String>)>),
}

/// An export.
pub struct Export {
    /// It.
    pub content: Content,
    /// How many accounts are in it.
    pub count: usize,
    /// What is not in it: lines with the account's name in front.
    pub lost: Vec<String>,
}

/// A format that can be written.
pub struct Target {
    /// What `--format` calls it.
    pub name: &'static str,
    /// What it is.
    pub title: &'static str,
    /// Whether it has a password.
    pub is_encrypted: bool,
    /// Makes it.
    pub write: fn(&[Account], &Sealing<'_>) -> Result<Export, WriteError>,
}

/// Why an encrypted export was not made.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WriteError {
    /// Key derivations need up to 64 MiB.
    #[error("there is too little memory to make a key of the password")]
    NoMemory,
    /// No fresh key.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// It could not be closed off for somebody's key.
    #[error("{0}")]
    Share(String),
}

macro_rules! targets {
    ($($name:literal $title:literal $encrypted:literal $write:expr;)*) => {
        /// All formats; the first is the default.
        pub const TARGETS: &[Target] = &[$(Target {
            name: $name,
            title: $title,
            is_encrypted: $encrypted,
            write: $write,
        }),*];
    };
}

targets! {
    "aegis" "Aegis, encrypted with a password" true aegis::sealed;
    "aegis-plain" "Aegis, not encrypted" false |a, s| Ok(aegis::plain(a, s));
    "mfa" "a vault of mfa with a passphrase, or for age keys: mfa --vault FILE" true mfa::vault;
    "stratum" "Stratum, encrypted with a password" true stratum::sealed;
    "otpauth" "otpauth URIs, one a line" false |a, s| Ok(uris::lines(a, s));
    "google" "QR codes for Google Authenticator's import" false |a, s| Ok(google::codes(a, s));
    "qr" "a QR code for each account" false |a, s| Ok(uris::codes(a, s));
    "2fas" "2FAS, not encrypted" false |a, s| Ok(twofas::plain(a, s));
    "bitwarden" "Bitwarden JSON, not encrypted" false |a, s| Ok(bitwarden::plain(a, s));
    "keepass" "KeePass 2 and KeePassXC XML, not encrypted" false |a, s| Ok(keepass::document(a, s));
    "keepassxc" "KeePassXC CSV, not encrypted" false |a, s| Ok(keepassxc::table(a, s));
    "paper" "an HTML page to print: QR code and key of each account" false
        |a, s| Ok(paper::page(a, s));
}

/// The accounts that a format takes, and why it does not take the others.
fn sorted(
    accounts: &[Account],
    refuses: impl Fn(&Account) -> Option<String>,
) -> (Vec<&Account>, Vec<String>) {
    let (mut taken, mut lost) = (Vec::new(), Vec::new());
    for account in accounts {
        match refuses(account) {
            None => taken.push(account),
            Some(why) => lost.push(format!("{}: left out: {why}", name(account))),
        }
    }
    (taken, lost)
}

/// Says of each account what a format of another program loses: its link to AWS, and the tags that
/// are more than `room`.
fn lost_extras(accounts: &[&Account], room: usize, lost: &mut Vec<String>) {
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
            lost.push(format!("{}: without {without}", name(account)));
        }
    }
}

fn name(account: &Account) -> String {
    full_name(&account.issuer, &account.name)
}

fn file(text: Zeroizing<Vec<u8>>, count: usize, lost: Vec<String>) -> Export {
    Export {
        content: Content::File(text),
        count,
        lost,
    }
}

/// Text within XML or HTML, put where it is wiped. Control characters have no form there.
fn push_escaped(text: &mut Vec<u8>, value: &str) {
    let mut buffer = [0; 4];
    for c in value.chars() {
        text.extend_from_slice(match c {
            '&' => b"&amp;",
            '<' => b"&lt;",
            '>' => b"&gt;",
            '"' => b"&quot;",
            '\'' => b"&#39;",
            c if c.is_control() => "\u{fffd}".as_bytes(),
            c => c.encode_utf8(&mut buffer).as_bytes(),
        });
    }
}

/// A JSON document. Its keys are borrowed, and the buffer is made large enough to never grow.
fn json(value: &impl serde::Serialize, count: usize) -> Zeroizing<Vec<u8>> {
    let mut text = Zeroizing::new(Vec::with_capacity(4096 + count * 16 * 1024));
    // Strings, numbers and lists always have a form in JSON, and memory takes all of them.
    let _ = serde_json::to_writer_pretty(&mut *text, value);
    text.push(b'\n');
    text
}
