//! `~/.aws/config` and `~/.aws/credentials`: text in, text out. Pure; the host reads and writes them.
//!
//! [`ini`] parses the files as AWS's tools do, and [`edit`](mod@edit) changes single settings. [`files`]
//! combines both files and the variables. [`profile`] is a profile with its keys and role, and
//! [`resolve`] finds them. [`remove_keys`] takes long-term keys out of the files. [`written`] is what `setup`, `login --as` and `rotate` write.

mod edit;
mod files;
mod ini;
mod profile;
mod remove_keys;
mod resolve;
#[cfg(test)]
mod tests;
mod written;

pub(crate) use edit::{EditError, edit, profile_name};
pub(crate) use files::{Files, Served};
pub(crate) use ini::{File, Sections};
pub(crate) use profile::{Profile, ProfileError, Role, Source};
pub(crate) use remove_keys::{StaticKeyError, without_key, without_secret};
pub(crate) use written::{ProcessLine, process_settings, replace_serial, session_settings};
