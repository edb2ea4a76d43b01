//! The adapter for other programs: each one that `mfa` starts is made by [`child`] and started here.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the adapter for processes"
)]

use std::ffi::OsStr;
use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Stdio};

use zeroize::Zeroizing;

use super::error::{CommandError, Exit, Result};
use crate::harden;
use crate::vault::storage::plain;

/// Variables that are ours alone: they hold secrets or lead to them, or make a program that calls this
/// one do something else.
const PRIVATE: [&str; 6] = [
    "MFA_PASSPHRASE",
    "MFA_PASSPHRASE_FILE",
    "MFA_PASSPHRASE_COMMAND",
    "MFA_AGE_IDENTITY",
    "MFA_COMPLETE",
    "MFA_COMPLETE_WORDS",
];

/// A program, without the variables that are ours alone.
pub(crate) fn child(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    for name in PRIVATE {
        command.env_remove(name);
    }
    command
}

/// A line for the system's shell.
pub(crate) fn shell(line: impl AsRef<OsStr>) -> Command {
    let (shell, flag) = if cfg!(windows) {
        ("cmd", "/C")
    } else {
        ("sh", "-c")
    };
    let mut command = child(shell);
    command.arg(flag).arg(line);
    command
}

/// Starts a program, with the core limit that this one was started with.
pub(crate) fn start(command: &mut Command) -> io::Result<Child> {
    harden::with_own_core_limit(|| command.spawn())
}

/// Replaces this process by a program; returns only when that fails.
#[cfg(all(unix, feature = "aws"))]
pub(crate) fn replace_by(command: &mut Command) -> io::Error {
    harden::with_own_core_limit(|| std::os::unix::process::CommandExt::exec(command))
}

/// What a program printed.
pub(crate) struct Printed {
    /// It may be secret.
    pub(crate) stdout: Zeroizing<Vec<u8>>,
    /// Where it was asked for.
    #[cfg_attr(not(feature = "aws"), expect(dead_code, reason = "only AWS's is read"))]
    pub(crate) stderr: Vec<u8>,
    /// How it ended.
    pub(crate) status: ExitStatus,
}

/// Most that is kept of what a program says on stderr, in bytes.
const MAX_TOLD: u64 = 64 << 10;

/// Runs a program to its end. One that prints more than `limit` bytes is ended; `name` is what the
/// error calls it. An error to start it comes as it is.
///
/// # Errors
/// The second kind is that it printed too much.
pub(crate) fn run(command: &mut Command, limit: usize, name: &str) -> io::Result<Result<Printed>> {
    let mut child = start(command.stdout(Stdio::piped()))?;
    let stderr = child.stderr.take();
    let told = std::thread::spawn(move || {
        let mut told = Vec::new();
        if let Some(stderr) = stderr {
            let _ = stderr.take(MAX_TOLD).read_to_end(&mut told);
        }
        told
    });
    let mut stdout = Zeroizing::new(Vec::with_capacity(64 << 10));
    let read = match child.stdout.take() {
        Some(from) => from.take(limit as u64 + 1).read_to_end(&mut stdout),
        None => Ok(0),
    };
    if read.is_err() || stdout.len() > limit {
        // What it started itself has no reader any more, and ends by that.
        let _ = child.kill();
        let _ = child.wait();
        let why = match read {
            Err(error) => format!("cannot read what {name} prints: {}", plain(&error)),
            Ok(_) => format!("{name} printed more than {} KiB", limit >> 10),
        };
        return Ok(Err(CommandError::new(Exit::Failed, why)));
    }
    let status = child.wait()?;
    Ok(Ok(Printed {
        stdout,
        stderr: told.join().unwrap_or_default(),
        status,
    }))
}
