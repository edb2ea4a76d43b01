//! The door of the fuzz target `add`: arguments to accounts, with nothing read, asked or stored.

use std::ffi::OsString;

use clap::FromArgMatches;

use crate::commands::add;
use crate::import::Found;
use crate::otp::{Draft, parse};

/// The accounts that `mfa add` would store for these arguments, the program's own name among them;
/// none where it would refuse them.
#[must_use]
pub fn add(arguments: Vec<OsString>) -> Vec<Draft> {
    let matches = match super::matches(&arguments) {
        Ok(matches) => matches,
        Err(error) => {
            // Building the message is a part of what is tried.
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
