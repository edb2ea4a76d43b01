//! Preprocessing: ways to prepare a plane for decoders that cannot read it as it is.
//!
//! Each constant is one way. It refuses a picture (`None`) if the view would cost too much for its
//! size or show nothing new; so the pixels alone bound the cost, without a clock. The list in
//! [`super::attempts`] says which ways are tried, and when.
//!
//! [`filter`], [`resize`] and [`mod@rotate`] are the tools. [`transform`] leads back to the plane.
//! [`tiles`] picks the parts of a large page that are worth preprocessing at full size.

pub(crate) mod filter;
pub(crate) mod resize;
mod rotate;
pub(crate) mod tiles;
mod transform;

use std::borrow::Cow;

use image::GrayImage;

use resize::{area, downscale, limit_area, upscale};
use rotate::rotate;
pub(crate) use transform::Transform;

pub(crate) struct View<'a> {
    /// What the decoders get.
    pub(crate) grey: Cow<'a, GrayImage>,
    /// From its pixels to those of the plane.
    pub(crate) to_plane: Transform,
}

/// A way to prepare a plane.
#[derive(Clone, Copy)]
pub(crate) struct Preprocess {
    /// Its name in the ablation benchmark.
    pub(crate) name: &'static str,
    /// The codes that it is for, in words for people.
    pub(crate) looks_for: &'static str,
    make: fn(&GrayImage) -> Option<View<'_>>,
}

impl Preprocess {
    pub(crate) fn apply<'a>(&self, grey: &'a GrayImage) -> Option<View<'a>> {
        (self.make)(grey)
    }
}

const fn way(
    name: &'static str,
    looks_for: &'static str,
    make: fn(&GrayImage) -> Option<View<'_>>,
) -> Preprocess {
    Preprocess {
        name,
        looks_for,
        make,
    }
}

/// The plane as it is.
pub(crate) const ORIGINAL: Preprocess = way("original", "dark codes on light", |grey| {
    Some(original(grey))
});
/// The plane as it is, for slow decoders: none if it is large.
pub(crate) const ORIGINAL_UNLESS_LARGE: Preprocess = way("original", "codes of dots", |grey| {
    (area(grey) <= MAX_SEVERAL_PASSES).then(|| original(grey))
});
/// At most [`SMALL_SIDE`] pixels long, for decoders that are very slow.
pub(crate) const AT_MOST_1000: Preprocess = way("original", "odd codes", |grey| {
    let longest = grey.width().max(grey.height());
    Some(if longest <= SMALL_SIDE {
        original(grey)
    } else {
        let divisor = f64::from(longest) / f64::from(SMALL_SIDE);
        resized(grey, downscale(grey, divisor))
    })
});
/// A third of the size: against noise, and for codes with large modules.
pub(crate) const THIRD: Preprocess = way("third", "noisy codes", |grey| {
    is_long(grey, 1).then(|| resized(grey, downscale(grey, 3.0)))
});
/// A ninth of the size, for large photos.
pub(crate) const NINTH: Preprocess = way("ninth", "noisy codes", |grey| {
    is_long(grey, 3).then(|| resized(grey, downscale(grey, 9.0)))
});
/// Three times the size, for modules of one or two pixels.
pub(crate) const TRIPLED: Preprocess = way("tripled", "tiny codes", |grey| {
    let tiny = grey.width().min(grey.height()) < TINY_SIDE && area(grey) <= MAX_DOUBLED;
    tiny.then(|| resized(grey, upscale(grey, 3)))
});
/// Erodes what is dark by a pixel: for ink that ran, and print that is too heavy.
pub(crate) const THINNED: Preprocess = way("thinned", "printed codes", |grey| {
    let reduced = limit_area(grey, MAX_SEVERAL_PASSES);
    Some(resized(grey, filter::max_filter(&reduced, 1)))
});
/// Morphological opening of what is dark: removes specks and hairs of up to two pixels.
pub(crate) const OPENED: Preprocess = way("opened", "printed codes", |grey| {
    let reduced = limit_area(grey, MAX_SEVERAL_PASSES);
    let thin = filter::max_filter(&reduced, 1);
    Some(resized(grey, filter::min_filter(&thin, 1)))
});
/// Blurred, then Otsu's threshold: against noise, moire, and dots instead of squares.
pub(crate) const BLURRED: Preprocess = way("blurred", "noisy codes", |grey| {
    let reduced = limit_area(grey, MAX_SEVERAL_PASSES);
    Some(resized(grey, filter::otsu(&filter::box_mean(&reduced, 2))))
});
/// Twice the size, then Otsu's threshold: for low contrast and small modules.
pub(crate) const DOUBLED: Preprocess = way("doubled", "tiny codes", |grey| {
    let reduced = limit_area(grey, MAX_DOUBLED);
    Some(resized(grey, filter::otsu(&upscale(&reduced, 2))))
});
/// Twice the size, sharpened, then a local threshold: against blur, shadow and low contrast.
pub(crate) const SHARPENED: Preprocess = way("sharpened", "blurred codes", |grey| {
    let reduced = limit_area(grey, MAX_DOUBLED);
    let sharp = filter::unsharp(&upscale(&reduced, 2), 3, 2);
    Some(resized(grey, filter::mean_threshold(&sharp, 15)))
});
/// Twice the size, then a threshold over few pixels: for blur as wide as a small module.
pub(crate) const FINE_THRESHOLD: Preprocess = way("fine threshold", "blurred codes", |grey| {
    let reduced = limit_area(grey, MAX_DOUBLED / 2);
    Some(resized(
        grey,
        filter::mean_threshold(&upscale(&reduced, 2), 9),
    ))
});
/// A threshold over more pixels: for blur as wide as a large module.
pub(crate) const WIDE_THRESHOLD: Preprocess = way("wide threshold", "blurred codes", |grey| {
    let reduced = limit_area(grey, MAX_DOUBLED);
    let smooth = filter::box_mean(&reduced, 1);
    Some(resized(grey, filter::mean_threshold(&smooth, 12)))
});
/// Rotated by 30 degrees, so that rows cross other modules of a code that is seen at an angle.
pub(crate) const ROTATED: Preprocess = way("rotated", "codes at an angle", |grey| {
    let (width, height) = grey.dimensions();
    // Rotated, a strip would mostly be the page around it.
    let strip = width.max(height) > STRIP_RATIO * width.min(height);
    (!strip && keeps_full_size(grey)).then(|| {
        let (rotated, to_plane) = rotate(grey, 30.0);
        let grey = Cow::Owned(rotated);
        View { grey, to_plane }
    })
});

