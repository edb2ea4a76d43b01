//! Reads a secret that is checked while it is typed. It is not shown, but a mistake in it is told at once.
#![expect(
    clippy::disallowed_methods,
    reason = "this is part of the adapter for the terminal"
)]

use std::fs::File;
use std::io::{self, ErrorKind, Read};

use rustix::termios::{LocalModes, SpecialCodeIndex, tcgetwinsize};
use unicode_width::UnicodeWidthStr;
use zeroize::Zeroizing;

use super::modes::Modes;
use super::typed_line::{Line, shown};
use super::{Look, truncate};

/// Shows `prompt`, reads a line key by key, and shows after each what `look` says of it.
///
/// # Errors
/// `UnexpectedEof` after ^D, `InvalidData` if the line is not UTF-8.
pub(super) fn read(prompt: &str, look: &dyn Fn(&str) -> Look) -> io::Result<Zeroizing<String>> {
    let mut terminal = File::open("/dev/tty")?;
    let modes = Modes::new(|modes| {
        modes.local_modes -= LocalModes::ECHO | LocalModes::ICANON;
        modes.special_codes[SpecialCodeIndex::VMIN] = 1;
        modes.special_codes[SpecialCodeIndex::VTIME] = 0;
    })?;
    let column = prompt.width() + 1;
    let line = modes.ask(prompt, || {
        let mut line = Line::default();
        let mut bytes = Zeroizing::new([0; 256]);
        loop {
            let count = match terminal.read(&mut *bytes) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                count => count?,
            };
            let end = line.take(&bytes[..count])?;
            let size = tcgetwinsize(&terminal).ok().filter(|size| size.ws_col > 0);
            let columns = size.map_or(80, |size| usize::from(size.ws_col));
            let shown = Zeroizing::new(shown(&line.bytes, look));
            let shown = truncate(&shown, columns.saturating_sub(column));
            modes.write(&format!("\x1b[{column}G{shown}\x1b[K"))?;
            if end || count == 0 {
                return Ok(line.bytes);
            }
        }
    })?;
    let text = std::str::from_utf8(&line).map_err(|_| ErrorKind::InvalidData)?;
    Ok(Zeroizing::new(text.to_owned()))
}
