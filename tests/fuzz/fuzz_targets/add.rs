//! Any bytes as the arguments of `mfa add`, one a line: no panic, and a vault can store the accounts of
//! URIs among them. No file, network or terminal is touched.
#![no_main]

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use libfuzzer_sys::fuzz_target;
use mfa::otp::{Account, AccountId};
use mfa::vault::Vault;
use mfa::vault::format::document;

fuzz_target!(|bytes: &[u8]| {
    let given = bytes.split(|byte| *byte == b'\n');
    let given = given.map(|argument| OsString::from_vec(argument.to_vec()));
    let arguments = ["mfa", "add"].map(OsString::from).into_iter().chain(given);
    let accounts = mfa::fuzzing::add(arguments.collect())
        .into_iter()
        .map(|draft| {
            let id = AccountId::new(0, &[0; 10]);
            Account::from_draft(draft, id, 0)
        });
    let mut vault = Vault::default();
    vault.accounts.extend(accounts);
    let written = document::write(&vault).expect("memory takes it");
    assert_eq!(document::parse(&written), Ok(vault));
});
