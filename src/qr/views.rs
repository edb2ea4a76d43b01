//! Ways to look at a picture: each makes a grey view that a decoder may read where it cannot
//! read the plain one. Which are used, and when, is the list in [`super::chain`].
//!
//! A view is refused (`None`) when it would cost too much for the size of the picture, or give
//! nothing new; so the whole effort is bounded by the pixels alone, without a clock.

#![expect(
    clippy::unnecessary_wraps,
    reason = "all views have the shape of `Make`"
)]

use std::borrow::Cow;

use image::GrayImage;

use super::filter;
use super::place::Place;
use super::scale::{area, fitting, grown, shrunk};
use super::turn;

/// A prepared picture.
pub(crate) struct View<'a> {
    /// What the decoders see.
    pub grey: Cow<'a, GrayImage>,
    /// How it lies on the original.
    pub place: Place,
}

/// Makes a view of a grey plane, or says that it is not worth it.
pub(crate) type Make = fn(&GrayImage) -> Option<View<'_>>;

/// The most pixels for views and decoders that cost several passes.
const FEW: u64 = 6_000_000;
/// The most pixels for views that grow fourfold.
const FEWER: u64 = 1_600_000;
/// A picture with a shorter side than this, in pixels, may have modules too small to tell apart.
const TINY_SIDE: u32 = 150;
/// No view is reduced when the longest side is at most this, in pixels.
const PYRAMID_SIDE: u32 = 500;
/// A picture that is longer than so many times its shorter side is a strip.
const STRIP: u32 = 4;
/// The longest side, in pixels, for decoders that are slow on anything larger.
const SMALL_SIDE: u32 = 1000;

/// Whether all views see a picture in its full size.
pub(crate) fn keeps_its_size(grey: &GrayImage) -> bool {
    area(grey) <= FEWER
}

/// The picture as it is.
pub(crate) fn plain(grey: &GrayImage) -> Option<View<'_>> {
    Some(View {
        grey: Cow::Borrowed(grey),
        place: Place::SAME,
    })
}

/// The picture as it is, for decoders that are too slow for large ones.
pub(crate) fn plain_if_few(grey: &GrayImage) -> Option<View<'_>> {
    (area(grey) <= FEW).then(|| plain(grey))?
}

/// A third of the size: against noise, and for codes with large modules.
pub(crate) fn third(grey: &GrayImage) -> Option<View<'_>> {
    divided(grey, 3)
}

/// A ninth of the size, for large photos.
pub(crate) fn ninth(grey: &GrayImage) -> Option<View<'_>> {
    divided(grey, 9)
}

/// Three times the size, for codes with modules of one or two pixels.
pub(crate) fn tripled(grey: &GrayImage) -> Option<View<'_>> {
    let tiny = grey.width().min(grey.height()) < TINY_SIDE && area(grey) <= FEWER;
    tiny.then(|| made(grey, grown(grey, 3)))?
}

/// With what is dark a pixel thinner all around: for ink that ran, and print that is too heavy.
pub(crate) fn thinned(grey: &GrayImage) -> Option<View<'_>> {
    made(grey, filter::lightest(&fitting(grey, FEW), 1))
}

/// Opened: dark specks and hairs of two pixels are gone, all else is as it was.
pub(crate) fn opened(grey: &GrayImage) -> Option<View<'_>> {
    let thin = filter::lightest(&fitting(grey, FEW), 1);
    made(grey, filter::darkest(&thin, 1))
}

/// Turned by a third of a right angle: rows cross other modules then, of what is very slanted.
pub(crate) fn turned(grey: &GrayImage) -> Option<View<'_>> {
    let (width, height) = grey.dimensions();
    // Turned, a strip is mostly the page around it.
    let strip = width.max(height) > STRIP * width.min(height);
    if strip || area(grey) > FEWER {
        return None;
    }
    let (turned, place) = turn::turned(grey, 30.0);
    let grey = Cow::Owned(turned);
    Some(View { grey, place })
}

/// Blurred and cut at one level: against noise, moire, and dots instead of squares.
pub(crate) fn blurred(grey: &GrayImage) -> Option<View<'_>> {
    let reduced = fitting(grey, FEW);
    made(grey, filter::otsu(&filter::box_mean(&reduced, 2)))
}

