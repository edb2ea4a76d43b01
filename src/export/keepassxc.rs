//! KeePassXC's CSV, for its own import.

use zeroize::Zeroizing;

use super::{Export, Target, file, note_extras, partition};
use crate::crypto::SecretBuffer;
use crate::otp::{Account, Kind, escape_controls, format as uri_of};

pub(super) const TARGET: Target = Target {
    name: "keepassxc",
    title: "KeePassXC CSV, not encrypted",
    is_encrypted: false,
    write: |accounts, _| Ok(write(accounts)),
};

fn write(accounts: &[Account]) -> Export<'static> {
    let (taken, mut omitted) = partition(accounts, |account| {
        let is_hotp = matches!(account.credential.kind, Kind::Hotp { .. });
        is_hotp.then(|| "KeePassXC does not support HOTP in CSV".to_owned())
    });
    note_extras(&taken, 1, &mut omitted);
    let mut text = SecretBuffer::default();
    let head = [
        "Group", "Title", "Username", "Password", "URL", "Notes", "TOTP",
    ];
    row(&mut text, &head);
    for account in &taken {
        let (issuer, name) = (cell(&account.issuer), cell(&account.name));
        let title = if issuer.is_empty() { &name } else { &issuer };
        let group = cell(account.tags.first().map_or("Root", String::as_str));
        let uri = uri(account);
        row(&mut text, &[&group, title, &name, "", "", "", &uri]);
    }
    file(text.into_bytes(), taken.len(), omitted)
}

/// KeePassXC treats Steam as a kind of TOTP.
pub(super) fn uri(account: &Account) -> Zeroizing<String> {
    let uri = uri_of(&account.issuer, &account.name, &account.credential);
    match uri.strip_prefix("otpauth://steam/") {
        Some(rest) => Zeroizing::new(format!("otpauth://totp/{rest}&encoder=steam")),
        None => uri,
    }
}

/// The characters that start a formula.
const SIGNS: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// A cell that a spreadsheet reads as text: a `'` is put before the start of a formula (OWASP, "CSV
/// Injection"). A value that starts with `'` gets one more, so that an import can remove one. Where the
/// comma is the decimal separator, a cell also starts after each semicolon, quoted or not. Terminal
/// controls, such as tabs, are escaped here; the URI keeps the exact name.
fn cell(value: &str) -> String {
    let shown = escape_controls(value);
    let mut marked = String::with_capacity(shown.len() + 1);
    if shown.starts_with(SIGNS) || shown.starts_with('\'') {
        marked.push('\'');
    }
    for (at, c) in shown.char_indices() {
        marked.push(c);
        let is_blank = |c: char| c == '"' || c.is_whitespace();
        let begins = || shown[at + 1..].trim_start_matches(is_blank);
        if c == ';' && begins().starts_with(SIGNS) {
            marked.push('\'');
        }
    }
    marked
}

fn row(text: &mut SecretBuffer, fields: &[&str]) {
    for (index, field) in fields.iter().enumerate() {
        if index > 0 {
            text.push(b',');
        }
        text.push(b'"');
        for byte in field.bytes() {
            if byte == b'"' {
                text.push(b'"');
            }
            text.push(byte);
        }
        text.push(b'"');
    }
    text.push(b'\n');
}
