//! Starts programs for `mfa aws`, and finds the path of this one.

use std::path::PathBuf;
use std::process::Command;

use crate::app::error::{CommandError, Exit};
use crate::app::programs;
use crate::aws::session::output::Variable;
use crate::vault::storage::{StateDir, plain};

/// Replaces this process by a program with these variables; returns only on failure, or where no
/// process can be replaced.
pub(crate) fn run_instead(program: &[String], variables: &[Variable<'_>]) -> CommandError {
    let mut command = with_variables(program, variables);
    #[cfg(unix)]
    let error = programs::replace_by(&mut command);
    #[cfg(not(unix))]
    crate::ui::pass_signals_on();
    #[cfg(not(unix))]
    let error = match programs::start(&mut command).and_then(|mut child| child.wait()) {
        Ok(status) => return CommandError::of_program(status),
        Err(error) => error,
    };
    cannot_run(program, &error)
}

fn with_variables(program: &[String], variables: &[Variable<'_>]) -> Command {
    let mut command = programs::child(&program[0]);
    command.args(&program[1..]);
    for (name, value) in variables {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}

pub(super) fn cannot_run(program: &[String], error: &std::io::Error) -> CommandError {
    let message = format!("cannot run {}: {}", program[0], plain(error));
    CommandError::new(Exit::Failed, message)
}

/// Returns the path of this program, for a `credential_process`: as it is found in `PATH`, if it is.
pub(crate) fn own_path() -> PathBuf {
    let path = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("mfa"));
    if path.starts_with("/proc/self") {
        return PathBuf::from("mfa");
    }
    programs::link_in_path(&path).unwrap_or(path)
}

/// Removes the page of an earlier version of this program, which contained a link.
pub(crate) fn remove_old_page(state: &StateDir) {
    let _ = state.remove("aws-console.html");
}
