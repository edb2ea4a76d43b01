//! Digits that can be read from across a desk.

/// Five rows of three dots for each digit, the left dot in the highest bit.
const DIGITS: [[u8; 5]; 10] = [
    [7, 5, 5, 5, 7],
    [2, 6, 2, 2, 7],
    [7, 1, 7, 4, 7],
    [7, 1, 7, 1, 7],
    [5, 5, 7, 1, 1],
    [7, 4, 7, 1, 7],
    [7, 4, 7, 5, 7],
    [7, 1, 2, 2, 2],
    [7, 5, 7, 5, 7],
    [7, 5, 7, 1, 7],
];

/// How large the digits are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DigitSize {
    /// A dot is two columns wide and a line high.
    Large,
    /// A dot is a column wide and half a line high.
    Small,
    /// Text in the terminal's own size.
    Plain,
}

impl DigitSize {
    /// The lines of a code.
    pub(super) const fn lines(self) -> u16 {
        match self {
            Self::Large => 5,
            Self::Small => 3,
            Self::Plain => 1,
        }
    }

    /// The columns of a code with so many digits.
    pub(super) const fn columns(self, digits: u16) -> u16 {
        match self {
            Self::Large => (digits * 8).saturating_sub(2),
            Self::Small => (digits * 4).saturating_sub(1),
            Self::Plain => digits,
        }
    }
}

/// Draws a code in lines. A letter, which only Steam's codes have, cannot be drawn: then it is text.
pub(super) fn lines(code: &str, size: DigitSize) -> Vec<String> {
    let digits: Option<Vec<_>> = code
        .chars()
        .map(|letter| DIGITS.get(letter.to_digit(10)? as usize))
        .collect();
    let dot = |digit: &[u8; 5], row: usize, column: usize| {
        digit.get(row).is_some_and(|row| row & (4 >> column) != 0)
    };
    let line = |row: usize, draw: &dyn Fn(&[u8; 5], usize, usize) -> &'static str, gap: &str| {
        let digit = |digit: &&[u8; 5]| -> String {
            (0..3).map(|column| draw(digit, row, column)).collect()
        };
        let digits = digits.as_deref().unwrap_or_default();
        digits.iter().map(digit).collect::<Vec<_>>().join(gap)
    };
    if digits.is_none() || size == DigitSize::Plain {
        return vec![code.to_owned()];
    }
    if size == DigitSize::Large {
        let draw = |digit: &[u8; 5], row, column| {
            if dot(digit, row, column) {
                "██"
            } else {
                "  "
            }
        };
        return (0..5).map(|row| line(row, &draw, "  ")).collect();
    }
    let draw = |digit: &[u8; 5], row: usize, column| match (
        dot(digit, 2 * row, column),
        dot(digit, 2 * row + 1, column),
    ) {
        (true, true) => "█",
        (true, false) => "▀",
        (false, true) => "▄",
        (false, false) => " ",
    };
    (0..3).map(|row| line(row, &draw, " ")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_have_the_size_that_was_told() {
        for size in [DigitSize::Large, DigitSize::Small, DigitSize::Plain] {
            let lines = lines("0123456789", size);
            assert_eq!(lines.len(), usize::from(size.lines()));
            for line in lines {
                assert_eq!(
                    line.chars().count(),
                    usize::from(size.columns(10)),
                    "{line}"
                );
            }
        }
        assert_eq!(
            lines("47", DigitSize::Small),
            ["█ █ ▀▀█", "▀▀█  █ ", "  ▀  ▀ "]
        );
        assert_eq!(lines("2B", DigitSize::Large), ["2B"]);
    }
}
