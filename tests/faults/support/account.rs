//! Accounts whose codes are known from RFC 6238.

use std::collections::BTreeMap;

/// The secret of RFC 6238, whose SHA-1 code is 94287082 from second 30 to 59.
pub const KEY: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

/// The first second of that code. A slow machine has 29 s left, because time runs on from `--at`.
pub const AT: &str = "30";

/// An account. The number of digits of its code distinguishes it from the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    pub name: &'static str,
    /// The code at second 30.
    pub code: &'static str,
}

pub const X: Account = account("x", "287082");
pub const Y: Account = account("y", "94287082");
pub const Z: Account = account("z", "4287082");
pub const MORE: Account = account("more", "287082");

const fn account(name: &'static str, code: &'static str) -> Account {
    Account { name, code }
}

impl Account {
    pub fn uri(&self) -> String {
        uri(self.name, self.code.len())
    }
}

/// A URI line for `mfa add -`.
pub fn uri(name: &str, digits: usize) -> String {
    format!("otpauth://totp/Test:{name}?secret={KEY}&digits={digits}\n")
}

/// Names and codes, in the form of `Home::accounts`.
pub fn named(accounts: &[Account]) -> BTreeMap<String, String> {
    let pair = |a: &Account| (a.name.to_owned(), a.code.to_owned());
    accounts.iter().map(pair).collect()
}
