//! Any bytes as the arguments of `mfa add`, one a line: no panic, and the account of a URI among
//! them is one that a vault can keep. No file, network or terminal is touched.
#![no_main]

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use clap::FromArgMatches;
use libfuzzer_sys::fuzz_target;
use mfa::commands::add;
use mfa::import::Found;
use mfa::otp::{self, Account, AccountId};
use mfa::vault::Vault;
use mfa::vault::format::document;

fuzz_target!(|bytes: &[u8]| {
    let given = bytes.split(|byte| *byte == b'\n');
    let given = given.map(|argument| OsString::from_vec(argument.to_vec()));
    let arguments = ["mfa", "add"].map(OsString::from).into_iter().chain(given);
    let matches = match mfa::cli::matches(arguments.collect()) {
        Ok(matches) => matches,
        Err(error) => return drop(error.render().to_string()),
    };
    // A second line may have named another command's option, never another command.
    let Some(("add", matches)) = matches.subcommand() else {
        panic!("not an add");
    };
    let command = add::Args::from_arg_matches(matches).expect("clap has checked them");
    let uris = matches.get_many::<String>("uris").into_iter().flatten();
    let read = uris.filter_map(|uri| otp::parse(uri).ok());
    let mut read: Vec<_> = read.map(Found::from).collect();
    if command.apply_overrides(&mut read).is_err() {
        return;
    }
    let accounts = read.into_iter().map(|found| {
        let id = AccountId::new(0, &[0; 10]);
        Account::from_draft(found.draft, id, 0)
    });
    let mut vault = Vault::default();
    vault.accounts.extend(accounts);
    let written = document::write(&vault).expect("memory takes it");
    assert_eq!(document::parse(&written), Ok(vault));
});
