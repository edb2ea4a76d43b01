//! otpauth URIs, one on each line.

use zeroize::Zeroizing;

use super::{Export, Target, file, note_extras};
use crate::otp::{Account, format};

pub(super) const TARGET: Target = Target {
    name: "otpauth",
    title: "otpauth URIs, one per line",
    is_encrypted: false,
    write: |accounts, _| Ok(write(accounts)),
};

fn write(accounts: &[Account]) -> Export<'static> {
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

/// A URI cannot hold tags and AWS links.
pub(super) fn without_extras(accounts: &[Account]) -> Vec<String> {
    let mut omitted = Vec::new();
    note_extras(&accounts.iter().collect::<Vec<_>>(), 0, &mut omitted);
    omitted
}
