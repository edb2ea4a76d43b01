//! Starts programs for `mfa aws`, and finds the path of this one.

use std::path::PathBuf;
use std::process::Stdio;

use zeroize::Zeroizing;

use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::app::programs;
use crate::vault::storage::plain;

/// Replaces this process by a program with these variables; returns only on failure.
pub(crate) fn run_instead(
    program: &[String],
    variables: &[(&str, &str)],
    without: &[&str],
) -> CommandError {
    let mut command = programs::child(&program[0]);
    command.args(&program[1..]).envs(variables.iter().copied());
    for name in without {
        command.env_remove(name);
    }
    #[cfg(unix)]
    let error = programs::replace_by(&mut command);
    #[cfg(not(unix))]
    let error = match programs::start(&mut command).and_then(|mut child| child.wait()) {
        Ok(status) if status.success() => return CommandError::quiet(Exit::Done),
        Ok(_) => return CommandError::quiet(Exit::Failed),
        Err(error) => error,
    };
    let message = format!("cannot run {}: {}", program[0], plain(&error));
    CommandError::new(Exit::Failed, message)
}

/// Returns the path of this program, for a `credential_process`.
pub(crate) fn own_path() -> PathBuf {
    let path = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("mfa"));
    path.strip_prefix("/proc/self")
        .map_or(path.clone(), |_| PathBuf::from("mfa"))
}

/// Opens a link in the browser. A private file redirects to it, because other users can read the
/// arguments of a program. Fails without a browser, or if the file cannot be written.
pub(crate) fn open_link(context: &Context, link: &str) -> Result {
    const NAME: &str = "aws-console.html";
    let page = Zeroizing::new(format!(
        "<!doctype html><meta http-equiv=\"refresh\" content=\"0;url={}\">\n",
        link.replace('&', "&amp;")
    ));
    context.state.write(NAME, page.as_bytes())?;
    let program = if cfg!(target_os = "macos") {
        "open"
    } else if cfg!(windows) {
        "explorer"
    } else {
        "xdg-open"
    };
    let mut command = programs::child(program);
    command
        .arg(context.state.path(NAME))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    match programs::start(&mut command).and_then(|mut child| child.wait()) {
        Ok(status) if status.success() => {
            context.ui.note("opened the console in the browser");
            Ok(())
        }
        _ => Err(CommandError::new(Exit::Failed, "cannot open a browser")
            .with_hint("mfa aws console --print")),
    }
}
