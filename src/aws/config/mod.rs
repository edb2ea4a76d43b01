//! `~/.aws/config` and `~/.aws/credentials`: text in, text out. Pure; the host reads and writes them.
//!
//! [`ini`] reads the files as AWS's tools do, and [`edit`](mod@edit) changes a setting and no other
//! byte; [`files`] looks at both files and the variables together; [`profile`] follows a profile to its
//! keys and its role; [`written`] is what `setup`, `login --as` and `rotate` write.

mod edit;
mod files;
mod ini;
mod profile;
mod resolve;
#[cfg(test)]
mod tests;
mod written;

pub(crate) use edit::{EditError, edit, profile_name};
pub(crate) use files::Files;
pub(crate) use ini::{File, Sections};
pub(crate) use profile::{Profile, ProfileError, Role, Source};
pub(crate) use written::{ProcessLine, process_settings, replace_serial, session_settings};
