//! Which module of a code is what (ISO/IEC 18004, section 5 and 6.3).

use rxing::qrcode::common::{Version, VersionRef};

/// What a module is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cell {
    /// Always dark, or always light: finder, timing and alignment patterns.
    Fixed(bool),
    /// Format or version information.
    Information,
    /// A bit of a codeword.
    Data,
}

/// The map of one version, without mirroring.
pub(crate) struct Layout {
    /// Modules on a side: 21 to 177.
    pub size: usize,
    pub version: VersionRef,
    /// Row by row.
    cells: Vec<Cell>,
}

impl Layout {
    /// The map for codes of `size` modules; none when no version has that size.
    pub(crate) fn new(size: usize) -> Option<Self> {
        let number = u32::try_from(size.checked_sub(17)? / 4).ok()?;
        if size % 4 != 1 || !(1..=40).contains(&number) {
            return None;
        }
        let version = Version::getVersionForNumber(number).ok()?;
        let cells = vec![Cell::Data; size * size];
        let mut layout = Self {
            size,
            version,
            cells,
        };
        layout.draw_timing();
        layout.draw_alignment();
        layout.draw_information(number);
        for (x, y) in [(0, 0), (size - 7, 0), (0, size - 7)] {
            layout.draw_finder(x, y);
        }
        Some(layout)
    }

    /// What is at column `x`, row `y`.
    pub(crate) fn cell(&self, x: usize, y: usize) -> Cell {
        self.cells[y * self.size + x]
    }

    /// All modules that are always dark or always light: column, row, dark.
    pub(crate) fn fixed(&self) -> impl Iterator<Item = (usize, usize, bool)> {
        let size = self.size;
        let cells = self.cells.iter().enumerate();
        cells.filter_map(move |(index, cell)| match cell {
            Cell::Fixed(dark) => Some((index % size, index / size, *dark)),
            _ => None,
        })
    }

    /// The modules of the codewords in the order in which these are written: two columns at a
    /// time from the right, up and down in turn, around the vertical timing pattern.
    pub(crate) fn data(&self) -> Vec<(usize, usize)> {
        let mut places = Vec::with_capacity(self.cells.len());
        let rights = (1..self.size).rev().step_by(2);
        for (turn, right) in rights.enumerate() {
            let right = if right <= 6 { right - 1 } else { right };
            for step in 0..self.size {
                let y = if turn % 2 == 0 {
                    self.size - 1 - step
                } else {
                    step
                };
                let pair = [(right, y), (right.wrapping_sub(1), y)];
                places.extend(
                    pair.iter()
                        .filter(|(x, y)| *x < self.size && self.cell(*x, *y) == Cell::Data),
                );
            }
        }
        places
    }

    /// The centres of the alignment patterns on either axis, those in the finders included.
    pub(crate) fn alignment_centres(&self) -> Vec<usize> {
        let centres = self.version.getAlignmentPatternCenters().iter();
        centres
            .filter_map(|&centre| usize::try_from(centre).ok())
            .collect()
    }

    fn set(&mut self, x: usize, y: usize, cell: Cell) {
        if x < self.size && y < self.size {
            self.cells[y * self.size + x] = cell;
        }
    }

    fn draw_finder(&mut self, left: usize, top: usize) {
        // With the light separator around it, as far as it is inside the code.
        for (dx, dy) in (0..9).flat_map(|dy| (0..9).map(move |dx| (dx, dy))) {
            let (Some(x), Some(y)) = ((left + dx).checked_sub(1), (top + dy).checked_sub(1)) else {
                continue;
            };
            let ring = ring(dx, dy, 4);
            self.set(x, y, Cell::Fixed(ring <= 1 || ring == 3));
        }
    }

    fn draw_timing(&mut self) {
        for i in 0..self.size {
            self.set(i, 6, Cell::Fixed(i % 2 == 0));
            self.set(6, i, Cell::Fixed(i % 2 == 0));
        }
    }

    fn draw_alignment(&mut self) {
        let centres = self.alignment_centres();
        let last = self.size - 7;
        for (&x, &y) in centres
            .iter()
            .flat_map(|y| centres.iter().map(move |x| (x, y)))
        {
            if [(6, 6), (6, last), (last, 6)].contains(&(x, y)) {
                continue;
            }
            for (dx, dy) in (0..5).flat_map(|dy| (0..5).map(move |dx| (dx, dy))) {
                let dark = ring(dx, dy, 2) != 1;
                self.set(x + dx - 2, y + dy - 2, Cell::Fixed(dark));
            }
        }
    }

    fn draw_information(&mut self, number: u32) {
        let last = self.size - 1;
        for i in 0..9 {
            // The timing patterns cross here.
            if i != 6 {
                self.set(8, i, Cell::Information);
                self.set(i, 8, Cell::Information);
            }
        }
        for i in 0..8 {
            self.set(last - i, 8, Cell::Information);
            self.set(8, last - i, Cell::Information);
        }
        self.set(8, self.size - 8, Cell::Fixed(true));
        if number >= 7 {
            for (long, short) in (0..6).flat_map(|i| (0..3).map(move |j| (i, j))) {
                self.set(self.size - 11 + short, long, Cell::Information);
                self.set(long, self.size - 11 + short, Cell::Information);
            }
        }
    }
}

/// How far a cell is from the middle `(centre, centre)`, the larger of the two axes.
fn ring(x: usize, y: usize, centre: usize) -> usize {
    x.abs_diff(centre).max(y.abs_diff(centre))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_modules_hold_all_codewords_and_at_most_seven_bits_more() {
        for number in 1..=40 {
            let layout = Layout::new(17 + 4 * number).unwrap();
            let bits = layout.data().len();
            let codewords = usize::try_from(layout.version.getTotalCodewords()).unwrap();
            assert_eq!(bits / 8, codewords, "version {number}");
        }
    }

    #[test]
    fn drawn_codes_have_the_fixed_modules() {
        for text in ["a".repeat(10), "a".repeat(200), "a".repeat(1500)] {
            let code = qrcode::QrCode::new(&text).unwrap();
            let layout = Layout::new(code.width()).unwrap();
            for (x, y, dark) in layout.fixed() {
                assert_eq!(code[(x, y)] == qrcode::Color::Dark, dark, "{x} {y}");
            }
        }
    }

    #[test]
    fn other_sizes_are_no_codes() {
        for size in [0, 17, 20, 22, 181] {
            assert!(Layout::new(size).is_none());
        }
    }
}
