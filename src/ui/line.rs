//! Reads whole lines from the terminal, so that the shell gets nothing of what was typed before Enter.
#![expect(
    clippy::disallowed_methods,
    reason = "this is part of the adapter for the terminal"
)]

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::time::Duration;

use rustix::termios::{LocalModes, QueueSelector, Termios, tcflush};
use zeroize::Zeroizing;

use super::modes::Modes;

/// Terminals deliver a paste within this time, and nobody notices the delay.
const PASTE: Duration = Duration::from_millis(50);

/// The terminal of this process. It has its own modes until this is dropped.
pub(super) struct TerminalLine {
    terminal: File,
    modes: Modes,
}

impl TerminalLine {
    /// Applies `change` to the modes that the terminal had when the program started.
    pub(super) fn new(change: fn(&mut Termios)) -> io::Result<Self> {
        let terminal = File::open("/dev/tty")?;
        let modes = Modes::new(change)?;
        Ok(Self { terminal, modes })
    }

    /// The terminal with echo, even inside a hidden prompt.
    pub(super) fn shown() -> io::Result<Self> {
        Self::new(|modes| modes.local_modes |= LocalModes::ECHO | LocalModes::ICANON)
    }

    /// Drops input that arrived since the last answer, or arrives within [`PASTE`].
    pub(super) fn drop_rest_of_paste(&self) -> io::Result<()> {
        std::thread::sleep(PASTE);
        Ok(tcflush(&self.terminal, QueueSelector::IFlush)?)
    }

    /// Shows `prompt` and reads a line, without its line break.
    ///
    /// # Errors
    /// `UnexpectedEof` after ^D, `InvalidData` if the line is not UTF-8.
    pub(super) fn read(&mut self, prompt: &str) -> io::Result<Zeroizing<String>> {
        let Self { terminal, modes } = self;
        let line = modes.ask(prompt, || read_bytes(terminal))?;
        let text = std::str::from_utf8(&line).map_err(|_| ErrorKind::InvalidData)?;
        Ok(Zeroizing::new(text.to_owned()))
    }
}

fn read_bytes(terminal: &mut File) -> io::Result<Zeroizing<Vec<u8>>> {
    // The kernel limits lines to 4096 bytes.
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
