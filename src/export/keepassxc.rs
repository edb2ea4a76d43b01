//! KeePassXC's CSV, as its own import reads it.

use zeroize::Zeroizing;

use super::{Export, Target, file, note_extras, partition};
use crate::crypto::SecretBuffer;
use crate::otp::{Account, Kind, format};

pub(super) const TARGET: Target = Target {
    name: "keepassxc",
    title: "KeePassXC CSV, not encrypted",
    is_encrypted: false,
    write: |accounts, _| Ok(write(accounts)),
};

fn write(accounts: &[Account]) -> Export<'static> {
    let (taken, mut omitted) = partition(accounts, |account| {
        let is_hotp = matches!(account.credential.kind, Kind::Hotp { .. });
        is_hotp.then(|| "KeePassXC has no HOTP".to_owned())
    });
    note_extras(&taken, 1, &mut omitted);
    let mut text = SecretBuffer::default();
    let head = [
        "Group", "Title", "Username", "Password", "URL", "Notes", "TOTP",
    ];
    row(&mut text, &head);
    for account in &taken {
        let (issuer, name) = (account.issuer.as_str(), account.name.as_str());
        let title = if issuer.is_empty() { name } else { issuer };
        let group = account.tags.first().map_or("Root", String::as_str);
        row(&mut text, &[group, title, name, "", "", "", &uri(account)]);
    }
    file(text.into_bytes(), taken.len(), omitted)
}

/// Steam is a kind of TOTP to KeePassXC.
pub(super) fn uri(account: &Account) -> Zeroizing<String> {
    let uri = format(&account.issuer, &account.name, &account.credential);
    match uri.strip_prefix("otpauth://steam/") {
        Some(rest) => Zeroizing::new(format!("otpauth://totp/{rest}&encoder=steam")),
        None => uri,
    }
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