/// The most pixels for views and decoders that take several passes.
const MAX_SEVERAL_PASSES: u64 = 6_000_000;
/// The most pixels for views of twice the size.
const MAX_DOUBLED: u64 = 1_600_000;
/// A picture with a shorter side than this, in pixels, may have modules too small to tell apart.
const TINY_SIDE: u32 = 150;
/// A picture no longer than this, in pixels, is not downscaled.
const LONG_SIDE: u32 = 500;
/// A picture longer than its width by this factor is a strip.
const STRIP_RATIO: u32 = 4;
/// The longest side, in pixels, for very slow decoders.
const SMALL_SIDE: u32 = 1000;

/// Whether no way reduces the picture before it is prepared.
pub(crate) fn keeps_full_size(grey: &GrayImage) -> bool {
    area(grey) <= MAX_DOUBLED
}

/// Whether the picture is still long enough to be downscaled after it was divided by `divisor`.
fn is_long(grey: &GrayImage, divisor: u32) -> bool {
    grey.width().max(grey.height()) / divisor > LONG_SIDE
}

fn original(grey: &GrayImage) -> View<'_> {
    View {
        grey: Cow::Borrowed(grey),
        to_plane: Transform::IDENTITY,
    }
}

/// A view of another size than the `grey` that it was made from.
fn resized(grey: &GrayImage, view: GrayImage) -> View<'static> {
    let ratio = |from: u32, to: u32| f64::from(from) / f64::from(to.max(1));
    #[expect(
        clippy::cast_possible_truncation,
        reason = "f32 is exact enough for pixels"
    )]
    let scale = [
        ratio(grey.width(), view.width()) as f32,
        ratio(grey.height(), view.height()) as f32,
    ];
    View {
        grey: Cow::Owned(view),
        to_plane: Transform::scale(scale),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Preprocess; 14] = [
        ORIGINAL,
        ORIGINAL_UNLESS_LARGE,
        AT_MOST_1000,
        THIRD,
        NINTH,
        TRIPLED,
        THINNED,
        OPENED,
        BLURRED,
        DOUBLED,
        SHARPENED,
        FINE_THRESHOLD,
        WIDE_THRESHOLD,
        ROTATED,
    ];

    #[test]
    fn views_exist_for_any_shape_and_are_bounded() {
        for (width, height) in [(1, 1), (1, 900), (30, 2000), (700, 500)] {
            let grey = GrayImage::new(width, height);
            for view in ALL.iter().filter_map(|preprocess| preprocess.apply(&grey)) {
                assert!((1..=area(&grey) * 9).contains(&area(&view.grey)));
            }
        }
    }

    #[test]
    fn a_strip_is_not_rotated() {
        assert!(ROTATED.apply(&GrayImage::new(500, 2001)).is_none());
        let grey = GrayImage::new(400, 1600);
        let view = ROTATED.apply(&grey).unwrap();
        assert!(area(&view.grey) < 3 * 400 * 1600);
    }

    #[test]
    fn large_pictures_are_reduced_or_refused_before_costly_work() {
        let grey = GrayImage::new(3000, 2100);
        assert!(area(&limit_area(&grey, MAX_DOUBLED)) < MAX_DOUBLED + MAX_DOUBLED / 100);
        assert!(ORIGINAL_UNLESS_LARGE.apply(&grey).is_none() && TRIPLED.apply(&grey).is_none());
        let small = AT_MOST_1000.apply(&grey).unwrap();
        assert_eq!(small.grey.dimensions(), (1000, 700));
    }

    #[test]
    fn the_transform_leads_back_to_the_picture() {
        let grey = GrayImage::new(900, 600);
        let view = THIRD.apply(&grey).unwrap();
        assert_eq!(view.grey.dimensions(), (300, 200));
        assert_eq!(view.to_plane, Transform::scale([3.0; 2]));
    }
}
