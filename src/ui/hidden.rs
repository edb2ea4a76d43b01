//! One line from the terminal without echo.
//!
//! The libraries that were looked at print the prompt first and turn the echo off after it, so that
//! what is pasted at once is shown; and they leave the terminal without echo after ^C.
#![expect(
    clippy::disallowed_methods,
    reason = "this is a part of the adapter for the terminal"
)]

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};

use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
};
use zeroize::Zeroizing;

const INTERRUPT: u8 = 3;

/// The terminal of this process while it shows nothing of what is typed.
pub(crate) struct Hidden {
    terminal: File,
    before: Termios,
}

impl Hidden {
    /// Turns the echo off, until this is dropped.
    ///
    /// The kernel goes on editing the line. ^C is not turned into a signal, which would end the
    /// process with the echo still off, but ends the line.
    pub(crate) fn new() -> io::Result<Self> {
        let terminal = OpenOptions::new().read(true).write(true).open("/dev/tty")?;
        let before = tcgetattr(&terminal)?;
        let mut quiet = before.clone();
        quiet
            .local_modes
            .remove(LocalModes::ECHO | LocalModes::ISIG);
        quiet.special_codes[SpecialCodeIndex::VEOL] = INTERRUPT;
        tcsetattr(&terminal, OptionalActions::Now, &quiet)?;
        Ok(Self { terminal, before })
    }

    /// Shows `prompt` and reads a line.
    ///
    /// # Errors
    /// `Interrupted` after ^C, `UnexpectedEof` after ^D, `InvalidData` for what is not UTF-8.
    pub(crate) fn read_line(&mut self, prompt: &str) -> io::Result<Zeroizing<String>> {
        self.terminal.write_all(prompt.as_bytes())?;
        let line = self.read_bytes();
        self.terminal.write_all(b"\n")?;
        let line = line?;
        let text = std::str::from_utf8(&line).map_err(|_| ErrorKind::InvalidData)?;
        Ok(Zeroizing::new(text.to_owned()))
    }

    fn read_bytes(&mut self) -> io::Result<Zeroizing<Vec<u8>>> {
        // The kernel keeps lines of at most 4096 bytes.
        let mut line = Zeroizing::new(Vec::with_capacity(4096));
        let mut byte = Zeroizing::new([0]);
        loop {
            match self.terminal.read(&mut *byte)? {
                0 => return Err(ErrorKind::UnexpectedEof.into()),
                _ if byte[0] == INTERRUPT => return Err(ErrorKind::Interrupted.into()),
                _ if byte[0] == b'\n' => return Ok(line),
                _ => line.push(byte[0]),
            }
        }
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        // A terminal that went away needs no echo.
        let _ = tcsetattr(&self.terminal, OptionalActions::Now, &self.before);
    }
}
