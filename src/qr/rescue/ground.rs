//! The part of a picture where a code is supposed to be.

use image::{GrayImage, imageops};

use super::warp::Point;
use crate::qr::decode::Trace;
use crate::qr::filter::{self, box_mean};
use crate::qr::scale::shrunk;

/// A piece of a picture, reduced where its modules are large.
pub(crate) struct Ground {
    grey: GrayImage,
    /// How much darker each pixel is than what is around it.
    depth: Vec<f32>,
    /// Where the piece begins in the picture, in its pixels.
    origin: Point,
    /// How many pixels of the picture are one pixel here, on each axis.
    scale: Point,
}

/// No module needs more pixels than that.
const MODULE: f32 = 4.0;
/// The reach of "around" a pixel, in modules: past the widest fixed pattern.
const AROUND: f32 = 4.5;

impl Ground {
    /// The piece around a trace; none when there is nothing of it in the picture.
    pub(crate) fn around(plane: &GrayImage, inverted: bool, trace: &Trace) -> Option<Self> {
        let [left, top, right, bottom] = bounds(plane, trace)?;
        let piece = imageops::crop_imm(plane, left, top, right - left, bottom - top).to_image();
        let piece = if inverted {
            filter::inverted(&piece)
        } else {
            piece
        };
        let module = trace.module();
        let reduce = module > 1.5 * MODULE;
        let grey = if reduce {
            shrunk(&piece, f64::from(module / MODULE))
        } else {
            piece
        };
        #[expect(clippy::cast_precision_loss, reason = "sides of a picture")]
        let (origin, scale) = (
            [left as f32, top as f32],
            [
                (right - left) as f32 / grey.width() as f32,
                (bottom - top) as f32 / grey.height() as f32,
            ],
        );
        let radius = radius(AROUND * module / scale[0]);
        let mean = box_mean(&grey, radius);
        let pairs = mean.iter().zip(grey.iter());
        let depth = pairs
            .map(|(&mean, &shade)| f32::from(mean) - f32::from(shade))
            .collect();
        Some(Self {
            grey,
            depth,
            origin,
            scale,
        })
    }

    /// A pixel of the picture as one of this piece.
    pub(crate) fn inside(&self, point: Point) -> Point {
        [0, 1].map(|axis| (point[axis] - self.origin[axis]) / self.scale[axis])
    }

    /// A pixel of this piece as one of the picture.
    pub(crate) fn outside(&self, point: Point) -> Point {
        [0, 1].map(|axis| point[axis] * self.scale[axis] + self.origin[axis])
    }

    /// How much darker a place is than what is around it, in shades; 0 outside.
    pub(crate) fn depth(&self, point: Point) -> f32 {
        self.between(point, |index| self.depth[index])
            .unwrap_or(0.0)
    }

    /// The shade of a place, 0 to 255; none outside.
    pub(crate) fn shade(&self, point: Point) -> Option<f32> {
        let pixels = self.grey.as_raw();
        self.between(point, |index| f32::from(pixels[index]))
    }

    /// Linear between the four pixels around a place; a pixel's value is that of its middle.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "checked against the sides, which are below 2^14"
    )]
    fn between(&self, [x, y]: Point, value: impl Fn(usize) -> f32) -> Option<f32> {
        let (width, height) = (self.grey.width(), self.grey.height());
        // Written so that a place that is no number is outside too.
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

/// Left, top, right and bottom of what a trace may cover, in pixels of the plane.
fn bounds(plane: &GrayImage, trace: &Trace) -> Option<[u32; 4]> {
    let [a, b, c] = trace.finders().map(|finder| finder.centre);
    let fourth = [b[0] + c[0] - a[0], b[1] + c[1] - a[1]];
    let edge = |axis: usize, limit: u32| {
        let values = [a, b, c, fourth].map(|point| point[axis]);
        let low = values.iter().copied().fold(f32::INFINITY, f32::min);
        let high = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let reach = (high - low) * 0.3 + 8.0 * trace.module();
        (pixel(low - reach, limit), pixel(high + reach, limit))
    };
    let (left, right) = edge(0, plane.width());
    let (top, bottom) = edge(1, plane.height());
    (left < right && top < bottom).then_some([left, top, right, bottom])
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the picture; no number becomes 0"
)]
fn pixel(place: f32, limit: u32) -> u32 {
    (place.max(0.0) as u32).min(limit)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a few pixels"
)]
fn radius(pixels: f32) -> usize {
    pixels.clamp(2.0, 60.0) as usize
}
