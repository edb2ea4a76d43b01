//! The helper that keeps a code on the clipboard and clears it: the other side of
//! [`super::clipboard`]. Gets the code from stdin, and says on stdout in one line whether it is copied.
#![expect(
    clippy::disallowed_methods,
    reason = "this is another process, with streams of its own"
)]

use std::ffi::OsString;
use std::io::{self, Read as _, Write as _};
#[cfg(unix)]
use std::os::fd::OwnedFd;
use std::process::{ExitCode, Stdio};
use std::time::Duration;

use zeroize::Zeroizing;

use super::programs::{child, run};
use crate::desktop::{self, Way, Wrap};
use crate::harden;
use crate::vault::storage::plain;

/// The first argument that makes this process the helper. Then follow the way and the seconds.
pub(super) const ARGUMENT: &str = "--hold-clipboard";
/// What it says once the code is on the clipboard. Any other line is the reason why not.
pub(super) const READY: &str = "copied";
/// Most bytes that are taken from stdin; two codes have 21.
const MAX_TEXT: u64 = 256;

/// Runs the helper if the arguments of the process ask for it.
pub(crate) fn serve(arguments: &[OsString]) -> Option<ExitCode> {
    let [_, first, way, seconds] = arguments else {
        return None;
    };
    if first != ARGUMENT {
        return None;
    }
    let way = Way::named(way.to_str()?)?;
    let seconds = seconds.to_str()?.parse().ok()?;
    Some(match keep(way, seconds) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            say(&why);
            ExitCode::FAILURE
        }
    })
}

fn keep(way: Way, seconds: u64) -> Result<(), String> {
    let clear_after = (seconds > 0).then(|| Duration::from_secs(seconds));
    // Neither ^C nor a closed terminal ends it.
    #[cfg(unix)]
    let _ = rustix::process::setsid();
    let mut text = Zeroizing::new(String::with_capacity(64));
    let read = io::stdin().take(MAX_TEXT).read_to_string(&mut text);
    if read.is_err() || text.is_empty() {
        return Err("its helper got no code".to_owned());
    }
    harden::lock_memory();
    match way {
        Way::Desktop => desktop::hold(text, clear_after, || say(READY)),
        Way::Tmux => in_tmux(&text, clear_after),
        Way::Screen => in_terminal(&text, clear_after, Wrap::Screen),
        Way::Terminal => in_terminal(&text, clear_after, Wrap::Plain),
    }
}

fn say(line: &str) {
    let mut stdout = io::stdout().lock();
    // Nobody reads it if the parent was ended.
    let _ = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
}

/// Opens the terminal for the helper, by its own name if it has one: locks on `/dev/tty` would be
/// shared by all terminals.
#[cfg(unix)]
pub(super) fn terminal() -> io::Result<OwnedFd> {
    use rustix::fs::{Mode, OFlags, open};
    use rustix::termios::ttyname;

    let named = ttyname(io::stderr(), Vec::new())
        .or_else(|_| ttyname(io::stdin(), Vec::new()))
        .or_else(|_| ttyname(io::stdout(), Vec::new()));
    let flags = OFlags::WRONLY | OFlags::NOCTTY | OFlags::CLOEXEC;
    let named = named.and_then(|name| open(name, flags, Mode::empty()));
    // After `su`, the terminal is another person's, but `/dev/tty` is not.
    Ok(named.or_else(|_| open("/dev/tty", flags, Mode::empty()))?)
}

/// Sets the clipboard of the terminal, which is stderr. It stays open, so that the clearing cannot
/// reach another terminal that has got the same name meanwhile.
fn in_terminal(text: &str, clear_after: Option<Duration>, wrap: Wrap) -> Result<(), String> {
    io::stderr()
        .write_all(desktop::setting(text, wrap).as_bytes())
        .map_err(|error| format!("the terminal: {}", plain(&error)))?;
    say(READY);
    if let Some(time) = clear_after {
        join_helpers();
        std::thread::sleep(time);
        if is_last_helper() {
            // A terminal that was closed refuses it.
            let _ = io::stderr().write_all(desktop::clearing(wrap).as_bytes());
        }
    }
    Ok(())
}

/// Takes a shared lock on the terminal, so that other helpers see this one.
#[cfg(unix)]
fn join_helpers() {
    use rustix::fs::{FlockOperation, flock};
    let _ = flock(io::stderr(), FlockOperation::NonBlockingLockShared);
}

/// Whether no other helper of this terminal is at work. The clipboard of a terminal cannot be read, but
/// an earlier helper must not clear what a later one copied.
#[cfg(unix)]
fn is_last_helper() -> bool {
    use rustix::fs::{FlockOperation, flock};
    let name = rustix::termios::ttyname(io::stderr(), Vec::new());
    if name.is_ok_and(|name| name.as_bytes() == b"/dev/tty") {
        // A name of all terminals says nothing of this one.
        return true;
    }
    let own = flock(io::stderr(), FlockOperation::NonBlockingLockExclusive);
    own != Err(rustix::io::Errno::WOULDBLOCK)
}

#[cfg(not(unix))]
fn join_helpers() {}

#[cfg(not(unix))]
const fn is_last_helper() -> bool {
    true
}

/// Gives the code to tmux, which passes it on to its terminal. tmux ignores the sequence of a program
/// inside it by default (`set-clipboard external`), but not its own command (`-w`, since 3.2).
fn in_tmux(text: &str, clear_after: Option<Duration>) -> Result<(), String> {
    if tmux(&["load-buffer", "-w", "-"], text).is_none() {
        // Before 3.3, tmux passed on wrapped sequences by default.
        return in_terminal(text, clear_after, Wrap::Tmux);
    }
    let newest = || tmux(&["list-buffers", "-F", "#{buffer_name}"], "");
    let name = newest().unwrap_or_default();
    let name = name.lines().next().unwrap_or_default();
    say(READY);
    let Some(time) = clear_after else {
        return Ok(());
    };
    std::thread::sleep(time);
    let holds = tmux(&["show-buffer", "-b", name], "");
    if holds.is_none_or(|holds| holds.as_str() != text) {
        return Ok(());
    }
    let is_newest = newest().is_some_and(|all| all.lines().next() == Some(name));
    tmux(&["delete-buffer", "-b", name], "");
    if is_newest {
        // tmux sends no empty text, so a space takes the place of the code in its terminal.
        let blank = "mfa-cleared";
        tmux(&["set-buffer", "-w", "-b", blank, " "], "");
        tmux(&["delete-buffer", "-b", blank], "");
    }
    Ok(())
}

/// Runs a command of tmux with a text on its stdin. `None` if it fails.
fn tmux(arguments: &[&str], text: &str) -> Option<Zeroizing<String>> {
    let mut command = child("tmux");
    command.args(arguments).stderr(Stdio::null());
    let (reader, mut writer) = io::pipe().ok()?;
    writer.write_all(text.as_bytes()).ok()?;
    drop(writer);
    let printed = run(command.stdin(reader), 64 << 10, "tmux").ok()?.ok()?;
    let text = std::str::from_utf8(&printed.stdout).ok()?;
    printed
        .status
        .success()
        .then(|| Zeroizing::new(text.to_owned()))
}
