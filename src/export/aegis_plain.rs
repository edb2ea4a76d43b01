//! Aegis's JSON without encryption.

use super::aegis::{plain, without_links};
use super::{Export, Target, file};
use crate::otp::Account;

pub(super) const TARGET: Target = Target {
    name: "aegis-plain",
    title: "Aegis, not encrypted",
    is_encrypted: false,
    write: |accounts, _| Ok(write(accounts)),
};

fn write(accounts: &[Account]) -> Export<'static> {
    file(plain(accounts), accounts.len(), without_links(accounts))
}
