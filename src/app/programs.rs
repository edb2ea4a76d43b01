//! The adapter for other programs: [`child`] builds every one that `mfa` starts.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the adapter for processes"
)]

use std::ffi::OsStr;
use std::io::{self, Read};
#[cfg(feature = "aws")]
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use zeroize::Zeroizing;

use super::error::{CommandError, Exit, Result};
use crate::harden;
use crate::vault::storage::plain;

/// Variables that other programs must not get. They contain or lead to secrets, or change what
/// `mfa` does.
const PRIVATE: [&str; 6] = [
    "MFA_PASSPHRASE",
    "MFA_PASSPHRASE_FILE",
    "MFA_PASSPHRASE_COMMAND",
    "MFA_AGE_IDENTITY",
    "MFA_COMPLETE",
    "MFA_COMPLETE_WORDS",
];

/// Set for programs that `mfa sync` starts: one of them may be `mfa`, which must not start `mfa sync`.
pub(crate) const IN_SYNC: &str = "MFA_IN_SYNC";

/// Whether this process is `mfa sync`.
static IS_SYNCING: AtomicBool = AtomicBool::new(false);

/// From now on, programs that this process starts know that they belong to `mfa sync`.
pub(crate) fn is_syncing() {
    IS_SYNCING.store(true, Ordering::Relaxed);
}

/// Builds a program without [`PRIVATE`] variables.
pub(crate) fn child(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    for name in PRIVATE {
        command.env_remove(name);
    }
    if IS_SYNCING.load(Ordering::Relaxed) {
        command.env(IN_SYNC, "1");
    }
    command
}

/// Builds a call of the system's shell for one line.
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

/// Whether a program can be started by this path, or by this name in `PATH`.
#[cfg(feature = "aws")]
pub(crate) fn is_there(program: &Path) -> bool {
    let is_program = |path: &Path| {
        let metadata = std::fs::metadata(path);
        metadata.is_ok_and(|metadata| metadata.is_file() && is_executable(&metadata))
    };
    if program.components().count() > 1 {
        return is_program(program);
    }
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders).any(|folder| is_program(&folder.join(program)))
}

#[cfg(all(unix, feature = "aws"))]
fn is_executable(metadata: &std::fs::Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o111 != 0
}

#[cfg(all(not(unix), feature = "aws"))]
const fn is_executable(_: &std::fs::Metadata) -> bool {
    true
}

/// Starts a program with the core limit that this process was started with.
pub(crate) fn start(command: &mut Command) -> io::Result<Child> {
    harden::with_own_core_limit(|| command.spawn())
}

/// Replaces this process by a program; returns only on failure.
#[cfg(all(unix, feature = "aws"))]
pub(crate) fn replace_by(command: &mut Command) -> io::Error {
    harden::with_own_core_limit(|| std::os::unix::process::CommandExt::exec(command))
}

/// The output of a program that ended.
pub(crate) struct Printed {
    /// May contain secrets, so it is wiped.
    pub(crate) stdout: Zeroizing<Vec<u8>>,
    /// Empty unless the caller pipes stderr.
    #[cfg_attr(
        not(feature = "aws"),
        expect(dead_code, reason = "only `mfa aws` reads it")
    )]
    pub(crate) stderr: Vec<u8>,
    pub(crate) status: ExitStatus,
}

/// How much of a program's stderr is kept, in bytes.
const MAX_TOLD: u64 = 64 << 10;

/// Runs a program to its end; `name` is its name in errors. The outer error is a failure to start
/// it. The inner one is output of more than `limit` bytes, after which the program is killed.
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
        // Its own children lose their reader and end too.
        let _ = child.kill();
        let _ = child.wait();
        let why = match read {
            Err(error) => format!("cannot read the output of {name}: {}", plain(&error)),
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
