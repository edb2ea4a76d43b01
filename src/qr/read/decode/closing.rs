//! Morphological closing: fills gaps of one or two pixels, for round dots and printed codes.
//!
//! rxing can do it too, one bit at a time, which took longer on a page than everything else.

use rxing::common::{BitArray, BitMatrix};

/// The pixels in a word of a bit row.
const WORD: usize = usize::BITS as usize;

/// Dilates the dark pixels to 3 × 3 and erodes them again; none if there are no pixels.
pub(crate) fn close(bits: &BitMatrix) -> Option<BitMatrix> {
    let width = usize::try_from(bits.width()).ok()?;
    let rows: Vec<Vec<usize>> = (0..bits.height())
        .map(|y| bits.getRow(y).getBitArray()[..width.div_ceil(WORD)].to_vec())
        .collect();
    // Pixels outside must not count: they are light while dilating and dark while eroding.
    let rows = combine_3x3(rows, width, 0, |a, b| a | b);
    let rows = combine_3x3(rows, width, usize::MAX, |a, b| a & b);
    let mut out = BitMatrix::new(bits.width(), bits.height()).ok()?;
    let mut line = BitArray::with_size(width);
    for (y, row) in (0..bits.height()).zip(&rows) {
        for (index, word) in row.iter().enumerate() {
            line.setBulk(index * WORD, *word);
        }
        out.setRow(y, &line);
    }
    Some(out)
}

/// Combines each bit with its eight neighbours.
fn combine_3x3(
    mut rows: Vec<Vec<usize>>,
    width: usize,
    outside: usize,
    combine: fn(usize, usize) -> usize,
) -> Vec<Vec<usize>> {
    let unused = match width % WORD {
        0 => 0,
        used => usize::MAX << used,
    };
    for row in &mut rows {
        if let Some(last) = row.last_mut() {
            *last = (*last & !unused) | (outside & unused);
        }
        let mut before = outside;
        for index in 0..row.len() {
            let word = row[index];
            let after = row.get(index + 1).copied().unwrap_or(outside);
            let left = word << 1 | before >> (WORD - 1);
            let right = word >> 1 | after << (WORD - 1);
            row[index] = combine(word, combine(left, right));
            before = word;
        }
        if let Some(last) = row.last_mut() {
            *last &= !unused;
        }
    }
    let line = |y: Option<usize>| y.and_then(|y| rows.get(y));
    let combined = |y: usize| {
        let mut out = rows[y].clone();
        for other in [line(y.checked_sub(1)), line(Some(y + 1))]
            .into_iter()
            .flatten()
        {
            for (word, other) in out.iter_mut().zip(other) {
                *word = combine(*word, *other);
            }
        }
        out
    };
    (0..rows.len()).map(combined).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, a bit at a time.
    fn window(bits: &BitMatrix, x: u32, y: u32, wanted: bool) -> bool {
        let side = |at: u32, end: u32| at.saturating_sub(1)..(at + 2).min(end);
        side(y, bits.height()).any(|y| side(x, bits.width()).any(|x| bits.get(x, y) == wanted))
    }

    #[test]
    fn the_result_is_a_closing_at_every_width() {
        for (width, height) in [(1, 1), (3, 9), (63, 5), (64, 7), (65, 4), (130, 20)] {
            let mut bits = BitMatrix::new(width, height).unwrap();
            let mut grown = bits.clone();
            let places = || (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
            for (x, y) in places() {
                bits.set_bool(x, y, (x * 7 + y * 13 + x * y).is_multiple_of(6));
            }
            for (x, y) in places() {
                grown.set_bool(x, y, window(&bits, x, y, true));
            }
            let closed = close(&bits).unwrap();
            for (x, y) in places() {
                let wanted = !window(&grown, x, y, false);
                assert_eq!(closed.get(x, y), wanted, "{width} {x} {y}");
            }
        }
    }
}
