//! otpauth URIs: lines of them, or a QR code for each.

use zeroize::Zeroizing;

use super::{Content, Export, Sealing, file, lost_extras, name};
use crate::otp::{Account, format};

pub(super) fn lines(accounts: &[Account], _: &Sealing<'_>) -> Export {
    let uris = accounts
        .iter()
        .map(|a| format(&a.issuer, &a.name, &a.credential));
    let uris: Vec<_> = uris.collect();
    let length = uris.iter().map(|uri| uri.len() + 1).sum();
    let mut text = Zeroizing::new(Vec::with_capacity(length));
    for uri in &uris {
        text.extend_from_slice(uri.as_bytes());
        text.push(b'\n');
    }
    file(text, accounts.len(), without_extras(accounts))
}

pub(super) fn codes(accounts: &[Account], _: &Sealing<'_>) -> Export {
    let code = |account: &Account| {
        let uri = format(&account.issuer, &account.name, &account.credential);
        (name(account), uri)
    };
    Export {
        content: Content::Codes(accounts.iter().map(code).collect()),
        count: accounts.len(),
        lost: without_extras(accounts),
    }
}

fn without_extras(accounts: &[Account]) -> Vec<String> {
    let mut lost = Vec::new();
    lost_extras(&accounts.iter().collect::<Vec<_>>(), 0, &mut lost);
    lost
}
