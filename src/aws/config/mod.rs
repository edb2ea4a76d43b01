//! `~/.aws/config` and `~/.aws/credentials`: text in, text out. Pure; the host reads and writes them.
//!
//! [`ini`] parses the files as AWS's tools do, and [`edit`](mod@edit) changes single settings. [`files`]
//! combines both files and the variables. [`profile`] is a profile with its keys and role, and
//! [`resolve`] finds them. [`remove_keys`] takes long-term keys out of the files. [`written`] is what
//! `setup` and `rotate` write, [`owned`] what `login --as` writes and may overwrite, and [`renewing`] what
//! `exec --refresh` gives to a program. [`words`] quotes and splits a `credential_process` line.

mod edit;
mod files;
mod ini;
mod owned;
mod profile;
mod remove_keys;
mod renewing;
mod resolve;
#[cfg(test)]
mod tests;
mod words;
mod written;

pub(crate) use edit::{EditError, edit, profile_name};
pub(crate) use files::{Conflict, Files, Served};
pub(crate) use ini::{File, Sections};
pub(crate) use owned::{backup_of, remove_session, write_session};
pub(crate) use profile::{EndpointOptions, Profile, ProfileError, Role, Source};
pub(crate) use remove_keys::{StaticKeyError, without_key, without_secret};
pub(crate) use renewing::with_renewing_profile;
pub(crate) use words::split_words;
pub(crate) use written::{ProcessLine, process_settings, replace_serial};
