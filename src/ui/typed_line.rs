//! A line that is edited key by key, as the kernel would edit it, and what is shown of it meanwhile.

use std::io::{self, ErrorKind};

use zeroize::Zeroizing;

use super::{Look, escape};

/// The longest line; the kernel has the same limit for lines that it edits.
const LONGEST: usize = 4096;
/// More dots than these tell nothing.
const MOST_DOTS: usize = 16;

/// What is shown of a line: nothing of a secret but how long it is.
pub(super) fn shown(line: &[u8], look: &dyn Fn(&str) -> Look) -> String {
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
pub(super) struct Line {
    pub(super) bytes: Zeroizing<Vec<u8>>,
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
    pub(super) fn take(&mut self, typed: &[u8]) -> io::Result<bool> {
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

/// Puts the UTF-16 units of a console's keys together.
#[cfg(any(windows, test))]
#[derive(Debug, Default)]
pub(super) struct Units {
    /// The first half of a pair.
    high: Option<u16>,
}

#[cfg(any(windows, test))]
impl Units {
    /// The character that a unit completes. Half a pair alone is none.
    pub(super) fn take(&mut self, unit: u16) -> Option<char> {
        let high = self.high.take();
        if (0xd800..0xdc00).contains(&unit) {
            self.high = Some(unit);
            return None;
        }
        let high = high.filter(|_| (0xdc00..0xe000).contains(&unit));
        let units = high.into_iter().chain([unit]);
        char::decode_utf16(units).next()?.ok()
    }
}

/// The unit that a key of a Windows console types; `None` for a key that types nothing. A character typed
/// by its number, as with Alt and the number pad, comes when Alt is released. ^Z ends input there, as ^D
/// does elsewhere.
#[cfg(any(windows, test))]
pub(super) const fn unit_of(is_down: bool, virtual_key: u16, unit: u16) -> Option<u16> {
    const ALT: u16 = 0x12;
    match unit {
        0 => None,
        0x1a if is_down => Some(4),
        unit if is_down || virtual_key == ALT => Some(unit),
        _ => None,
    }
}

/// How many of these bytes are whole characters: the rest is the begin of one.
#[cfg(any(windows, test))]
pub(super) fn whole_characters(bytes: &[u8]) -> usize {
    match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        // Nothing that follows would complete the others.
        _ => bytes.len(),
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

    #[test]
    fn keys_of_a_windows_console_become_text() {
        let typed = |keys: &[(bool, u16, u16)]| {
            let mut units = Units::default();
            let keys = keys.iter();
            let keys = keys.filter_map(|&(is_down, key, unit)| unit_of(is_down, key, unit));
            keys.filter_map(|unit| units.take(unit)).collect::<String>()
        };
        // A key is pressed and released; a pasted emoji is two such keys.
        let pair = [
            (true, 0, 0xd83d),
            (false, 0, 0xd83d),
            (true, 0, 0xde00),
            (false, 0, 0xde00),
        ];
        assert_eq!(typed(&pair), "\u{1f600}");
        assert_eq!(typed(&[(true, 0x41, 0xe4), (false, 0x41, 0xe4)]), "ä");
        // Shift alone, an arrow, and Alt with 0228 on the number pad.
        let alone = [
            (true, 0x10, 0),
            (true, 0x25, 0),
            (true, 0x12, 0),
            (false, 0x12, 0xe4),
        ];
        assert_eq!(typed(&alone), "ä");
        assert_eq!(typed(&[(true, 0x5a, 0x1a)]), "\u{4}");
        // Half a pair is dropped, and what follows is not.
        for half in [0xd83d, 0xde00] {
            assert_eq!(typed(&[(true, 0, half), (true, 0x41, 0x61)]), "a");
        }
    }

    #[test]
    fn a_character_is_written_whole() {
        let text = "a你".as_bytes();
        for (count, whole) in [(1, 1), (2, 1), (3, 1), (4, 4)] {
            assert_eq!(whole_characters(&text[..count]), whole, "{count}");
        }
        assert_eq!(whole_characters(b"\xff\xfe"), 2);
    }
}
