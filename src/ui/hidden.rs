//! Reads a line from the terminal, without echo if it is a secret.
//!
//! The libraries that were tried print the prompt first and turn the echo off later, so text pasted
//! early is shown. They also leave the echo off after a signal.
#![expect(
    clippy::disallowed_methods,
    reason = "this is a part of the adapter for the terminal"
)]

use std::fs::File;
use std::io::{self, ErrorKind, Read};

use rustix::termios::{LocalModes, QueueSelector, tcflush};
use zeroize::Zeroizing;

use super::modes::Modes;

/// The terminal of this process, with echo turned off.
pub(crate) struct Hidden {
    terminal: File,
    modes: Modes,
}

/// Shows `prompt` and what is typed, and reads a line. What was typed before is not taken for the answer:
/// it may be the rest of a key that was pasted in several lines.
///
/// # Errors
/// As [`Hidden::read_line`].
pub(crate) fn read_shown_line(prompt: &str) -> io::Result<String> {
    let mut terminal = File::open("/dev/tty")?;
    let modes = Modes::new(Some(|modes| modes.local_modes.insert(LocalModes::ECHO)))?;
    tcflush(&terminal, QueueSelector::IFlush)?;
    modes.ask(Some(prompt))?;
    let line = read_bytes(&mut terminal);
    // The newline was shown as it was typed; ^D shows none.
    modes.ask(line.is_ok().then_some(""))?;
    let text = String::from_utf8(line?.to_vec());
    text.map_err(|_| ErrorKind::InvalidData.into())
}

impl Hidden {
    /// Turns the echo off until this is dropped. The kernel still edits the line.
    pub(crate) fn new() -> io::Result<Self> {
        let terminal = File::open("/dev/tty")?;
        let modes = Modes::new(Some(|modes| modes.local_modes.remove(LocalModes::ECHO)))?;
        Ok(Self { terminal, modes })
    }

    /// Shows `prompt` and reads a line. Fails with `UnexpectedEof` after ^D, and with `InvalidData` if the
    /// line is not UTF-8.
    pub(crate) fn read_line(&mut self, prompt: &str) -> io::Result<Zeroizing<String>> {
        self.modes.ask(Some(prompt))?;
        let line = read_bytes(&mut self.terminal);
        self.modes.ask(None)?;
        let line = line?;
        let text = std::str::from_utf8(&line).map_err(|_| ErrorKind::InvalidData)?;
        Ok(Zeroizing::new(text.to_owned()))
    }
}

fn read_bytes(terminal: &mut File) -> io::Result<Zeroizing<Vec<u8>>> {
    // The kernel keeps lines of at most 4096 bytes.
    let mut line = Zeroizing::new(Vec::with_capacity(4096));
    let mut byte = Zeroizing::new([0]);
    loop {
        match terminal.read(&mut *byte) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(_) if byte[0] == b'\n' => return Ok(line),
            Ok(_) => line.push(byte[0]),
            // A signal, which another thread handles.
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
