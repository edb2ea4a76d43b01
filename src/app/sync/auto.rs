//! Syncing in the background: starts a round after a command that saved the vault, and tells of rounds
//! that failed.
//!
//! The helper is this program again, in a session of its own and without streams. It is not waited for.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the adapter for the helper that syncs"
)]

use std::process::{Command, Stdio};

use crate::app::context::Context;
use crate::app::error::Result;
use crate::app::programs::{IN_SYNC, start_helper};
use crate::sync::known::Known;
use crate::vault::storage::file_stem_of;

/// Leaves the terminal and the job of the command that started this process.
pub(crate) fn detach() {
    // Fails only for a process that leads its group already.
    #[cfg(unix)]
    let _ = rustix::process::setsid();
}

impl Context {
    /// After a command: starts a round if it saved the vault, and tells of failed ones on a terminal. Reads
    /// the state only for one of them, so that `mfa code` in a script does not pay for it.
    pub(crate) fn after_command(&self) {
        let saved = self.repository.has_saved();
        if !saved && !self.ui.stderr_is_terminal() {
            return;
        }
        // A program that a round started, such as a `credential_process`, must not start another.
        if std::env::var_os(IN_SYNC).is_some() {
            return;
        }
        let path = self.repository.path();
        let Ok(Some(known)) = Known::load(&self.state, path) else {
            return;
        };
        if self.ui.stderr_is_terminal() {
            self.tell_failures(&known);
        }
        if saved && known.auto {
            // What cannot be started now is uploaded by the next round.
            let _ = self.start_helper();
        }
    }

    fn start_helper(&self) -> std::io::Result<()> {
        let mut command = Command::new(std::env::current_exe()?);
        let vault = std::path::absolute(self.repository.path())?;
        command.arg("--vault").arg(vault);
        if let Some(file) = self.host.passphrase_file() {
            command
                .arg("--passphrase-file")
                .arg(std::path::absolute(file)?);
        }
        command
            .args(["sync", "--quiet", "--detached"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        // The helper outlives this process, so nobody waits for it.
        start_helper(&mut command).map(drop)
    }

    /// Tells once of a failure that came three times in a row.
    fn tell_failures(&self, known: &Known) {
        let Some(failures) = known.failures_to_tell() else {
            return;
        };
        let name = told_name(self);
        let told = format!("{}\n{}", known.last_done.unwrap_or(0), failures.why);
        let before = self.state.read(&name).ok().flatten();
        if before.as_deref() == Some(told.as_bytes()) {
            return;
        }
        let why = failures.why.split_whitespace();
        let why = why.collect::<Vec<_>>().join(" ");
        let command = self.command("mfa sync");
        let count = failures.count;
        let told_now = format!("syncing failed {count} times: {why}; to try again: {command}");
        self.ui.note(&told_now);
        // A round may hold the lock of its own file, which is not waited for.
        let _ = self.state.write(&name, told.as_bytes());
    }

    /// Forgets what this machine knows of the remote.
    ///
    /// # Errors
    /// If a file cannot be removed.
    pub(crate) fn forget_remote(&self) -> Result {
        self.state.remove(&told_name(self))?;
        Ok(Known::remove(&self.state, self.repository.path())?)
    }

    /// Waits behind the round under way, unless another helper waits already: that one will upload this
    /// change too. Returns whether this helper is needed.
    pub(crate) fn waits_its_turn(&self) -> bool {
        let path = self.repository.path();
        let next = format!("sync/{}.next", file_stem_of(path));
        let Ok(_turn) = self.state.lock_briefly(&next) else {
            return false;
        };
        Known::lock(&self.state, path).is_ok()
    }
}

fn told_name(context: &Context) -> String {
    let path = context.repository.path();
    format!("sync/{}.told", file_stem_of(path))
}
