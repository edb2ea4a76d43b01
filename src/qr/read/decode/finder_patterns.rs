//! Finds finder patterns in a black and white picture.
//!
//! Follows rxing's `FindFinderPatterns` (Apache-2.0, from zxing-cpp) and uses its parts, but adds
//! a deadline and a limit: the original takes minutes on a page tiled with finder patterns.

use rxing::Point;
use rxing::common::BitMatrix;
use rxing::common::cpp_essentials::{
    ConcentricPattern, FindLeftGuardBy, FixedPattern, GetPatternRowTP, IsPattern,
    LocateConcentricPattern, PatternRow, PatternView,
};

use crate::qr::read::deadline::Deadline;

/// Dark, light, dark, light, dark, in modules.
const FINDER: FixedPattern<5, 7, false> = FixedPattern::new([1, 1, 3, 1, 1]);
/// Every third row is searched: the core of a finder pattern is at least three rows high.
const ROW_STEP: u32 = 3;
/// The most finder patterns, more than any genuine page has.
const MAX_PATTERNS: usize = 1500;

/// All finder patterns, row by row, within the limits of time and number.
pub(crate) fn find(bits: &BitMatrix, deadline: Deadline) -> Vec<ConcentricPattern> {
    let mut found = Vec::new();
    let mut row = PatternRow::default();
    let mut y = ROW_STEP - 1;
    while y < bits.height() && found.len() < MAX_PATTERNS && !deadline.has_passed() {
        GetPatternRowTP(bits, y, &mut row, false);
        search_row(bits, &row, y, &mut found);
        y += ROW_STEP;
    }
    found
}

fn search_row(bits: &BitMatrix, row: &PatternRow, y: u32, found: &mut Vec<ConcentricPattern>) {
    let mut rest = PatternView::new(row);
    while let Some(view) = next_candidate(rest).filter(PatternView::isValid) {
        let middle = middle(&view, y);
        if !found.iter().any(|old| covers(old, middle)) {
            let across: u16 = view.iter().sum();
            // Three times as far, for very slanted ones.
            let range = i32::from(across) * 3;
            found.extend(LocateConcentricPattern::<true, 5, 7>(
                bits,
                &FINDER.into(),
                middle,
                range,
            ));
        }
        rest = view;
        rest.skipPair();
        rest.skipPair();
        rest.extend();
    }
}

/// The next place in a row where the runs have the proportions of a finder pattern.
fn next_candidate(rest: PatternView<'_>) -> Option<PatternView<'_>> {
    let is_finder = |view: &PatternView<'_>, quiet: Option<f32>| {
        // A cheap check first: it rules out nearly all places.
        let widths: [u16; 5] = [view[0], view[1], view[2], view[3], view[4]];
        let [first, second, core, fourth, last] = widths;
        let plausible = core >= 3 && core >= 2 * first.max(last) && core >= second.max(fourth);
        plausible && IsPattern::<true, 5, 7, false>(view, &FINDER, quiet, 0.1, 0.0, 0.0) != 0.0
    };
    FindLeftGuardBy::<5, _>(rest, 5, is_finder).ok()
}

#[expect(clippy::cast_precision_loss, reason = "a picture has few rows")]
fn middle(view: &PatternView<'_>, y: u32) -> Point {
    let before = f32::from(view.pixelsInFront()) + f32::from(view[0]) + f32::from(view[1]);
    Point::new(before + f32::from(view[2]) / 2.0, y as f32 + 0.5)
}

#[expect(clippy::cast_precision_loss, reason = "sides of a picture are small")]
fn covers(old: &ConcentricPattern, point: Point) -> bool {
    Point::distance(point, old.p) < old.size as f32 / 2.0
}
