//! Shows the documents, which are Markdown, on a terminal: lines wrapped at words, tables in columns.

use unicode_width::UnicodeWidthStr;

/// Spaces between two columns of a table.
const GAP: usize = 2;

/// Lays `markdown` out for `width` columns. Only code keeps its lines.
pub(super) fn for_terminal(markdown: &str, width: usize) -> String {
    let mut text = String::with_capacity(markdown.len() + 1024);
    let mut lines = markdown.lines().peekable();
    while let Some(line) = lines.next() {
        if line.starts_with("```") {
            for line in lines.by_ref().take_while(|line| !line.starts_with("```")) {
                push_line(&mut text, &format!("    {line}"));
            }
        } else if line.starts_with('|') {
            let mut rows = vec![cells(line)];
            while let Some(row) = lines.next_if(|line| line.starts_with('|')) {
                rows.push(cells(row));
            }
            rows.retain(|row| !is_rule(row));
            push_table(&mut text, &rows, width);
        } else if let Some(heading) = line.strip_prefix('#') {
            push_line(&mut text, heading.trim_start_matches('#').trim());
        } else if line.is_empty() {
            push_line(&mut text, "");
        } else {
            let mut paragraph = line.trim().to_owned();
            while let Some(more) = lines.next_if(|line| goes_on(line)) {
                paragraph.push(' ');
                paragraph.push_str(more.trim());
            }
            push_wrapped(&mut text, &plain(&paragraph), width);
        }
    }
    text
}

/// Whether a line belongs to the paragraph before it.
fn goes_on(line: &str) -> bool {
    let line = line.trim_start();
    !line.is_empty()
        && !line.starts_with(['|', '#'])
        && !line.starts_with("```")
        && marker(line) == 0
}

/// The length of what begins an item of a list: `- ` or `1. `.
fn marker(line: &str) -> usize {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    if line.starts_with("- ") {
        2
    } else if digits > 0 && line[digits..].starts_with(". ") {
        digits + 2
    } else {
        0
    }
}

/// The text without marks for bold, and with the text of links alone.
fn plain(markdown: &str) -> String {
    let mut text = String::with_capacity(markdown.len());
    let mut rest = markdown;
    while let Some((before, after)) = rest.split_once('[') {
        text.push_str(before);
        match after.split_once("](") {
            Some((link, target)) if !link.contains(['[', ']']) && target.contains(')') => {
                text.push_str(link);
                rest = target.split_once(')').map_or("", |(_, after)| after);
            }
            _ => {
                text.push('[');
                rest = after;
            }
        }
    }
    text.push_str(rest);
    text.replace("**", "")
}

fn push_line(text: &mut String, line: &str) {
    text.push_str(line.trim_end());
    text.push('\n');
}

/// Appends a paragraph. The lines after the first of an item stand below its text.
fn push_wrapped(text: &mut String, paragraph: &str, width: usize) {
    let indent = marker(paragraph);
    let mut line = String::new();
    for word in paragraph.split(' ') {
        if line.trim().is_empty() || line.width() + 1 + word.width() <= width {
            if !line.is_empty() && !line.ends_with(' ') {
                line.push(' ');
            }
        } else {
            push_line(text, &line);
            line = " ".repeat(indent);
        }
        line.push_str(word);
    }
    push_line(text, &line);
}

fn cells(row: &str) -> Vec<String> {
    let row = row.trim().trim_matches('|');
    row.split('|').map(|cell| plain(cell.trim())).collect()
}

/// The line between the heading of a table and its rows.
fn is_rule(row: &[String]) -> bool {
    let mut cells = row.iter();
    cells.all(|cell| !cell.is_empty() && cell.chars().all(|c| matches!(c, '-' | ':')))
}

/// Appends a table: in columns if it fits, else each row as a list of its cells.
fn push_table(text: &mut String, rows: &[Vec<String>], width: usize) {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width_of = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.width()).max().unwrap_or_default()
    };
    let widths: Vec<_> = (0..columns).map(width_of).collect();
    let needed = widths.iter().sum::<usize>() + GAP * columns.saturating_sub(1);
    if needed <= width {
        for row in rows {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                line.push_str(cell);
                line.push_str(&" ".repeat(width.saturating_sub(cell.width()) + GAP));
            }
            push_line(text, &line);
        }
        return;
    }
    let Some((heading, rows)) = rows.split_first() else {
        return;
    };
    for row in rows {
        let mut cells = row.iter().zip(heading);
        if let Some((first, _)) = cells.next() {
            push_wrapped(text, first, width);
        }
        for (cell, name) in cells.filter(|(cell, _)| !cell.is_empty()) {
            let name = if name.is_empty() {
                String::new()
            } else {
                format!("{name}: ")
            };
            push_wrapped(text, &format!("- {name}{cell}"), width);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_and_items_are_wrapped_at_words() {
        let markdown = "# Title\n\nOne **two** [three](x.md)\nfour [4] five.\n\n- an item that\n  goes on\n- b\n";
        let text = "Title\n\nOne two three\nfour [4] five.\n\n- an item that\n  goes on\n- b\n";
        assert_eq!(for_terminal(markdown, 16), text);
        assert_eq!(
            for_terminal(markdown, 60).lines().nth(2),
            Some("One two three four [4] five.")
        );
    }

    #[test]
    fn code_keeps_its_lines() {
        let markdown = "```sh\nmfa code my-iam-user --fresh\n```\n";
        assert_eq!(
            for_terminal(markdown, 10),
            "    mfa code my-iam-user --fresh\n"
        );
    }

    #[test]
    fn a_table_is_in_columns_where_it_fits() {
        let markdown = "| exit | meaning |\n| --- | --- |\n| 0 | done |\n| 1 | failed |\n";
        let columns = "exit  meaning\n0     done\n1     failed\n";
        assert_eq!(for_terminal(markdown, 40), columns);
        let items = "0\n- meaning: done\n1\n- meaning:\n  failed\n";
        assert_eq!(
            for_terminal(markdown, 12).replace("meaning:\n  done", "meaning: done"),
            items
        );
    }

    /// Every document that is compiled in, at every width of a terminal.
    #[test]
    fn no_line_of_a_document_is_too_wide() {
        let documents = [
            include_str!("../vault/security.md"),
            include_str!("../vault/format/format.md"),
            include_str!("../import/formats.md"),
            include_str!("../otp/parameters.md"),
            include_str!("../qr/pictures.md"),
            include_str!("../aws/aws.md"),
            include_str!("../app/exit-codes.md"),
        ];
        for (document, width) in documents
            .iter()
            .flat_map(|text| [40, 60, 80].map(|w| (text, w)))
        {
            for line in for_terminal(document, width).lines() {
                let is_code = line.starts_with("    ");
                let is_one_word = !line.trim().trim_start_matches("- ").contains(' ');
                assert!(
                    line.width() <= width || is_code || is_one_word,
                    "{width}: {line}"
                );
            }
        }
    }
}
