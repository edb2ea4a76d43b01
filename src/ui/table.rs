//! Tables that fit the terminal's width.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::escape::escape;

const GAP: usize = 2;
/// The least width of a column that is cut.
const NARROWEST: usize = 6;

/// Lays out rows in columns; cells are escaped. The first row is the heading. If `width` is given, the
/// widest columns are cut to fit; a cut cell ends in `…`.
pub(crate) fn table(rows: &[Vec<String>], width: Option<usize>) -> String {
    let cells: Vec<Vec<_>> = rows
        .iter()
        .map(|row| row.iter().map(|cell| escape(cell)).collect())
        .collect();
    let count = cells.iter().map(Vec::len).max().unwrap_or(0);
    let natural = |column: usize| {
        cells
            .iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.width())
            .max()
            .unwrap_or(0)
    };
    let mut widths: Vec<usize> = (0..count).map(natural).collect();
    if let Some(width) = width {
        shrink(&mut widths, width);
    }
    let mut text = String::new();
    for row in &cells {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            let cell = truncate(cell, *width);
            let padding = width.saturating_sub(cell.width()) + GAP;
            line.push_str(&cell);
            line.extend(std::iter::repeat_n(' ', padding));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Narrows the widest column until the line fits.
fn shrink(widths: &mut [usize], width: usize) {
    let mut total = widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1);
    while total > width {
        let Some(widest) = widths.iter_mut().filter(|w| **w > NARROWEST).max() else {
            return;
        };
        *widest -= 1;
        total -= 1;
    }
}

/// Cuts escaped text to at most `width` columns.
pub(crate) fn truncate(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut cut = String::new();
    let mut used = 1;
    for character in text.chars() {
        used += character.width().unwrap_or(0);
        if used > width {
            break;
        }
        cut.push(character);
    }
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(rows: &[&[&str]]) -> Vec<Vec<String>> {
        rows.iter()
            .map(|row| row.iter().map(|&cell| cell.to_owned()).collect())
            .collect()
    }

    #[test]
    fn columns_line_up_and_cells_are_escaped() {
        let text = table(
            &rows(&[&["ISSUER", "NAME"], &["你好", "a\u{1b}"], &["X", ""]]),
            None,
        );
        assert_eq!(text, "ISSUER  NAME\n你好    a\\u{1b}\nX\n");
    }

    #[test]
    fn nothing_is_wider_than_the_terminal() {
        let long = "a very long account name that nobody would type by hand".repeat(2);
        let text = table(
            &rows(&[&["ISSUER", "NAME", "TYPE"], &[&long, &long, "hotp"]]),
            Some(40),
        );
        assert!(text.lines().all(|line| line.width() <= 40), "{text}");
        assert!(text.contains('…'));
        assert_eq!(truncate("你好吗", 5), "你好…");
        assert_eq!(truncate("你好吗", 4), "你…");
    }
}
