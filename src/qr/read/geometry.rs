//! Points in pictures and codes.

/// x and y: in pixels of a picture, or in modules of a code.
pub(crate) type Point = [f32; 2];

/// The length of a vector.
///
/// Not `hypot`: coordinates stay below 2^14, so their squares cannot overflow.
pub(crate) fn length([x, y]: Point) -> f32 {
    (x * x + y * y).sqrt()
}

/// The Euclidean distance between two points.
pub(crate) fn distance(a: Point, b: Point) -> f32 {
    length([a[0] - b[0], a[1] - b[1]])
}

/// The smallest and the largest coordinate on one axis (0 is x, 1 is y).
pub(crate) fn extent(points: &[Point], axis: usize) -> (f32, f32) {
    let values = points.iter().map(|point| point[axis]);
    values.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    })
}

/// A side in pixels as an index. Pictures are far below `usize::MAX` ([`super::limits`]).
pub(crate) fn to_index(pixels: u32) -> usize {
    usize::try_from(pixels).unwrap_or(usize::MAX)
}

/// The middle of the module at `index` on one axis, in modules.
#[expect(clippy::cast_precision_loss, reason = "at most 177 modules")]
pub(crate) fn module_middle(index: usize) -> f32 {
    index as f32 + 0.5
}
