//! Wraps lines to the terminal's width.

use super::table::width as columns_of;

/// Wraps a line at spaces to `width` columns, and indents the lines that follow by two. A word longer
/// than a line stays whole, and so does a command at the end, so that they can be copied.
pub(super) fn wrap(line: &str, width: usize) -> String {
    let mut wrapped = String::with_capacity(line.len() + 16);
    let mut column = 0;
    let command = line.rfind(": mfa ").or_else(|| line.rfind("try: "));
    let command = command.and_then(|at| Some(at + line[at..].find(' ')? + 1));
    let (text, command) = line.split_at(command.unwrap_or(line.len()));
    for word in text
        .split_inclusive(' ')
        .chain((!command.is_empty()).then_some(command))
    {
        let length = columns_of(word.trim_end());
        if column > 2 && column + length > width {
            wrapped.truncate(wrapped.trim_end_matches(' ').len());
            wrapped.push_str("\n  ");
            column = 2;
        }
        wrapped.push_str(word);
        column += columns_of(word);
    }
    wrapped
}

/// Wraps a text at spaces for a column that starts at `indent` and ends at `width`. A word longer than the
/// column stays whole.
pub(crate) fn hanging(text: &str, indent: usize, width: usize) -> String {
    let mut wrapped = String::with_capacity(text.len() + 16);
    let mut column = indent;
    for word in text.split(' ') {
        let length = columns_of(word);
        if column > indent && column + 1 + length > width {
            wrapped.push('\n');
            wrapped.push_str(&" ".repeat(indent));
            column = indent;
        } else if column > indent {
            wrapped.push(' ');
            column += 1;
        }
        wrapped.push_str(word);
        column += length;
    }
    wrapped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_filled_below_its_start() {
        assert_eq!(hanging("the quick brown fox", 4, 80), "the quick brown fox");
        assert_eq!(
            hanging("the quick brown fox", 4, 13),
            "the quick\n    brown fox"
        );
        assert_eq!(hanging("你好 你好", 2, 8), "你好\n  你好");
        assert_eq!(
            hanging("a-word-that-is-long yes", 2, 10),
            "a-word-that-is-long\n  yes"
        );
    }

    #[test]
    fn lines_are_broken_at_words() {
        let text = "the quick brown fox jumps";
        assert_eq!(wrap(text, 80), text);
        assert_eq!(wrap(text, 15), "the quick brown\n  fox jumps");
        assert_eq!(wrap("你好 你好 你好", 10), "你好 你好\n  你好");
        assert_eq!(
            wrap("a-word-that-is-long yes", 10),
            "a-word-that-is-long\n  yes"
        );
        assert_eq!(wrap("  try: mfa list", 80), "  try: mfa list");
        assert_eq!(
            wrap("to add one: mfa add --qr PICTURE", 20),
            "to add one:\n  mfa add --qr PICTURE"
        );
    }
}
