//! Exports for other authenticators: accounts to bytes, one file a format, no I/O. What a format
//! cannot carry is told, account by account.

mod aegis;
mod bitwarden;
mod google;
mod keepassxc;
mod paper;
mod stratum;
mod twofas;
mod uris;

use zeroize::Zeroizing;

use crate::otp::{Account, full_name};

/// What a writer needs besides the accounts.
pub struct Sealing<'a> {
    /// The password, for the formats that are encrypted.
    pub password: &'a str,
    /// Draws a text as a QR code in SVG; `None` where it is too long for one.
    pub draw: &'a dyn Fn(&str) -> Option<Zeroizing<String>>,
    /// Fresh random bytes for keys, nonces and salts.
    pub noise: &'a [u8; 128],
}

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
    pub write: fn(&[Account], &Sealing<'_>) -> Export,
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
    "aegis-plain" "Aegis, not encrypted" false aegis::plain;
    "stratum" "Stratum, encrypted with a password" true stratum::sealed;
    "otpauth" "otpauth URIs, one a line" false uris::lines;
    "google" "QR codes for Google Authenticator's import" false google::codes;
    "qr" "a QR code for each account" false uris::codes;
    "2fas" "2FAS, not encrypted" false twofas::plain;
    "bitwarden" "Bitwarden JSON, not encrypted" false bitwarden::plain;
    "keepassxc" "KeePassXC CSV, not encrypted" false keepassxc::table;
    "paper" "an HTML page to print: QR code and key of each account" false paper::page;
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

/// Says of each account which of its tags a format with room for `room` of them loses.
fn lost_tags(accounts: &[&Account], room: usize, lost: &mut Vec<String>) {
    for account in accounts.iter().filter(|account| account.tags.len() > room) {
        let tags = account.tags[room..].join(", ");
        lost.push(format!("{}: without its tags {tags}", name(account)));
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

/// A JSON document. Its keys are borrowed, and the buffer is made large enough to never grow.
fn json(value: &impl serde::Serialize, count: usize) -> Zeroizing<Vec<u8>> {
    let mut text = Zeroizing::new(Vec::with_capacity(4096 + count * 16 * 1024));
    // Strings, numbers and lists always have a form in JSON, and memory takes all of them.
    let _ = serde_json::to_writer_pretty(&mut *text, value);
    text.push(b'\n');
    text
}
