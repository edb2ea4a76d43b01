//! Which module of a code is what (ISO/IEC 18004, sections 5 and 6.3).

use rxing::qrcode::common::{Version, VersionRef};

/// What a module belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ModuleKind {
    /// A function pattern (finder, timing or alignment pattern), and whether it is dark here.
    Function(bool),
    /// Format or version information.
    Information,
    Data,
}

/// The layout of one version.
pub(crate) struct Layout {
    /// Modules on a side: 21 to 177.
    pub(crate) size: usize,
    pub(crate) version: VersionRef,
    /// One for each module, row by row.
    kinds: Vec<ModuleKind>,
}

impl Layout {
    /// The layout of codes with `size` modules on a side; none if no version has that size.
    pub(crate) fn new(size: usize) -> Option<Self> {
        let number = u32::try_from(size.checked_sub(17)? / 4).ok()?;
        if size % 4 != 1 || !(1..=40).contains(&number) {
            return None;
        }
        let version = Version::getVersionForNumber(number).ok()?;
        let kinds = vec![ModuleKind::Data; size * size];
        let mut layout = Self {
            size,
            version,
            kinds,
        };
        layout.draw_timing();
        layout.draw_alignment();
        layout.draw_information(number);
        for (x, y) in [(0, 0), (size - 7, 0), (0, size - 7)] {
            layout.draw_finder(x, y);
        }
        Some(layout)
    }

    /// The module in column `x` and row `y`.
    pub(crate) fn kind(&self, x: usize, y: usize) -> ModuleKind {
        self.kinds[y * self.size + x]
    }

    /// The modules of all function patterns: column, row, whether it is dark.
    pub(crate) fn function_modules(&self) -> impl Iterator<Item = (usize, usize, bool)> {
        let size = self.size;
        let kinds = self.kinds.iter().enumerate();
        kinds.filter_map(move |(index, kind)| match kind {
            ModuleKind::Function(dark) => Some((index % size, index / size, *dark)),
            _ => None,
        })
    }

    /// The modules of the codewords (column, row) in the order of their bits: two columns at a time
    /// from the right, up and down in turn, skipping the vertical timing pattern.
    pub(crate) fn data_modules(&self) -> Vec<(usize, usize)> {
        let mut places = Vec::with_capacity(self.kinds.len());
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
                        .filter(|(x, y)| *x < self.size && self.kind(*x, *y) == ModuleKind::Data),
                );
            }
        }
        places
    }

    /// The coordinates of alignment patterns on either axis, finder patterns not yet left out.
    pub(crate) fn alignment_centres(&self) -> Vec<usize> {
        let centres = self.version.getAlignmentPatternCenters().iter();
        centres
            .filter_map(|&centre| usize::try_from(centre).ok())
            .collect()
    }

    fn set(&mut self, x: usize, y: usize, kind: ModuleKind) {
        if x < self.size && y < self.size {
            self.kinds[y * self.size + x] = kind;
        }
    }

    fn draw_finder(&mut self, left: usize, top: usize) {
        // With its light separator, where that is inside the code.
        for (dx, dy) in (0..9).flat_map(|dy| (0..9).map(move |dx| (dx, dy))) {
            let (Some(x), Some(y)) = ((left + dx).checked_sub(1), (top + dy).checked_sub(1)) else {
                continue;
            };
            let ring = ring(dx, dy, 4);
            self.set(x, y, ModuleKind::Function(ring <= 1 || ring == 3));
        }
    }

    fn draw_timing(&mut self) {
        for i in 0..self.size {
            self.set(i, 6, ModuleKind::Function(i % 2 == 0));
            self.set(6, i, ModuleKind::Function(i % 2 == 0));
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
                self.set(x + dx - 2, y + dy - 2, ModuleKind::Function(dark));
            }
        }
    }

    fn draw_information(&mut self, number: u32) {
        let last = self.size - 1;
        for i in 0..9 {
            // The timing patterns cross there.
            if i != 6 {
                self.set(8, i, ModuleKind::Information);
                self.set(i, 8, ModuleKind::Information);
            }
        }
        for i in 0..8 {
            self.set(last - i, 8, ModuleKind::Information);
            self.set(8, last - i, ModuleKind::Information);
        }
        self.set(8, self.size - 8, ModuleKind::Function(true));
        if number >= 7 {
            for (long, short) in (0..6).flat_map(|i| (0..3).map(move |j| (i, j))) {
                self.set(self.size - 11 + short, long, ModuleKind::Information);
                self.set(long, self.size - 11 + short, ModuleKind::Information);
            }
        }
    }
}

/// The Chebyshev distance of a module from `(centre, centre)`.
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
            let bits = layout.data_modules().len();
            let codewords = usize::try_from(layout.version.getTotalCodewords()).unwrap();
            assert_eq!(bits / 8, codewords, "version {number}");
        }
    }

    #[test]
    fn drawn_codes_have_the_function_patterns() {
        for text in ["a".repeat(10), "a".repeat(200), "a".repeat(1500)] {
            let code = qrcode::QrCode::new(&text).unwrap();
            let layout = Layout::new(code.width()).unwrap();
            for (x, y, dark) in layout.function_modules() {
                assert_eq!(code[(x, y)] == qrcode::Color::Dark, dark, "{x} {y}");
            }
        }
    }

    #[test]
    fn other_sizes_have_no_layout() {
        for size in [0, 17, 20, 22, 181] {
            assert!(Layout::new(size).is_none());
        }
    }
}
