//! Copies a code to the clipboard, and has a helper clear it later.
//!
//! The helper is this program again, in a session of its own. It holds nothing but the code, which it
//! gets through a pipe, and its environment has only what leads to the clipboard.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the adapter for the helper of the clipboard"
)]

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

#[cfg(unix)]
use super::clipboard_helper::terminal;
use super::clipboard_helper::{ARGUMENT, READY};
use super::context::Context;
use super::error::{CommandError, Exit, Result};
use super::programs::{child, start_helper};
use crate::desktop::{NO_CLIPBOARD, Way, clipboard_support, ways};
use crate::vault::storage::plain;

/// How long a code stays on the clipboard by default.
pub(crate) const DEFAULT_CLEAR_AFTER: Duration = Duration::from_secs(45);
/// The longest time, after which nobody remembers.
const LONGEST: Duration = Duration::from_hours(24);

/// When to clear the clipboard: seconds, or a time such as `2m`; `0` is never.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ClearAfter(pub Duration);

impl Default for ClearAfter {
    fn default() -> Self {
        Self(DEFAULT_CLEAR_AFTER)
    }
}

impl std::str::FromStr for ClearAfter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let seconds = text.parse().map(Duration::from_secs);
        let time = seconds.or_else(|_| humantime::parse_duration(text));
        match time {
            Ok(time) if time > LONGEST => Err("the longest time is 24h".to_owned()),
            Ok(time) if !time.is_zero() && time < Duration::from_secs(1) => {
                Err("the shortest time is 1 second".to_owned())
            }
            Ok(time) => Ok(Self(time)),
            Err(_) => Err("use a time such as 45s or 2m, or 0 for never".to_owned()),
        }
    }
}

impl Context {
    /// Puts a code (or two) on the clipboard and returns what to tell, such as "copied; clears in
    /// 45 s". After `clear_after`, it is cleared if it still holds the code; a zero time means never.
    ///
    /// Prints nothing, and touches neither the standard streams nor the modes of the terminal. Only a
    /// terminal's own clipboard gets an escape sequence, in one write to `/dev/tty`.
    ///
    /// # Errors
    /// [`Exit::Failed`] if there is no clipboard, without a command to try.
    #[expect(clippy::unused_self, reason = "the clipboard is a part of the outside")]
    pub(crate) fn copy_code(&self, code: &str, clear_after: Duration) -> Result<String> {
        let mut why = NO_CLIPBOARD.to_owned();
        for way in ways() {
            match hand_over(way, code, clear_after) {
                Ok(()) => return Ok(told(way, clear_after)),
                Err(error) => why = error,
            }
        }
        Err(no_clipboard(&why))
    }
}

/// Whether there may be a clipboard: judged by the environment, before anything else is done.
///
/// # Errors
/// [`Exit::Failed`] if there is none.
pub(crate) fn check_clipboard() -> Result {
    match clipboard_support() {
        Ok(_) => Ok(()),
        Err(why) => Err(no_clipboard(why)),
    }
}

fn no_clipboard(why: &str) -> CommandError {
    CommandError::new(Exit::Failed, format!("no clipboard: {why}"))
}

fn told(way: Way, clear_after: Duration) -> String {
    let copied = match way {
        Way::Desktop => "copied",
        Way::Tmux => "copied through tmux",
        Way::Screen | Way::Terminal => "sent to the terminal's clipboard (OSC 52)",
    };
    if clear_after.is_zero() {
        return format!("{copied}; stays until you copy something else");
    }
    let time = match clear_after.as_secs() {
        seconds @ ..120 => format!("{seconds} s"),
        _ => humantime::format_duration(clear_after).to_string(),
    };
    format!("{copied}; clears in {time}")
}

/// Starts the helper and waits until the clipboard has the code.
fn hand_over(way: Way, code: &str, clear_after: Duration) -> Result<(), String> {
    let mut command = helper(way, clear_after)?;
    let mut helper = start_helper(&mut command)
        .map_err(|error| format!("cannot start its helper: {}", plain(&error)))?;
    if let Some(mut stdin) = helper.stdin.take() {
        // A helper that ended says why below.
        let _ = stdin.write_all(code.as_bytes());
    }
    let mut line = String::new();
    if let Some(stdout) = helper.stdout.take() {
        let _ = BufReader::new(stdout).read_line(&mut line);
    }
    reap(helper);
    match line.trim() {
        READY => Ok(()),
        "" => Err("its helper ended".to_owned()),
        why => Err(why.to_owned()),
    }
}

/// Waits for the helper meanwhile, so that a program that goes on keeps no zombie.
fn reap(mut helper: Child) {
    std::thread::spawn(move || helper.wait());
}

/// What the helper needs to find the desktop, tmux or its own libraries.
const KEPT: [&str; 9] = [
    "DISPLAY",
    "HOME",
    "PATH",
    "SystemRoot",
    "TMUX",
    "TMUX_TMPDIR",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "XDG_RUNTIME_DIR",
];

fn helper(way: Way, clear_after: Duration) -> Result<Command, String> {
    let own = std::env::current_exe().map_err(|error| plain(&error))?;
    let mut command = child(own);
    let kept = KEPT.map(|name| (name, std::env::var_os(name)));
    let kept = kept
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)));
    command
        .args([ARGUMENT, way.name()])
        .arg(clear_after.as_secs().to_string())
        .env_clear()
        .envs(kept)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    // The folder of this process can be unmounted meanwhile, or removed on Windows.
    if cfg!(unix) {
        command.current_dir("/");
    } else if let Some(folder) = std::env::var_os("SystemRoot").filter(|path| !path.is_empty()) {
        command.current_dir(folder);
    }
    #[cfg(unix)]
    match (way, terminal()) {
        // A key of tmux runs commands without a terminal.
        (Way::Desktop, _) | (Way::Tmux, Err(_)) => {}
        (_, Ok(terminal)) => {
            command.stderr(terminal);
        }
        (_, Err(error)) => return Err(format!("the terminal: {}", plain(&error))),
    }
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_in_seconds_or_as_people_write_it() {
        for (text, seconds) in [
            ("45s", 45),
            ("45", 45),
            ("2m", 120),
            ("0", 0),
            ("1h30m", 5400),
        ] {
            let time = Duration::from_secs(seconds);
            assert_eq!(text.parse(), Ok(ClearAfter(time)), "{text}");
        }
        for bad in ["", "-1", "10ms", "25h", "soon"] {
            assert!(bad.parse::<ClearAfter>().is_err(), "{bad}");
        }
        assert_eq!("45s".parse(), Ok(ClearAfter::default()));
    }

    #[test]
    fn what_is_told_is_what_happens() {
        let told = |way, seconds| told(way, Duration::from_secs(seconds));
        assert_eq!(told(Way::Desktop, 45), "copied; clears in 45 s");
        assert_eq!(told(Way::Desktop, 3600), "copied; clears in 1h");
        assert!(told(Way::Desktop, 0).ends_with("stays until you copy something else"));
        assert!(told(Way::Terminal, 45).contains("OSC 52"));
    }
}
