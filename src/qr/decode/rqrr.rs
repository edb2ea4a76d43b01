//! rqrr, as the last resort.
//!
//! It adds a few codes to what rxing finds, but must not be trusted with any picture: it can
//! take minutes on a large one, and it panics on some (its issue 54). So it only ever runs
//! contained, under a deadline, on a small view.

use image::GrayImage;
use rqrr::{BitGrid, Grid, PreparedImage};
use zeroize::{Zeroize, Zeroizing};

use super::{Decoder, Found, Sight};
use crate::qr::clock::Deadline;
use crate::qr::symbol::Content;

/// rqrr's only detector.
#[derive(Clone)]
pub(crate) struct Rqrr;

impl Decoder for Rqrr {
    fn look(&self, grey: &GrayImage, _: Deadline) -> Sight {
        let side = |pixels: u32| usize::try_from(pixels).unwrap_or(0);
        let (width, height) = (side(grey.width()), side(grey.height()));
        let pixels = grey.as_raw();
        let mut image =
            PreparedImage::prepare_from_greyscale(width, height, |x, y| pixels[y * width + x]);
        Sight {
            found: image.detect_grids().iter().filter_map(found).collect(),
            ..Sight::default()
        }
    }
}

/// Reads one grid. Bytes that are not UTF-8 are dropped: rxing knows other character sets.
fn found<G: BitGrid>(grid: &Grid<G>) -> Option<Found> {
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
    #[expect(clippy::cast_precision_loss, reason = "pixels of a small view")]
    let corners = grid.bounds.map(|point| [point.x as f32, point.y as f32]);
    Some(Found {
        content: Content {
            payload,
            part: None,
        },
        margin: None,
        corners,
    })
}

#[cfg(test)]
mod tests {
    use image::Luma;

    use super::super::{RQRR, contain};
    use super::*;

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
    fn issue_54_is_contained() {
        let alone = contain(|| Rqrr.look(&issue_54(), never()));
        assert!(alone.is_none(), "rqrr panics here no more: is it fixed?");
        assert!(RQRR.look(&issue_54(), never()).found.is_empty());
    }

    #[test]
    fn a_drawn_code_is_read_where_it_is() {
        let png = crate::qr::Matrix::new("hello").unwrap().to_png(4).unwrap();
        let grey = image::load_from_memory(&png).unwrap().into_luma8();
        let found = RQRR.look(&grey, never()).found;
        assert_eq!(found[0].content.payload.as_str(), "hello");
        // 21 modules of 4 pixels, after a quiet zone of 4 modules.
        let wanted = [[16.0, 16.0], [100.0, 16.0], [100.0, 100.0], [16.0, 100.0]];
        for (corner, wanted) in found[0].corners.iter().zip(wanted) {
            assert!((corner[0] - wanted[0]).abs() < 5.0, "{corner:?}");
            assert!((corner[1] - wanted[1]).abs() < 5.0, "{corner:?}");
        }
    }
}
