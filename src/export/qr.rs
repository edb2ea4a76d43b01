//! A QR code for each account, with its otpauth URI.

use super::otpauth::without_extras;
use super::{Content, Export, Target, name};
use crate::otp::{Account, format};

pub(super) const TARGET: Target = Target {
    name: "qr",
    title: "a QR code for each account",
    is_encrypted: false,
    write: |accounts, _| Ok(write(accounts)),
};

fn write(accounts: &[Account]) -> Export<'static> {
    let code = |account: &Account| {
        let uri = format(&account.issuer, &account.name, &account.credential);
        (name(account), uri)
    };
    Export {
        content: Content::Codes(accounts.iter().map(code).collect()),
        count: accounts.len(),
        omitted: without_extras(accounts),
    }
}
