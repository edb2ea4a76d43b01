//! Rotated copies of grey pictures.

use image::{GrayImage, Luma};

use super::transform::Transform;

/// Rotates a picture clockwise, on a white page that holds all of it, with bilinear interpolation.
/// Also gives the way back to the picture.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "sides of a picture and points in it are small"
)]
pub(crate) fn rotate(grey: &GrayImage, degrees: f32) -> (GrayImage, Transform) {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let (width, height) = (grey.width() as f32, grey.height() as f32);
    let page = [
        width * cos.abs() + height * sin.abs(),
        width * sin.abs() + height * cos.abs(),
    ]
    .map(f32::ceil);
    // Both have their middle in the same place.
    let origin = [
        (width - page[0] * cos - page[1] * sin) / 2.0,
        (height + page[0] * sin - page[1] * cos) / 2.0,
    ];
    let transform = Transform::new(origin, [cos, -sin], [sin, cos]);
    let shade = |x: u32, y: u32| {
        // A pixel has its shade in its middle.
        let [x, y] = transform.point([x as f32 + 0.5, y as f32 + 0.5]);
        let (x, y) = (x - 0.5, y - 0.5);
        if x < 0.0 || y < 0.0 || x >= width - 1.0 || y >= height - 1.0 {
            return Luma([u8::MAX]);
        }
        let (left, top) = (x as u32, y as u32);
        let (fx, fy) = (x - left as f32, y - top as f32);
        let at = |x, y| f32::from(grey.get_pixel(x, y).0[0]);
        let upper = at(left, top) * (1.0 - fx) + at(left + 1, top) * fx;
        let lower = at(left, top + 1) * (1.0 - fx) + at(left + 1, top + 1) * fx;
        Luma([(upper * (1.0 - fy) + lower * fy).round() as u8])
    };
    let view = GrayImage::from_fn(page[0] as u32, page[1] as u32, shade);
    (view, transform)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::cast_precision_loss, reason = "the picture is small")]
    fn the_transform_leads_back_to_the_picture() {
        let mut grey = GrayImage::from_pixel(90, 60, Luma([255]));
        for (x, y) in (60..64).flat_map(|x| (20..24).map(move |y| (x, y))) {
            grey.put_pixel(x, y, Luma([0]));
        }
        for degrees in [30.0, 90.0, 200.0] {
            let (view, transform) = rotate(&grey, degrees);
            let darkest = view
                .enumerate_pixels()
                .min_by_key(|(_, _, pixel)| pixel.0[0]);
            let (x, y, _) = darkest.unwrap();
            let [x, y] = transform.point([x as f32 + 0.5, y as f32 + 0.5]);
            assert!(
                (60.0..64.0).contains(&x) && (20.0..24.0).contains(&y),
                "{degrees}: {x} {y}"
            );
        }
    }
}
