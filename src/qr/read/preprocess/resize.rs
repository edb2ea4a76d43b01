//! Downscaled and upscaled copies of grey pictures.

use std::borrow::Cow;

use image::{GrayImage, imageops};

use crate::qr::read::geometry::to_index;

/// How many pixels the picture has.
pub(crate) fn area(grey: &GrayImage) -> u64 {
    u64::from(grey.width()) * u64::from(grey.height())
}

/// The picture, downscaled to about `max_area` pixels if it has more.
pub(crate) fn limit_area(grey: &GrayImage, max_area: u64) -> Cow<'_, GrayImage> {
    if area(grey) <= max_area {
        return Cow::Borrowed(grey);
    }
    #[expect(clippy::cast_precision_loss, reason = "areas are far below 2^52")]
    let divisor = (area(grey) as f64 / max_area as f64).sqrt();
    Cow::Owned(downscale(grey, divisor))
}

/// Divides the sides; each pixel becomes the mean of those it covers.
pub(crate) fn downscale(grey: &GrayImage, divisor: f64) -> GrayImage {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 1 and the old side"
    )]
    let side = |pixels: u32| (f64::from(pixels) / divisor).round().max(1.0) as u32;
    imageops::thumbnail(grey, side(grey.width()), side(grey.height()))
}

/// Multiplies the sides by a whole factor, with bilinear interpolation.
///
/// `image` scales by any factor, through floats. This is ten times as fast, and upscaling took most
/// of the time on pictures without a code.
pub(crate) fn upscale(grey: &GrayImage, factor: u32) -> GrayImage {
    let across = taps(grey.width(), factor);
    let down = taps(grey.height(), factor);
    let mut wide = GrayImage::new(grey.width() * factor, grey.height());
    for (row, wide) in rows(grey).zip(wide.chunks_exact_mut(across.len())) {
        for (shade, tap) in wide.iter_mut().zip(&across) {
            *shade = tap.interpolate(row[tap.first], row[tap.second]);
        }
    }
    let mut tall = GrayImage::new(wide.width(), grey.height() * factor);
    let wide: Vec<&[u8]> = rows(&wide).collect();
    for (row, tap) in tall.chunks_exact_mut(across.len()).zip(&down) {
        let pairs = wide[tap.first].iter().zip(wide[tap.second]);
        for (shade, (&first, &second)) in row.iter_mut().zip(pairs) {
            *shade = tap.interpolate(first, second);
        }
    }
    tall
}

fn rows(grey: &GrayImage) -> impl Iterator<Item = &[u8]> {
    let width = to_index(grey.width());
    grey.chunks_exact(width.max(1))
}

/// The two pixels that a pixel of the larger picture lies between, on one axis.
struct Tap {
    first: usize,
    second: usize,
    /// The weight of the second, in 256ths.
    weight: u32,
}

impl Tap {
    fn interpolate(&self, first: u8, second: u8) -> u8 {
        let sum = u32::from(first) * (256 - self.weight) + u32::from(second) * self.weight;
        u8::try_from((sum + 128) >> 8).unwrap_or(u8::MAX)
    }
}

/// The taps of one axis: `side * factor` of them. A pixel has its shade in its middle, so the
/// middle of large pixel `x` lies at `(x + 1/2) / factor - 1/2`.
fn taps(side: u32, factor: u32) -> Vec<Tap> {
    let last = to_index(side.saturating_sub(1));
    let tap = |x: u32| {
        // In units of 1 / (2 * factor), and shifted right by one pixel so as not to be negative.
        let (unit, position) = (2 * factor, 2 * x + 1 + factor);
        let second = to_index(position / unit);
        Tap {
            first: second.saturating_sub(1).min(last),
            second: second.min(last),
            weight: position % unit * 256 / unit,
        }
    };
    (0..side * factor).map(tap).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(shades: &[u8]) -> GrayImage {
        let width = u32::try_from(shades.len()).unwrap();
        GrayImage::from_raw(width, 1, shades.to_vec()).unwrap()
    }

    #[test]
    fn upscaling_is_linear_between_the_middles() {
        let double = upscale(&row(&[0, 100]), 2);
        assert_eq!(double.dimensions(), (4, 2));
        assert_eq!(double.into_raw(), [0, 25, 75, 100, 0, 25, 75, 100]);
        let triple = upscale(&row(&[0, 90]), 3);
        assert_eq!(triple.into_raw()[..6], [0, 0, 30, 60, 90, 90]);
    }

    #[test]
    fn upscaling_does_the_same_on_both_axes() {
        let across = upscale(&row(&[7, 200, 30]), 2);
        let column = GrayImage::from_raw(1, 3, vec![7, 200, 30]).unwrap();
        assert_eq!(imageops::rotate270(&upscale(&column, 2)), across);
    }

    #[test]
    fn downscaling_averages_and_keeps_a_pixel() {
        assert_eq!(downscale(&row(&[0, 100, 200]), 3.0).into_raw(), [100]);
        assert_eq!(downscale(&row(&[5]), 9.0).dimensions(), (1, 1));
    }
}
