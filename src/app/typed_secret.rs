//! Reads a passphrase from a file, a command, a variable or, last, the terminal.

use std::ffi::OsStr;
use std::io::Read;
use std::path::Path;
use std::process::{Child, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use zeroize::Zeroizing;

use super::clock::Clock;
use super::context::passphrase_variable;
use super::error::{CommandError, Exit, Result};
use super::host::AppHost;
use super::programs;
use super::user_files::read_file;
use crate::import::unmarked;

const MAX_BYTES: usize = 1 << 20;
const PASSPHRASE_COMMAND: &str = "MFA_PASSPHRASE_COMMAND";
/// The time limit for a command: a person may have to touch a key or type a PIN.
const PATIENCE: Duration = Duration::from_mins(2);

impl AppHost {
    /// Returns the passphrase from a file, a command or a variable; `None` if none is set. Fails if
    /// one is set but gives no passphrase.
    pub(crate) fn given_passphrase(&self) -> Result<Option<Zeroizing<String>>> {
        if let Some(path) = &self.passphrase.file {
            return passphrase_in(path).map(Some);
        }
        if let Some(command) = &self.passphrase.command {
            return run(command, PATIENCE).map(Some);
        }
        if self.passphrase.variable {
            passphrase_variable()
        } else {
            Ok(None)
        }
    }

    /// Asks for a new passphrase twice; `None` if there is no terminal. An empty one is accepted
    /// and returned. Fails if the two differ three times.
    pub(crate) fn ask_new_passphrase(&self, question: &str) -> Result<Option<Zeroizing<String>>> {
        let Some(mut prompt) = self.ui.prompt() else {
            return Ok(None);
        };
        let again = if question.starts_with("Password") {
            "Repeat password"
        } else {
            "Repeat passphrase"
        };
        for _ in 0..3 {
            let first = prompt.hidden(question)?;
            if first.is_empty() {
                return Ok(Some(first));
            }
            if first.chars().count() < SHORT {
                self.ui
                    .warn("that is short: anyone with a copy of the file can guess it");
            }
            if prompt.hidden(again)? == first {
                return Ok(Some(first));
            }
            self.ui.note("they don't match");
        }
        Err(CommandError::new(Exit::Failed, "no passphrase chosen"))
    }
}

/// A passphrase with fewer characters gets a warning.
const SHORT: usize = 8;

/// Reads a passphrase from the first line of a file. Fails if the line is empty.
pub(crate) fn passphrase_in(path: &Path) -> Result<Zeroizing<String>> {
    first_line(read_file(path, MAX_BYTES)?, &path.display().to_string())
}

fn first_line(bytes: Zeroizing<Vec<u8>>, source: &str) -> Result<Zeroizing<String>> {
    let bytes = unmarked(bytes);
    let line = bytes.split(|b| *b == b'\n').next().unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let text = std::str::from_utf8(line).map_err(|_| {
        CommandError::new(
            Exit::Locked,
            format!("the passphrase in {source} is not UTF-8"),
        )
    })?;
    if text.is_empty() {
        return Err(CommandError::new(
            Exit::Locked,
            format!("no passphrase from {source}"),
        ));
    }
    Ok(Zeroizing::new(text.to_owned()))
}

/// Runs a command in a shell on the user's terminal, and returns the first line of its stdout. The
/// command may continue after that; it is not waited for.
fn run(command: &OsStr, patience: Duration) -> Result<Zeroizing<String>> {
    // The command may prompt, so it can take long.
    crate::harden::lock_memory();
    let failed =
        |why: String| CommandError::new(Exit::Locked, format!("{PASSPHRASE_COMMAND} {why}"));
    let not_started = |error| {
        let why = crate::vault::storage::plain(&error);
        failed(format!("did not start: {why}"))
    };
    let mut command = programs::shell(command);
    let mut child = programs::start(command.stdout(Stdio::piped())).map_err(not_started)?;
    let stdout = child.stdout.take();
    let (sender, receiver) = mpsc::channel();
    // On its own thread, so that a command that never ends cannot block this one.
    std::thread::spawn(move || {
        let _ = sender.send(stdout.map(until_newline).unwrap_or_default());
    });
    let Ok(bytes) = receiver.recv_timeout(patience) else {
        end(child);
        return Err(failed(format!(
            "printed nothing for {} s",
            patience.as_secs()
        )));
    };
    if bytes.ends_with(b"\n") {
        // The command may continue. This thread collects its exit status, so that nobody waits for
        // it.
        std::thread::spawn(move || child.wait());
        return first_line(bytes, PASSPHRASE_COMMAND);
    }
    if bytes.len() >= MAX_BYTES {
        end(child);
        return Err(failed(format!(
            "printed no line break within {} KiB",
            MAX_BYTES >> 10
        )));
    }
    match wait_within(&mut child, patience) {
        Ok(Some(status)) if status.success() => first_line(bytes, PASSPHRASE_COMMAND),
        Ok(Some(status)) => Err(failed(format!("failed ({status})"))),
        Ok(None) => {
            end(child);
            let seconds = patience.as_secs();
            Err(failed(format!("did not end within {seconds} s")))
        }
        Err(error) => Err(failed(format!("failed: {error}"))),
    }
}

/// Reads up to and including the first newline, or up to [`MAX_BYTES`] bytes if there is none.
fn until_newline(stdout: impl Read) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(4096));
    let mut stdout = stdout.take(MAX_BYTES as u64);
    // Byte by byte: what follows the line is not read.
    let mut byte = Zeroizing::new([0]);
    while !bytes.ends_with(b"\n") && matches!(stdout.read(&mut *byte), Ok(1)) {
        bytes.extend_from_slice(&*byte);
    }
    bytes
}

/// Waits for a program to end; `None` if it takes longer than `limit`.
fn wait_within(child: &mut Child, limit: Duration) -> std::io::Result<Option<ExitStatus>> {
    const PAUSE: Duration = Duration::from_millis(10);
    let mut left = limit;
    loop {
        let ended = child.try_wait()?;
        if ended.is_some() || left.is_zero() {
            return Ok(ended);
        }
        Clock::sleep(PAUSE);
        left = left.saturating_sub(PAUSE);
    }
}

fn end(mut child: Child) {
    let _ = child.kill();
    let _ = child.wait();
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_passphrase_is_read_as_windows_writes_it() {
        let read = |bytes: &[u8]| {
            let read = first_line(Zeroizing::new(bytes.to_vec()), "pw.txt");
            read.map(|line| line.to_string())
                .map_err(|error| error.to_string())
        };
        for bytes in [
            "pä\nnext".as_bytes(),
            "pä\r\n".as_bytes(),
            b"\xef\xbb\xbfp\xc3\xa4\r\n",
            b"\xff\xfep\0\xe4\0\r\0\n\0",
        ] {
            assert_eq!(read(bytes).as_deref(), Ok("pä"), "{bytes:?}");
        }
        for bytes in [&b""[..], b"\r\n", b"\xef\xbb\xbf", b"\xff\xfe"] {
            assert_eq!(read(bytes).unwrap_err(), "no passphrase from pw.txt");
        }
    }

    #[test]
    fn a_command_that_gives_no_newline_has_to_end() {
        let run = |line: &str, patience| run(OsStr::new(line), patience);
        assert_eq!(*run("printf pw", PATIENCE).unwrap(), "pw");
        let line = "printf pw; exec sleep 60 >&-";
        let told = run(line, Duration::from_secs(1)).unwrap_err().to_string();
        assert!(told.contains("did not end within 1 s"), "{told}");
    }
}
