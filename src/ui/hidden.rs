//! Reads a line from the terminal without echo.
//!
//! The libraries that were tried print the prompt first and turn the echo off later, so text pasted
//! early is shown. They also leave the echo off after a signal.

use std::io;

use rustix::termios::LocalModes;
use zeroize::Zeroizing;

use super::line::TerminalLine;

/// The terminal of this process, with echo turned off.
pub(crate) struct Hidden(TerminalLine);

impl Hidden {
    /// Turns the echo off until this is dropped. The kernel still edits the line.
    pub(crate) fn new() -> io::Result<Self> {
        TerminalLine::new(|modes| modes.local_modes.remove(LocalModes::ECHO)).map(Self)
    }

    /// Drops what was typed after the last answer: the rest of a secret that was pasted in several lines is
    /// neither shown nor taken as the next answer.
    pub(crate) fn drop_rest_of_paste(&self) -> io::Result<()> {
        self.0.drop_rest_of_paste()
    }

    /// Shows `prompt` and reads a line, as [`TerminalLine::read`].
    pub(crate) fn read_line(&mut self, prompt: &str) -> io::Result<Zeroizing<String>> {
        self.0.read(prompt)
    }
}
