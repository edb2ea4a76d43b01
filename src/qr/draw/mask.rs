//! Draws a code with the mask that is easiest to read (ISO/IEC 18004, 7.8).
//!
//! Like the `qrcode` crate, except for the penalties. That crate visits each module some 30 times for
//! each of the eight masks: nine tenths of its time. Here, a line of modules is a number.

use qrcode::bits::encode_auto;
use qrcode::canvas::{Canvas, MaskPattern};
use qrcode::ec::construct_codewords;
use qrcode::types::QrError;
use qrcode::{Color, EcLevel, Version};

const MASKS: [MaskPattern; 8] = [
    MaskPattern::Checkerboard,
    MaskPattern::HorizontalLines,
    MaskPattern::VerticalLines,
    MaskPattern::DiagonalLines,
    MaskPattern::LargeCheckerboard,
    MaskPattern::Fields,
    MaskPattern::Diamonds,
    MaskPattern::Meadow,
];

/// The lowest version that holds `text`. Its parts are in the mode that takes the fewest bits.
pub(super) fn version(text: &str, level: EcLevel) -> Result<Version, QrError> {
    encode_auto(text.as_bytes(), level).map(|bits| bits.version())
}

/// The modules of a code, row by row, and its side.
pub(super) fn encode(text: &str, level: EcLevel) -> Result<(Vec<Color>, usize), QrError> {
    let bits = encode_auto(text.as_bytes(), level)?;
    let version = bits.version();
    let (data, correction) = construct_codewords(&bits.into_bytes(), version, level)?;
    let mut canvas = Canvas::new(version, level);
    canvas.draw_all_functional_patterns();
    canvas.draw_data(&data, &correction);
    let masked = MASKS.map(|mask| {
        let mut canvas = canvas.clone();
        canvas.apply_mask(mask);
        canvas.into_colors()
    });
    let side = usize::try_from(version.width()).unwrap_or_default();
    let best = masked
        .into_iter()
        .min_by_key(|modules| penalty(modules, side));
    Ok((best.unwrap_or_default(), side))
}

/// The dark modules of a row or column, lowest bit first. A side has at most 177 modules.
#[derive(Clone, Copy)]
struct Line([u64; 3]);

impl Line {
    fn from_bits(dark: impl Iterator<Item = bool>) -> Self {
        let mut line = [0; 3];
        for (index, dark) in dark.enumerate() {
            line[index / 64] |= u64::from(dark) << (index % 64);
        }
        Self(line)
    }

    /// The lowest `count` bits.
    fn first(count: usize) -> Self {
        Self::from_bits(std::iter::repeat_n(true, count))
    }

    /// Moves each bit from `by` places further on; `by` is 1 to 63.
    fn after(self, by: u32) -> Self {
        let Self([a, b, c]) = self;
        Self([a >> by | b << (64 - by), b >> by | c << (64 - by), c >> by])
    }

    /// Moves each bit from `by` places before; `by` is 1 to 63.
    fn before(self, by: u32) -> Self {
        let Self([a, b, c]) = self;
        Self([a << by, b << by | a >> (64 - by), c << by | b >> (64 - by)])
    }

    fn with(mut self, other: Self, with: fn(u64, u64) -> u64) -> Self {
        for (own, other) in self.0.iter_mut().zip(other.0) {
            *own = with(*own, other);
        }
        self
    }

    fn and(self, other: Self) -> Self {
        self.with(other, |a, b| a & b)
    }

    fn and_not(self, other: Self) -> Self {
        self.with(other, |a, b| a & !b)
    }

    fn or(self, other: Self) -> Self {
        self.with(other, |a, b| a | b)
    }

    /// The bits that are equal in both.
    fn same(self, other: Self) -> Self {
        self.with(other, |a, b| !(a ^ b))
    }

    fn count(self) -> u32 {
        self.0.iter().map(|bits| bits.count_ones()).sum()
    }
}

/// How hard a code is to read. Leaves out the penalty for the three finder patterns: it is the same
/// for all masks.
fn penalty(modules: &[Color], side: usize) -> u32 {
    let dark = |module: &Color| *module == Color::Dark;
    let rows: Vec<_> = modules
        .chunks(side)
        .map(|row| Line::from_bits(row.iter().map(dark)))
        .collect();
    let columns: Vec<_> = (0..side)
        .map(|x| Line::from_bits(modules.iter().skip(x).step_by(side).map(dark)))
        .collect();
    let lines = rows.iter().chain(&columns);
    let of_lines: u32 = lines
        .map(|line| runs(*line, side) + finders(*line, side))
        .sum();
    let pairs = rows.iter().zip(rows.iter().skip(1));
    let of_blocks: u32 = pairs.map(|(one, next)| blocks(*one, *next, side)).sum();
    of_lines + of_blocks + imbalance(&rows, side)
}

/// Runs of five or more modules in one colour: their length less 2.
fn runs(line: Line, side: usize) -> u32 {
    let pairs = line.same(line.after(1)).and(Line::first(side - 1));
    let fives = pairs.and(pairs.after(1));
    let fives = fives.and(fives.after(2));
    fives.count() + 2 * fives.and_not(fives.before(1)).count()
}

/// 2 × 2 squares in one colour: 3 each.
fn blocks(one: Line, next: Line, side: usize) -> u32 {
    let (pairs, across) = (one.same(one.after(1)), one.same(next));
    let blocks = pairs.and(across).and(across.after(1));
    3 * blocks.and(Line::first(side - 1)).count()
}

/// Runs that look like a finder pattern, with four light modules before or after it: 40 each.
fn finders(line: Line, side: usize) -> u32 {
    let dark = |by| line.after(by);
    let finders = line.and(dark(2)).and(dark(3)).and(dark(4)).and(dark(6));
    let finders = finders.and_not(dark(1)).and_not(dark(5));
    let after = dark(7).or(dark(8)).or(dark(9)).or(dark(10));
    let before = |by| line.before(by);
    let before = before(1).or(before(2)).or(before(3)).or(before(4));
    let finders = finders.and(Line::first(side - 6));
    40 * finders.and_not(before.and(after)).count()
}

/// How far the share of dark modules is from one half, in half per cents.
fn imbalance(rows: &[Line], side: usize) -> u32 {
    let dark: u32 = rows.iter().map(|row| row.count()).sum();
    let all = u32::try_from(side * side).unwrap_or(u32::MAX);
    (dark * 200 / all).abs_diff(100)
}

#[cfg(test)]
mod tests {
    use qrcode::QrCode;

    use super::*;

    #[test]
    fn the_mask_is_the_one_that_the_crate_chooses() {
        let text: String = ('!'..='~').cycle().take(3000).collect();
        for (number, length) in (1..80).chain((80..2331).step_by(150)).enumerate() {
            let (text, level) = (&text[number..][..length], EcLevel::M);
            let crates = QrCode::with_error_correction_level(text, level).unwrap();
            let (own, side) = encode(text, level).unwrap();
            assert_eq!(side, crates.width());
            assert!(own == crates.into_colors(), "{length}");
        }
    }
}
