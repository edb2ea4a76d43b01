//! One line from the terminal without echo.
//!
//! The libraries that were looked at print the prompt first and turn the echo off after it, so that
//! what is pasted at once is shown; and they leave the terminal without echo after a signal.
use std::io;

use rustix::termios::LocalModes;
use zeroize::Zeroizing;

use super::line::TerminalLine;

/// The terminal of this process while it shows nothing of what is typed.
pub(crate) struct Hidden(TerminalLine);

impl Hidden {
    /// Turns the echo off, until this is dropped. The kernel goes on editing the line.
    pub(crate) fn new() -> io::Result<Self> {
        TerminalLine::new(|modes| modes.local_modes.remove(LocalModes::ECHO)).map(Self)
    }

    /// Shows `prompt` and reads a line.
    ///
    /// # Errors
    /// As [`TerminalLine::read`].
    pub(crate) fn read_line(&mut self, prompt: &str) -> io::Result<Zeroizing<String>> {
        self.0.read(prompt)
    }
}
