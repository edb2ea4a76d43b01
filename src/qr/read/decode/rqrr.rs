//! rqrr: a different detector, as the last resort.
//!
//! It decodes a few codes that rxing does not, but no picture is safe with it: it takes minutes on
//! some large ones, and panics on others (its issue 54). So it only runs after everything else, on
//! a small view, with its panics caught and under a time limit.

use std::time::Duration;

use image::GrayImage;
use rqrr::{BitGrid, Grid, PreparedImage};
use zeroize::{Zeroize, Zeroizing};

use super::{Decoded, Decoder, Detection};
use crate::qr::read::deadline::Deadline;
use crate::qr::read::geometry::to_index;
use crate::qr::read::symbol::Content;
use crate::qr::read::time_limit::{Aborted, abandoned_threads, run_until};

/// rqrr within its limits.
pub(crate) struct Rqrr;

/// The most time for one picture.
const LIMIT: Duration = Duration::from_millis(500);
/// With this many timed-out threads still running, rqrr is skipped: a folder of pictures that hang
/// it must not use up the machine.
const MAX_ABANDONED: usize = 4;

impl Decoder for Rqrr {
    fn name(&self) -> &'static str {
        "rqrr"
    }

    fn detect(&self, grey: &GrayImage, deadline: Deadline) -> Detection {
        if abandoned_threads() >= MAX_ABANDONED {
            return Detection {
                is_cut_short: true,
                ..Detection::default()
            };
        }
        let grey = grey.clone();
        let deadline = deadline.at_most(LIMIT);
        let decoded = run_until(deadline, move || decode_all(&grey));
        Detection {
            is_cut_short: matches!(decoded, Err(Aborted::TimedOut)) && deadline.was_starved(),
            decoded: decoded.unwrap_or_default(),
            ..Detection::default()
        }
    }
}

/// May panic, and may take minutes.
fn decode_all(grey: &GrayImage) -> Vec<Decoded> {
    let (width, height) = (to_index(grey.width()), to_index(grey.height()));
    let pixels = grey.as_raw();
    let mut image =
        PreparedImage::prepare_from_greyscale(width, height, |x, y| pixels[y * width + x]);
    image.detect_grids().iter().filter_map(decode).collect()
}

/// Decodes one grid. Only UTF-8 counts: other character sets are left to rxing, which knows them.
fn decode<G: BitGrid>(grid: &Grid<G>) -> Option<Decoded> {
    let mut bytes = Vec::new();
    let read = grid.decode_to(&mut bytes);
    let payload = match String::from_utf8(bytes) {
        Ok(text) => Zeroizing::new(text),
        Err(error) => {
            error.into_bytes().zeroize();
            return None;
        }
    };
    read.ok()?;
    #[expect(clippy::cast_precision_loss, reason = "the view is small")]
    let corners = grid.bounds.map(|point| [point.x as f32, point.y as f32]);
    Some(Decoded {
        content: Content {
            payload,
            part: None,
        },
        corners,
    })
}

#[cfg(test)]
mod tests {
    use image::Luma;

    use super::*;
    use crate::qr::read::catch_panics::catch_panics;

    fn never() -> Deadline {
        Deadline::after(std::time::Duration::MAX)
    }

    /// Rings like finder patterns, badly placed: `x, y, width, height` in pixels.
    const RINGS: [[u32; 4]; 5] = [
        [49, 84, 21, 9],
        [60, 48, 14, 9],
        [11, 75, 15, 16],
        [9, 26, 7, 7],
        [69, 75, 23, 16],
    ];

    /// A picture that makes rqrr 0.11 panic in `Perspective::map`, as its issue 54 says.
    fn issue_54() -> GrayImage {
        let mut grey = GrayImage::from_pixel(120, 120, Luma([255]));
        for [left, top, width, height] in RINGS {
            for (x, y) in (0..height).flat_map(|y| (0..width).map(move |x| (x, y))) {
                let (column, row) = (x * 7 / width, y * 7 / height);
                let edge = [0, 6].contains(&column) || [0, 6].contains(&row);
                let core = (2..5).contains(&column) && (2..5).contains(&row);
                let shade = if edge || core { 0 } else { 255 };
                grey.put_pixel(left + x, top + y, Luma([shade]));
            }
        }
        grey
    }

    #[test]
    fn the_panic_of_issue_54_is_caught() {
        let alone = catch_panics(|| decode_all(&issue_54()));
        assert!(alone.is_none(), "rqrr no longer panics here: is it fixed?");
        assert!(Rqrr.detect(&issue_54(), never()).decoded.is_empty());
    }

    #[test]
    fn a_drawn_code_is_read_where_it_is() {
        let png = crate::qr::Matrix::new("hello").unwrap().to_png(4).unwrap();
        let grey = image::load_from_memory(&png).unwrap().into_luma8();
        let decoded = Rqrr.detect(&grey, never()).decoded;
        assert_eq!(decoded[0].content.payload.as_str(), "hello");
        // 21 modules of 4 pixels, after a quiet zone of 4 modules.
        let wanted = [[16.0, 16.0], [100.0, 16.0], [100.0, 100.0], [16.0, 100.0]];
        for (corner, wanted) in decoded[0].corners.iter().zip(wanted) {
            assert!((corner[0] - wanted[0]).abs() < 5.0, "{corner:?}");
            assert!((corner[1] - wanted[1]).abs() < 5.0, "{corner:?}");
        }
    }
}
