//! A tolerant search for finder patterns that reads nothing: it leaves traces for a second look.
//!
//! Blur makes the middle of a finder pattern smaller and its light ring wider, and a slanted view
//! makes one pattern three times as large as another. rxing refuses both, as most of what is so
//! far off is no code. Here only the order matters: dark, light, dark, light, dark, the same on
//! both sides of the middle, across and down; what it is worth is told by the timing patterns.

use image::GrayImage;

use super::triples::{MOST_FINDERS, triples};
use super::{Decoder, Finder, Sight, Trace};
use crate::qr::clock::Deadline;

/// The search; it wants a view that is black and white.
pub(crate) struct Loose;

/// The most traces that are left.
const MOST_TRACES: usize = 24;

impl Decoder for Loose {
    fn look(&self, grey: &GrayImage, until: Deadline) -> Sight {
        let mut marks = marks(grey, until);
        marks.sort_by_key(|mark| std::cmp::Reverse(mark.rows));
        marks.truncate(MOST_FINDERS);
        let finders: Vec<Finder> = marks.iter().map(|mark| mark.finder).collect();
        let traces = triples(&finders).into_iter().take(MOST_TRACES);
        let trace = |three: [usize; 3]| {
            let [top_left, top_right, bottom_left] = three.map(|index| finders[index]);
            Trace {
                top_left,
                top_right,
                bottom_left,
            }
        };
        Sight {
            traces: traces.map(trace).collect(),
            ..Sight::default()
        }
    }
}

/// A place that looks like a finder pattern in so many rows.
struct Mark {
    finder: Finder,
    rows: u16,
}

fn marks(grey: &GrayImage, until: Deadline) -> Vec<Mark> {
    let mut marks: Vec<Mark> = Vec::new();
    for (y, row) in (0..grey.height()).zip(grey.rows()) {
        if until.over() {
            break;
        }
        let runs = runs(row.map(|pixel| pixel.0[0] < 128));
        // Runs alternate, and the first one is light.
        for (five, end) in runs.windows(5).skip(1).step_by(2).zip(ends(&runs)) {
            if let Some(width) = nested(five) {
                let tail = five[4] + five[3];
                let x = end - tail - five[2] / 2;
                add(grey, &mut marks, [x, y], width);
            }
        }
    }
    marks.retain(|mark| mark.rows >= 2);
    marks
}

/// The widths of what is light and dark in turn, in pixels; the first is light and may be 0.
fn runs(row: impl Iterator<Item = bool>) -> Vec<u32> {
    let mut runs = vec![0];
    let mut dark = false;
    for pixel in row {
        if pixel == dark {
            if let Some(run) = runs.last_mut() {
                *run += 1;
            }
        } else {
            runs.push(1);
            dark = pixel;
        }
    }
    runs
}

/// Where the windows of five runs that begin dark end.
fn ends(runs: &[u32]) -> impl Iterator<Item = u32> {
    let sums = runs.iter().scan(0, |sum, run| {
        *sum += run;
        Some(*sum)
    });
    sums.skip(5).step_by(2)
}

/// The width of five runs if they may go through a finder pattern.
fn nested(runs: &[u32]) -> Option<u32> {
    let &[a, b, core, d, e] = runs else {
        return None;
    };
    let width = a + b + core + d + e;
    let alike = |one: u32, other: u32| one <= 2 * other + 1 && other <= 2 * one + 1;
    let thin = |run: u32| 16 * run >= width && 3 * run <= width;
    let fits = alike(a, e) && alike(b, d) && [a, b, d, e].into_iter().all(thin);
    (width >= 7 && fits && 6 * core >= width && 5 * core <= 3 * width).then_some(width)
}

/// Adds a place that looks right across, if it does so downwards too.
fn add(grey: &GrayImage, marks: &mut Vec<Mark>, [x, y]: [u32; 2], width: u32) {
    let Some((middle, height)) = downwards(grey, x, y, width) else {
        return;
    };
    if width > 3 * height || height > 3 * width {
        return;
    }
    #[expect(clippy::cast_precision_loss, reason = "sides of a picture")]
    let finder = Finder {
        centre: [x as f32 + 0.5, middle],
        module: (width as f32 * height as f32).sqrt() / 7.0,
    };
    let near = |mark: &&mut Mark| {
        let [dx, dy] = [0, 1].map(|axis| mark.finder.centre[axis] - finder.centre[axis]);
        dx.hypot(dy) < 2.0 * mark.finder.module
    };
    match marks.iter_mut().find(near) {
        Some(mark) => {
            mark.rows += 1;
            // The mean of all rows, a step at a time.
            let share = 1.0 / f32::from(mark.rows);
            let blend = |old: f32, new: f32| old + (new - old) * share;
            let (old, new) = (mark.finder, finder);
            mark.finder.centre = [0, 1].map(|axis| blend(old.centre[axis], new.centre[axis]));
            mark.finder.module = blend(old.module, new.module);
        }
        None => marks.push(Mark { finder, rows: 1 }),
    }
}

/// The middle and the height of the five runs above and below a dark pixel.
fn downwards(grey: &GrayImage, x: u32, y: u32, width: u32) -> Option<(f32, u32)> {
    let reach = 2 * width;
    let dark = |y: u32| {
        grey.get_pixel_checked(x, y)
            .is_some_and(|pixel| pixel.0[0] < 128)
    };
    if !dark(y) {
        return None;
    }
    let up = three((0..y).rev().take(side(reach)).map(dark));
    let down = three((y + 1..grey.height()).take(side(reach)).map(dark));
    let five = [up[2], up[1], up[0] + 1 + down[0], down[1], down[2]];
    let height = nested(&five)?;
    #[expect(clippy::cast_precision_loss, reason = "sides of a picture")]
    let middle = y as f32 + 0.5 + (down[0] as f32 - up[0] as f32) / 2.0;
    Some((middle, height))
}

fn side(pixels: u32) -> usize {
    usize::try_from(pixels).unwrap_or(usize::MAX)
}

/// The lengths of the first three runs: dark, light, dark.
fn three(pixels: impl Iterator<Item = bool>) -> [u32; 3] {
    let mut runs = [0; 3];
    let mut at = 0;
    for dark in pixels {
        if dark == (at == 1) {
            at += 1;
        }
        match runs.get_mut(at) {
            Some(run) => *run += 1,
            None => break,
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::qr::filter::{box_mean, local_threshold};

    #[test]
    fn a_blurred_code_leaves_a_trace() {
        let png = crate::qr::Matrix::new("hello").unwrap().to_png(8).unwrap();
        let grey = image::load_from_memory(&png).unwrap().into_luma8();
        let blurred = box_mean(&box_mean(&grey, 4), 4);
        let view = local_threshold(&blurred, 9);
        let sight = Loose.look(&view, Deadline::after(Duration::MAX));
        let near =
            |trace: &Trace| {
                let wanted = [[60.0, 60.0], [172.0, 60.0], [60.0, 172.0]];
                trace.finders().iter().zip(wanted).all(|(finder, [x, y])| {
                    (finder.centre[0] - x).hypot(finder.centre[1] - y) < 5.0
                })
            };
        assert!(sight.found.is_empty() && sight.traces.iter().any(near));
    }

    #[test]
    fn the_smallest_pictures_have_no_traces() {
        for (width, height) in [(1, 1), (7, 1), (1, 7)] {
            let sight = Loose.look(
                &GrayImage::new(width, height),
                Deadline::after(Duration::MAX),
            );
            assert!(sight.traces.is_empty());
        }
    }
}