/// Twice the size and cut at one level: for weak contrast and small modules.
pub(crate) fn doubled(grey: &GrayImage) -> Option<View<'_>> {
    let reduced = fitting(grey, FEWER);
    made(grey, filter::otsu(&grown(&reduced, 2)))
}

/// Twice the size, sharpened, cut at the local mean: against blur, shadow and weak contrast.
pub(crate) fn sharpened(grey: &GrayImage) -> Option<View<'_>> {
    let reduced = fitting(grey, FEWER);
    let sharp = filter::unsharp(&grown(&reduced, 2), 3, 2);
    made(grey, filter::local_threshold(&sharp, 15))
}

/// Twice the size and cut at the mean of a few pixels around: for blur as wide as a small module.
pub(crate) fn local_fine(grey: &GrayImage) -> Option<View<'_>> {
    let reduced = fitting(grey, FEWER / 2);
    made(grey, filter::local_threshold(&grown(&reduced, 2), 9))
}

/// Cut at the mean of some more pixels around: for blur as wide as a large module.
pub(crate) fn local_wide(grey: &GrayImage) -> Option<View<'_>> {
    let reduced = fitting(grey, FEWER);
    made(
        grey,
        filter::local_threshold(&filter::box_mean(&reduced, 1), 12),
    )
}

/// At most [`SMALL_SIDE`] long, for decoders that are slow.
pub(crate) fn small(grey: &GrayImage) -> Option<View<'_>> {
    let longest = grey.width().max(grey.height());
    if longest <= SMALL_SIDE {
        return plain(grey);
    }
    made(
        grey,
        shrunk(grey, f64::from(longest) / f64::from(SMALL_SIDE)),
    )
}

/// A view that was made from `grey`: the sizes tell how it lies on it.
fn made(grey: &GrayImage, view: GrayImage) -> Option<View<'static>> {
    let ratio = |from: u32, to: u32| f64::from(from) / f64::from(to.max(1));
    #[expect(
        clippy::cast_possible_truncation,
        reason = "pixels need no more than f32"
    )]
    let scale = [
        ratio(grey.width(), view.width()) as f32,
        ratio(grey.height(), view.height()) as f32,
    ];
    Some(View {
        grey: Cow::Owned(view),
        place: Place::scaled(scale),
    })
}

/// A whole fraction of the size, unless what was before it is small enough already.
fn divided(grey: &GrayImage, divisor: u32) -> Option<View<'_>> {
    let longest_before = grey.width().max(grey.height()) / (divisor / 3);
    if longest_before <= PYRAMID_SIDE {
        return None;
    }
    made(grey, shrunk(grey, f64::from(divisor)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_exist_for_any_shape_and_are_bounded() {
        let makes: [Make; 14] = [
            thinned,
            opened,
            turned,
            plain,
            local_fine,
            local_wide,
            plain_if_few,
            third,
            ninth,
            tripled,
            blurred,
            doubled,
            sharpened,
            small,
        ];
        for (width, height) in [(1, 1), (1, 900), (30, 2000), (700, 500)] {
            let grey = GrayImage::new(width, height);
            for view in makes.iter().filter_map(|make| make(&grey)) {
                assert!((1..=area(&grey) * 9).contains(&area(&view.grey)));
            }
        }
    }

    #[test]
    fn a_strip_is_not_turned() {
        assert!(turned(&GrayImage::new(500, 2001)).is_none());
        let grey = GrayImage::new(400, 1600);
        let view = turned(&grey).unwrap();
        assert!(area(&view.grey) < 3 * 400 * 1600);
    }

    #[test]
    fn large_pictures_are_reduced_or_refused_before_costly_work() {
        let grey = GrayImage::new(3000, 2100);
        assert!(area(&fitting(&grey, FEWER)) < FEWER + FEWER / 100);
        assert!(plain_if_few(&grey).is_none() && tripled(&grey).is_none());
        assert_eq!(small(&grey).unwrap().grey.dimensions(), (1000, 700));
    }

    #[test]
    fn the_scale_leads_back_to_the_picture() {
        let grey = GrayImage::new(900, 600);
        let view = third(&grey).unwrap();
        assert_eq!(view.grey.dimensions(), (300, 200));
        assert_eq!(view.place, Place::scaled([3.0; 2]));
    }
}
