//! Smaller and larger copies of grey pictures.

use std::borrow::Cow;

use image::{GrayImage, imageops};

/// How many pixels the picture has.
pub(crate) fn area(grey: &GrayImage) -> u64 {
    u64::from(grey.width()) * u64::from(grey.height())
}

/// The picture with at most about so many pixels; itself when it has no more.
pub(crate) fn fitting(grey: &GrayImage, most: u64) -> Cow<'_, GrayImage> {
    if area(grey) <= most {
        return Cow::Borrowed(grey);
    }
    #[expect(clippy::cast_precision_loss, reason = "areas are far below 2^52")]
    let divisor = (area(grey) as f64 / most as f64).sqrt();
    Cow::Owned(shrunk(grey, divisor))
}

/// The picture with its sides divided, each pixel the mean of those it covers.
pub(crate) fn shrunk(grey: &GrayImage, divisor: f64) -> GrayImage {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 1 and the side that it was"
    )]
    let side = |pixels: u32| (f64::from(pixels) / divisor).round().max(1.0) as u32;
    imageops::thumbnail(grey, side(grey.width()), side(grey.height()))
}

/// The picture with its sides multiplied by `factor`, linear in between.
///
/// `image` can do this with any factor, through floats; this is ten times as fast, and growing
/// was most of the time spent on pictures without a code.
pub(crate) fn grown(grey: &GrayImage, factor: u32) -> GrayImage {
    let across = stops(grey.width(), factor);
    let down = stops(grey.height(), factor);
    let mut wide = GrayImage::new(grey.width() * factor, grey.height());
    for (row, wide) in rows(grey).zip(wide.chunks_exact_mut(across.len())) {
        for (shade, stop) in wide.iter_mut().zip(&across) {
            *shade = stop.between(row[stop.first], row[stop.second]);
        }
    }
    let mut grown = GrayImage::new(wide.width(), grey.height() * factor);
    let wide: Vec<&[u8]> = rows(&wide).collect();
    for (row, stop) in grown.chunks_exact_mut(across.len()).zip(&down) {
        let pairs = wide[stop.first].iter().zip(wide[stop.second]);
        for (shade, (&first, &second)) in row.iter_mut().zip(pairs) {
            *shade = stop.between(first, second);
        }
    }
    grown
}

fn rows(grey: &GrayImage) -> impl Iterator<Item = &[u8]> {
    let width = usize::try_from(grey.width()).unwrap_or(usize::MAX);
    grey.chunks_exact(width.max(1))
}

/// Where a pixel of the larger picture lies between two of the smaller one, on one axis.
struct Stop {
    first: usize,
    second: usize,
    /// How far it is from the first towards the second, in 256ths.
    weight: u32,
}

impl Stop {
    fn between(&self, first: u8, second: u8) -> u8 {
        let sum = u32::from(first) * (256 - self.weight) + u32::from(second) * self.weight;
        u8::try_from((sum + 128) >> 8).unwrap_or(u8::MAX)
    }
}

/// The stops of one axis: `side * factor` of them. A pixel's shade is that of its middle, so
/// the middle of large pixel `x` lies at `(x + 1/2) / factor - 1/2`.
fn stops(side: u32, factor: u32) -> Vec<Stop> {
    let last = usize::try_from(side.saturating_sub(1)).unwrap_or(usize::MAX);
    let stop = |x: u32| {
        // In units of 1 / (2 * factor), and one pixel too far to the right: never negative.
        let (unit, place) = (2 * factor, 2 * x + 1 + factor);
        let second = usize::try_from(place / unit).unwrap_or(usize::MAX);
        Stop {
            first: second.saturating_sub(1).min(last),
            second: second.min(last),
            weight: place % unit * 256 / unit,
        }
    };
    (0..side * factor).map(stop).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(shades: &[u8]) -> GrayImage {
        let width = u32::try_from(shades.len()).unwrap();
        GrayImage::from_raw(width, 1, shades.to_vec()).unwrap()
    }

    #[test]
    fn growing_is_linear_between_the_middles() {
        let double = grown(&row(&[0, 100]), 2);
        assert_eq!(double.dimensions(), (4, 2));
        assert_eq!(double.into_raw(), [0, 25, 75, 100, 0, 25, 75, 100]);
        let triple = grown(&row(&[0, 90]), 3);
        assert_eq!(triple.into_raw()[..6], [0, 0, 30, 60, 90, 90]);
    }

    #[test]
    fn growing_goes_down_as_it_goes_across() {
        let across = grown(&row(&[7, 200, 30]), 2);
        let column = GrayImage::from_raw(1, 3, vec![7, 200, 30]).unwrap();
        assert_eq!(imageops::rotate270(&grown(&column, 2)), across);
    }

    #[test]
    fn shrinking_means_and_never_vanishes() {
        assert_eq!(shrunk(&row(&[0, 100, 200]), 3.0).into_raw(), [100]);
        assert_eq!(shrunk(&row(&[5]), 9.0).dimensions(), (1, 1));
    }
}
