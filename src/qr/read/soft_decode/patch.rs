//! The part of a plane where a code is expected.

use image::{GrayImage, imageops};

use crate::qr::read::decode::FinderTriple;
use crate::qr::read::geometry::{Point, extent};
use crate::qr::read::preprocess::filter::{box_mean, invert};
use crate::qr::read::preprocess::resize::downscale;

/// A cut-out of a plane, downscaled if its modules are large.
pub(crate) struct Patch {
    grey: GrayImage,
    /// How much darker each pixel is than the mean around it, in shades.
    darkness: Vec<f32>,
    /// The top left corner, in pixels of the plane.
    origin: Point,
    /// Pixels of the plane for one pixel of the patch, on each axis.
    scale: Point,
}

/// A module needs no more pixels than this.
const MODULE_SIZE: f32 = 4.0;
/// The mean around a pixel reaches this far, in modules: beyond the widest function pattern.
const MEAN_RADIUS: f32 = 4.5;

impl Patch {
    /// The patch around a triple; none if all of it is outside the plane.
    pub(crate) fn around(plane: &GrayImage, inverted: bool, triple: &FinderTriple) -> Option<Self> {
        let [left, top, right, bottom] = bounds(plane, triple)?;
        let mut grey = imageops::crop_imm(plane, left, top, right - left, bottom - top).to_image();
        if inverted {
            grey = invert(&grey);
        }
        let module_size = triple.module_size();
        if module_size > 1.5 * MODULE_SIZE {
            grey = downscale(&grey, f64::from(module_size / MODULE_SIZE));
        }
        #[expect(clippy::cast_precision_loss, reason = "sides of a picture are small")]
        let (origin, scale) = (
            [left as f32, top as f32],
            [
                (right - left) as f32 / grey.width() as f32,
                (bottom - top) as f32 / grey.height() as f32,
            ],
        );
        let mean = box_mean(&grey, to_radius(MEAN_RADIUS * module_size / scale[0]));
        let pairs = mean.iter().zip(grey.iter());
        let darkness = pairs
            .map(|(&mean, &shade)| f32::from(mean) - f32::from(shade))
            .collect();
        Some(Self {
            grey,
            darkness,
            origin,
            scale,
        })
    }

    /// A point of the plane as one of the patch.
    pub(crate) fn to_patch(&self, point: Point) -> Point {
        [0, 1].map(|axis| (point[axis] - self.origin[axis]) / self.scale[axis])
    }

    /// A point of the patch as one of the plane.
    pub(crate) fn to_plane(&self, point: Point) -> Point {
        [0, 1].map(|axis| point[axis] * self.scale[axis] + self.origin[axis])
    }

    /// How much darker a point is than the mean around it, in shades; 0 outside.
    pub(crate) fn darkness(&self, point: Point) -> f32 {
        self.interpolate(point, |index| self.darkness[index])
            .unwrap_or(0.0)
    }

    /// The shade of a point, 0 to 255; none outside.
    pub(crate) fn shade(&self, point: Point) -> Option<f32> {
        let pixels = self.grey.as_raw();
        self.interpolate(point, |index| f32::from(pixels[index]))
    }

    /// Bilinear interpolation; a pixel has its value in its middle.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "checked against the sides, which are less than 2^14"
    )]
    fn interpolate(&self, [x, y]: Point, value: impl Fn(usize) -> f32) -> Option<f32> {
        let (width, height) = (self.grey.width(), self.grey.height());
        // In this form NaN counts as outside.
        if !(x >= 0.0 && y >= 0.0 && x < width as f32 && y < height as f32) {
            return None;
        }
        let (x, y) = ((x - 0.5).max(0.0), (y - 0.5).max(0.0));
        let (left, top) = (x as usize, y as usize);
        let (fx, fy) = (x - left as f32, y - top as f32);
        let width = width as usize;
        let right = (left + 1).min(width - 1);
        let (row, below) = (top * width, (top + 1).min(height as usize - 1) * width);
        let upper = value(row + left) * (1.0 - fx) + value(row + right) * fx;
        let lower = value(below + left) * (1.0 - fx) + value(below + right) * fx;
        Some(upper * (1.0 - fy) + lower * fy)
    }
}

/// Left, top, right and bottom of what the code may cover, in pixels of the plane.
fn bounds(plane: &GrayImage, triple: &FinderTriple) -> Option<[u32; 4]> {
    let [a, b, c] = triple.centres();
    let corners = [a, b, c, triple.fourth_centre()];
    let range = |axis: usize, side: u32| {
        let (low, high) = extent(&corners, axis);
        let margin = (high - low) * 0.3 + 8.0 * triple.module_size();
        (
            clamp_to_side(low - margin, side),
            clamp_to_side(high + margin, side),
        )
    };
    let (left, right) = range(0, plane.width());
    let (top, bottom) = range(1, plane.height());
    (left < right && top < bottom).then_some([left, top, right, bottom])
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped; NaN becomes 0"
)]
fn clamp_to_side(coordinate: f32, side: u32) -> u32 {
    (coordinate.max(0.0) as u32).min(side)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is a few pixels"
)]
fn to_radius(pixels: f32) -> usize {
    pixels.clamp(2.0, 60.0) as usize
}
