//! Tables that fit the terminal's width.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::escape::escape;

const GAP: usize = 2;
/// The least width of a column that is cut.
const NARROWEST: usize = 6;

/// Lays out rows in columns; cells are escaped. The first row is the heading. If `limit` is given, the
/// widest columns are cut to fit; a cut cell ends in `…`.
pub(crate) fn table(rows: &[Vec<String>], limit: Option<usize>) -> String {
    let cells: Vec<Vec<_>> = rows
        .iter()
        .map(|row| row.iter().map(|cell| escape(cell)).collect())
        .collect();
    let count = cells.iter().map(Vec::len).max().unwrap_or(0);
    let natural = |column: usize| {
        cells
            .iter()
            .filter_map(|row| row.get(column))
            .map(|cell| width(cell))
            .max()
            .unwrap_or(0)
    };
    let mut widths: Vec<usize> = (0..count).map(natural).collect();
    if let Some(limit) = limit {
        shrink(&mut widths, limit);
    }
    let mut text = String::new();
    for row in &cells {
        let mut line = String::new();
        for (cell, wanted) in row.iter().zip(&widths) {
            let cell = truncate(cell, *wanted);
            let padding = wanted.saturating_sub(width(&cell)) + GAP;
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

/// The columns that a text takes on a terminal: the sum of its clusters, since a terminal draws one after
/// the other. The width of a whole text would count ligatures, such as those of Arabic.
pub(crate) fn width(text: &str) -> usize {
    text.graphemes(true).map(UnicodeWidthStr::width).sum()
}

/// Cuts escaped text to at most `columns`, but never within a cluster (UAX #29): a flag, an emoji with
/// its skin tone, a letter with its marks, or an escape such as `\u{1b}`.
pub(crate) fn truncate(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let (mut end, mut used) = (0, 1);
    let mut rest = text;
    while let Some(piece) = first_piece(rest) {
        used += width(piece);
        if used > columns {
            break;
        }
        end += piece.len();
        rest = &text[end..];
    }
    format!("{}…", &text[..end])
}

/// The first cluster or escape of an escaped text.
fn first_piece(text: &str) -> Option<&str> {
    let escape = text.starts_with("\\u{").then(|| text.find('}')).flatten();
    match escape {
        Some(end) => Some(&text[..=end]),
        None => text.graphemes(true).next(),
    }
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
        assert!(text.lines().all(|line| width(line) <= 40), "{text}");
        assert!(text.contains('…'));
        assert_eq!(truncate("你好吗", 5), "你好…");
        assert_eq!(truncate("你好吗", 4), "你…");
    }

    #[test]
    fn a_text_is_cut_between_the_characters_that_people_see() {
        for (text, columns, cut) in [
            (
                "\u{1f1fa}\u{1f1f8}\u{1f1e9}\u{1f1ea}x",
                4,
                "\u{1f1fa}\u{1f1f8}…",
            ),
            ("\u{1f1fa}\u{1f1f8}\u{1f1e9}\u{1f1ea}x", 2, "…"),
            ("a\u{1f44d}\u{1f3fd}bcd", 5, "a\u{1f44d}\u{1f3fd}b…"),
            ("a\u{1f44d}\u{1f3fd}bcd", 3, "a…"),
            ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…"),
            ("e\u{301}\u{302}", 1, "e\u{301}\u{302}"),
            (
                "\u{1112}\u{1161}\u{11ab}abc",
                4,
                "\u{1112}\u{1161}\u{11ab}a…",
            ),
            ("a\\u{1b}bc", 7, "a…"),
            ("a\\u{1b}bc", 8, "a\\u{1b}…"),
            ("abc", 0, "…"),
        ] {
            assert_eq!(truncate(text, columns), cut, "{text} {columns}");
            assert!(width(cut) <= columns.max(1), "{cut}");
        }
    }

    #[test]
    fn columns_after_wide_names_line_up() {
        let names = [
            "alice",
            "\u{1f1fa}\u{1f1f8} us",
            "\u{1f44d}\u{1f3fd} ok",
            "e\u{301}te\u{301}",
            "你好吗",
            "שלום",
            "لا",
            "\u{915}\u{94d}\u{937}",
            "\u{1112}\u{1161}\u{11ab}",
            "\u{ff76}\u{ff9e}",
        ];
        let lines: Vec<_> = names
            .iter()
            .map(|name| vec![(*name).to_owned(), "123456".to_owned()])
            .collect();
        let after_names = |text: String, columns: usize| {
            for line in text.lines() {
                let before = line.strip_suffix("123456").unwrap();
                assert_eq!(width(before), columns, "{line}");
            }
        };
        after_names(table(&lines, None), 6 + GAP);
        let long = |cells: &Vec<String>| vec![cells[0].repeat(5), cells[1].clone()];
        let lines: Vec<_> = lines.iter().map(long).collect();
        after_names(table(&lines, Some(20)), 12 + GAP);
    }
}
