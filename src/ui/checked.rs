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
use super::{Look, escape, truncate};

/// The longest line; the kernel has the same limit for lines that it edits.
const LONGEST: usize = 4096;
/// More dots than these tell nothing.
const MOST_DOTS: usize = 16;

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

/// What is shown of a line: nothing of a secret but how long it is.
fn shown(line: &[u8], look: &dyn Fn(&str) -> Look) -> String {
    let Ok(text) = std::str::from_utf8(line) else {
        // Half a character, or not UTF-8 at all, which is told at the end.
        return String::new();
    };
    match look(text) {
        Look::Plain => escape(text).into_owned(),
        Look::Hidden(note) if note.is_empty() => dots(text),
        Look::Hidden(note) => format!("{} {}", dots(text), escape(&note)),
    }
}

fn dots(text: &str) -> String {
    "•".repeat(text.chars().count().min(MOST_DOTS))
}

/// A line that is edited as the kernel would.
struct Line {
    bytes: Zeroizing<Vec<u8>>,
    /// Within the sequence of a key such as an arrow.
    in_escape: bool,
}

impl Default for Line {
    fn default() -> Self {
        Self {
            bytes: Zeroizing::new(Vec::with_capacity(LONGEST)),
            in_escape: false,
        }
    }
}

impl Line {
    /// Takes what was typed, and returns whether the line has ended. The rest of a paste is dropped.
    fn take(&mut self, typed: &[u8]) -> io::Result<bool> {
        for &byte in typed {
            if self.in_escape {
                self.in_escape = !(byte.is_ascii_alphabetic() && byte != b'O' || byte == b'~');
                continue;
            }
            match byte {
                4 if self.bytes.is_empty() => return Err(ErrorKind::UnexpectedEof.into()),
                b'\n' | b'\r' | 4 => return Ok(true),
                8 | 0x7f => self.remove_last(),
                0x15 => self.bytes.clear(),
                0x17 => {
                    while self.bytes.last() == Some(&b' ') {
                        self.remove_last();
                    }
                    while !matches!(self.bytes.last(), None | Some(b' ')) {
                        self.remove_last();
                    }
                }
                0x1b => self.in_escape = true,
                byte if byte < b' ' && byte != b'\t' => {}
                byte if self.bytes.len() < LONGEST => self.bytes.push(byte),
                _ => {}
            }
        }
        // Escape alone, without the rest of a sequence.
        self.in_escape &= typed.len() == 1 && typed != [0x1b];
        Ok(false)
    }

    /// Removes the last character, with all its bytes.
    fn remove_last(&mut self) {
        while let Some(byte) = self.bytes.pop() {
            if byte & 0xc0 != 0x80 {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(typed: &str) -> String {
        let mut line = Line::default();
        let ended = line.take(typed.as_bytes()).unwrap();
        assert_eq!(ended, typed.contains(['\r', '\u{4}']), "{typed:?}");
        String::from_utf8(line.bytes.to_vec()).unwrap()
    }

    #[test]
    fn a_line_is_edited_as_usual() {
        assert_eq!(line("abc\r and more"), "abc");
        assert_eq!(line("ab你\u{7f}\u{8}c"), "ac");
        assert_eq!(line("my web x\u{17}\u{17}y"), "my y");
        assert_eq!(line("abc\u{15}d\u{4}"), "d");
        assert_eq!(line("a\u{1b}[1;5Db\u{1b}OAc\u{1b}[3~d\u{1}"), "abcd");
        let mut long = Line::default();
        long.take(&[b'x'; LONGEST + 1]).unwrap();
        assert_eq!(long.bytes.len(), LONGEST);
        let end = Line::default().take(b"\x04").unwrap_err();
        assert_eq!(end.kind(), ErrorKind::UnexpectedEof);
    }

    #[test]
    fn nothing_of_a_secret_is_shown() {
        let hidden = |_: &str| Look::Hidden("4 characters".to_owned());
        assert_eq!(shown(b"GEZD", &hidden), "•••• 4 characters");
        assert_eq!(
            shown(&[b'G'; 100], &|_| Look::Hidden(String::new())),
            "•".repeat(16)
        );
        assert_eq!(shown(b"./a.png", &|_| Look::Plain), "./a.png");
        assert_eq!(shown(&[0xe4], &hidden), "");
    }
}
