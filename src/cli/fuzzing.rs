//! The entry points of fuzz targets for what is not public: the arguments of `mfa add`, and the commits
//! of `mfa sync`.

use std::ffi::OsString;

use clap::FromArgMatches;

use crate::commands::add;
use crate::import::Found;
use crate::otp::{Draft, parse};
use crate::sync::commit::Commit;

/// Returns the accounts that `mfa add` would store for these arguments, which start with the
/// program's name. Returns none if it would refuse them.
#[must_use]
pub fn add(arguments: Vec<OsString>) -> Vec<Draft> {
    let matches = match super::matches(&arguments) {
        Ok(matches) => matches,
        Err(error) => {
            // The message is built too, so that it is tested.
            let _ = error.render().to_string();
            return Vec::new();
        }
    };
    let Some(("add", matches)) = matches.subcommand() else {
        return Vec::new();
    };
    let Ok(command) = add::Args::from_arg_matches(matches) else {
        return Vec::new();
    };
    let uris = matches.get_many::<String>("uris").into_iter().flatten();
    let read = uris.filter_map(|uri| parse(uri).ok());
    let mut read: Vec<_> = read.map(Found::from).collect();
    match command.apply_overrides(&mut read) {
        Ok(()) => read.into_iter().map(|found| found.draft).collect(),
        Err(_) => Vec::new(),
    }
}

/// Reads the bytes of a commit, and writes it again if it is one. Returns whether it was read, and whether
/// what was written is read as the same commit.
#[must_use]
pub fn commit(bytes: &[u8]) -> (bool, bool) {
    match Commit::parse(bytes) {
        Ok(commit) => {
            let again = Commit::parse(&commit.to_json());
            (true, again.as_ref() == Ok(&commit))
        }
        Err(error) => {
            let _ = error.to_string();
            (false, true)
        }
    }
}
