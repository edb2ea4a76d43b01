//! Reads password stores through their own programs.
#![expect(
    clippy::disallowed_methods,
    reason = "PASSWORD_STORE_DIR names the store of pass"
)]

use std::process::Stdio;

use zeroize::Zeroizing;

use super::batch::Batch;
use super::files::refused;
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::app::user_files::names_below;
use crate::app::{folders, programs};
use crate::import::{self, Format, ImportError, Input};
use crate::vault::storage::plain;

/// Most bytes that a program may print, for one entry or the list of all.
const MAX_BYTES: usize = 8 << 20;

/// A program that shows the entries of a password store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Program {
    /// Read the entries with pass (passwordstore.org)
    Pass,
    /// Read the entries with gopass (gopass.pw)
    Gopass,
}

impl Program {
    const fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Gopass => "gopass",
        }
    }

    /// Lists the names of all entries. pass prints them only as a tree, so its files are listed.
    fn entries(self) -> Result<Vec<String>> {
        match self {
            Self::Pass => {
                let folder = std::env::var_os("PASSWORD_STORE_DIR").map(Into::into);
                let usual = folders::home().map(|home| home.join(".password-store"));
                let folder = folder.or(usual).unwrap_or_default();
                names_below(&folder, ".gpg")
            }
            Self::Gopass => {
                let list = self.run(&["ls", "--flat"])?;
                let text = String::from_utf8_lossy(&list);
                Ok(text.lines().map(|line| line.trim().to_owned()).collect())
            }
        }
    }

    fn run(self, arguments: &[&str]) -> Result<Zeroizing<Vec<u8>>> {
        let name = self.name();
        let mut command = programs::child(name);
        command.args(arguments).stdin(Stdio::inherit());
        let output = programs::run(&mut command, MAX_BYTES, name).map_err(|error| {
            let message = format!("cannot start {name}: {}", plain(&error));
            CommandError::new(Exit::Failed, message)
        })??;
        if !output.status.success() {
            let message = format!("{name} {} failed: {}", arguments.join(" "), output.status);
            return Err(CommandError::new(Exit::Failed, message));
        }
        Ok(output.stdout)
    }

    fn show(self, entry: &str) -> Result<Zeroizing<Vec<u8>>> {
        match self {
            Self::Pass => self.run(&["show", "--", entry]),
            Self::Gopass => self.run(&["show", "--force", "--", entry]),
        }
    }
}

/// Shows each entry and takes its one-time passwords. Most entries have none.
///
/// # Errors
/// If the program fails, or an entry cannot be read.
pub(crate) fn read(context: &mut Context, program: Program, include_trash: bool) -> Result<Batch> {
    crate::harden::lock_memory();
    let mut batch = Batch::new(include_trash);
    for entry in program.entries()? {
        let bytes = program.show(&entry)?;
        match import::read(&Input::new(&bytes, &entry), Format::named("uris")) {
            Ok(mut import) => {
                // These notes are about the other lines: the password and what belongs to it.
                import.notes.clear();
                batch.add(context, import, &entry, &entry)?;
            }
            Err(ImportError::Unrecognised) => {}
            Err(error) => return Err(refused(&error, &entry, &[])),
        }
    }
    Ok(batch)
}
