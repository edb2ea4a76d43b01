//! Wraps lines to the terminal's width.

use unicode_width::UnicodeWidthStr;

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
        let length = word.trim_end().width();
        if column > 2 && column + length > width {
            wrapped.truncate(wrapped.trim_end_matches(' ').len());
            wrapped.push_str("\n  ");
            column = 2;
        }
        wrapped.push_str(word);
        column += word.width();
    }
    wrapped
}

#[cfg(test)]
mod tests {
    use super::*;

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
