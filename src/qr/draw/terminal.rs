//! A code as text: half blocks, so that a line holds two rows of modules.

use zeroize::Zeroizing;

use super::{Matrix, QuietZone};

/// How a code is drawn on a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TerminalStyle {
    /// Black on white with escape sequences, whatever the terminal's own colours are.
    Ansi,
    /// No escape sequences (`NO_COLOR`). The blocks are the light modules, for light text on a dark
    /// background. On a light background the code is inverted, which not all scanners read.
    Plain,
}

/// Black on white from the 256 colours, because themes change the first 16.
const BLACK_ON_WHITE: &str = "\x1b[38;5;16;48;5;231m";
const RESET: &str = "\x1b[0m";

impl Matrix {
    /// Draws the code. Every line ends with a newline.
    #[must_use]
    pub fn to_terminal(&self, style: TerminalStyle, quiet: QuietZone) -> Zeroizing<String> {
        let (columns, rows) = (self.columns(quiet), self.rows(quiet));
        let line = columns * '█'.len_utf8() + BLACK_ON_WHITE.len() + RESET.len() + 1;
        let mut text = Zeroizing::new(String::with_capacity(rows * line));
        for row in 0..rows {
            let blocks = (0..columns).map(|column| self.block(style, quiet, column, row));
            match style {
                TerminalStyle::Ansi => {
                    text.push_str(BLACK_ON_WHITE);
                    text.extend(blocks);
                    text.push_str(RESET);
                }
                TerminalStyle::Plain => text.extend(blocks),
            }
            text.push('\n');
        }
        text
    }

    /// The width of the drawing in columns.
    #[must_use]
    pub fn columns(&self, quiet: QuietZone) -> usize {
        self.size() + 2 * quiet.modules()
    }

    /// The height of the drawing in lines.
    #[must_use]
    pub fn rows(&self, quiet: QuietZone) -> usize {
        self.columns(quiet).div_ceil(2)
    }

    /// The character for two modules, one above the other. The style decides whether dark or light
    /// modules are drawn in the text colour.
    fn block(&self, style: TerminalStyle, quiet: QuietZone, column: usize, row: usize) -> char {
        let drawn = |y: usize| {
            let dark = self.dark_within(quiet.modules(), column, y);
            dark == (style == TerminalStyle::Ansi)
        };
        match (drawn(2 * row), drawn(2 * row + 1)) {
            (true, true) => '█',
            (true, false) => '▀',
            (false, true) => '▄',
            (false, false) => ' ',
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{GrayImage, ImageFormat, Luma};

    use super::*;
    use crate::qr::read;

    const TEXT: &str = "otpauth://totp/Example:alice?secret=GEZDGNBVGY3TQOJQ&issuer=Example";

    /// Paints the text as a terminal does, 6 by 12 pixels a character, and reads the picture.
    fn scan(text: &str, foreground: u8, background: u8, margin: u8) -> String {
        let lines: Vec<Vec<char>> = text.lines().map(|line| line.chars().collect()).collect();
        let side = |count: usize, cell: u32| u32::try_from(count).unwrap() * cell + 40;
        let (width, height) = (side(lines[0].len(), 6), side(lines.len(), 12));
        let picture = GrayImage::from_fn(width, height, |x, y| {
            let inside = x.checked_sub(20).zip(y.checked_sub(20));
            let shade = inside.and_then(|(x, y)| {
                let line = lines.get(usize::try_from(y / 12).unwrap())?;
                let block = line.get(usize::try_from(x / 6).unwrap())?;
                let shade = match (block, y % 12 < 6) {
                    ('█', _) | ('▀', true) | ('▄', false) => foreground,
                    (' ' | '▀' | '▄', _) => background,
                    _ => panic!("not a block: {block:?}"),
                };
                Some(shade)
            });
            Luma([shade.unwrap_or(margin)])
        });
        let mut png = Cursor::new(Vec::new());
        picture.write_to(&mut png, ImageFormat::Png).unwrap();
        let codes = read(png.get_ref()).unwrap();
        codes[0].payload().to_owned()
    }

    #[test]
    fn ansi_scans_on_dark_and_on_light_terminals() {
        let matrix = Matrix::new(TEXT).unwrap();
        for quiet in [QuietZone::Full, QuietZone::Narrow] {
            let text = matrix.to_terminal(TerminalStyle::Ansi, quiet);
            let bare = text.replace(BLACK_ON_WHITE, "").replace(RESET, "");
            for terminal in [0, 40, 255] {
                assert_eq!(scan(&bare, 0, 255, terminal), TEXT);
            }
        }
    }

    #[test]
    fn plain_scans_as_light_text_on_a_dark_terminal() {
        let matrix = Matrix::new(TEXT).unwrap();
        for quiet in [QuietZone::Full, QuietZone::Narrow] {
            let text = matrix.to_terminal(TerminalStyle::Plain, quiet);
            assert!(!text.contains('\x1b'));
            assert_eq!(scan(&text, 200, 20, 20), TEXT);
        }
    }

    #[test]
    fn the_size_is_columns_by_rows() {
        let matrix = Matrix::new(TEXT).unwrap();
        for quiet in [QuietZone::Full, QuietZone::Narrow] {
            let text = matrix.to_terminal(TerminalStyle::Plain, quiet);
            assert_eq!(text.lines().count(), matrix.rows(quiet));
            assert!(
                text.lines()
                    .all(|line| line.chars().count() == matrix.columns(quiet))
            );
        }
        let small = Matrix::new("a").unwrap();
        assert_eq!(small.columns(QuietZone::Full), 29);
        assert_eq!(small.rows(QuietZone::Narrow), 13);
    }

    #[test]
    fn every_ansi_line_starts_with_the_colours_and_resets_them() {
        let text = Matrix::new("a").unwrap();
        let text = text.to_terminal(TerminalStyle::Ansi, QuietZone::Full);
        for line in text.lines() {
            assert!(line.starts_with(BLACK_ON_WHITE) && line.ends_with(RESET));
        }
    }
}
