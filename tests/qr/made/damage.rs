//! Damage to a picture of a code, as between screen, paper, camera and file.

use image::imageops;
use image::{Rgb, RgbImage};

use super::random::Random;

/// Each pixel changed on its own; the shades are 0 to 255.
pub fn each(image: &mut RgbImage, mut change: impl FnMut(f32, f32, [f32; 3]) -> [f32; 3]) {
    for (x, y, pixel) in image.enumerate_pixels_mut() {
        let shades = pixel.0.map(f32::from);
        pixel.0 = change(x as f32, y as f32, shades).map(|shade| shade.clamp(0.0, 255.0) as u8);
    }
}

pub fn noise(image: &mut RgbImage, random: &mut Random, deviation: f32) {
    each(image, |_, _, shades| {
        shades.map(|shade| shade + deviation * random.normal())
    });
}

pub fn blur(image: &RgbImage, deviation: f32) -> RgbImage {
    imageops::blur(image, deviation)
}

/// Ink that runs over the edges by `run` pixels, or stops short of them if that is negative.
pub fn inked(image: &RgbImage, run: f32) -> RgbImage {
    let reach = run.abs().ceil() as i32;
    let mut out = image.clone();
    each(&mut out, |x, y, own| {
        let mut shades = own;
        for (dx, dy) in (-reach..=reach).flat_map(|dy| (-reach..=reach).map(move |dx| (dx, dy))) {
            let (dx, dy) = (dx as f32, dy as f32);
            if dx.hypot(dy) <= run.abs() {
                let seen = sample(image, x + dx, y + dy);
                let choose = if run > 0.0 { f32::min } else { f32::max };
                shades = [0, 1, 2].map(|i| choose(shades[i], seen[i]));
            }
        }
        shades
    });
    out
}

/// A printer's head that leaves out a line of `width` pixels in every `period`.
pub fn left_out(image: &mut RgbImage, period: u32, width: u32) {
    each(image, |_, y, shades| {
        let out = y as u32 % period < width;
        if out { [255.0; 3] } else { shades }
    });
}

/// A share of the pixels, in spots of `size`, is black or white instead.
pub fn speckled(image: &mut RgbImage, random: &mut Random, share: f32, size: u32) {
    let area = (image.width() * image.height()) as f32;
    for _ in 0..(area * share / (size * size) as f32) as usize {
        let spot = RgbImage::from_pixel(size, size, Rgb([255 * random.below(2) as u8; 3]));
        let [x, y] = [image.width(), image.height()].map(|side| random.below(side as usize) as i64);
        imageops::replace(image, &spot, x, y);
    }
}

/// Smeared over `length` pixels in a direction.
pub fn motion(image: &RgbImage, length: f32, angle: f32) -> RgbImage {
    let steps = (length.ceil() as i32).max(1);
    let mut out = image.clone();
    each(&mut out, |x, y, _| {
        let mut sum = [0.0; 3];
        for step in 0..=steps {
            let along = length * (step as f32 / steps as f32 - 0.5);
            let seen = sample(image, x + along * angle.cos(), y + along * angle.sin());
            sum = [0, 1, 2].map(|i| sum[i] + seen[i]);
        }
        sum.map(|sum| sum / (steps + 1) as f32)
    });
    out
}

/// The shade between pixels; the border goes on outside.
pub fn sample(image: &RgbImage, x: f32, y: f32) -> [f32; 3] {
    let (x, y) = (
        x.clamp(0.0, image.width() as f32 - 1.0),
        y.clamp(0.0, image.height() as f32 - 1.0),
    );
    let (left, top) = (x as u32, y as u32);
    let (right, below) = (
        (left + 1).min(image.width() - 1),
        (top + 1).min(image.height() - 1),
    );
    let (fx, fy) = (x - left as f32, y - top as f32);
    let at = |x, y| image.get_pixel(x, y).0.map(f32::from);
    let [a, b, c, d] = [
        at(left, top),
        at(right, top),
        at(left, below),
        at(right, below),
    ];
    [0, 1, 2].map(|i| {
        let upper = a[i] * (1.0 - fx) + b[i] * fx;
        let lower = c[i] * (1.0 - fx) + d[i] * fx;
        upper * (1.0 - fy) + lower * fy
    })
}

/// A picture of the given size, each pixel taken from where `from` says (four samples each);
/// what lies outside is `ground`.
pub fn mapped(
    image: &RgbImage,
    [width, height]: [u32; 2],
    ground: &RgbImage,
    from: impl Fn(f32, f32) -> [f32; 2],
) -> RgbImage {
    let inside = |x: f32, y: f32| {
        x >= -0.5 && y >= -0.5 && x < image.width() as f32 - 0.5 && y < image.height() as f32 - 0.5
    };
    RgbImage::from_fn(width, height, |x, y| {
        let mut sum = [0.0; 3];
        for (dx, dy) in [(-0.25, -0.25), (0.25, -0.25), (-0.25, 0.25), (0.25, 0.25)] {
            let [sx, sy] = from(x as f32 + dx, y as f32 + dy);
            let seen = if inside(sx, sy) {
                sample(image, sx, sy)
            } else {
                ground
                    .get_pixel(x % ground.width(), y % ground.height())
                    .0
                    .map(f32::from)
            };
            sum = [0, 1, 2].map(|i| sum[i] + seen[i] / 4.0);
        }
        Rgb(sum.map(|shade| shade.round() as u8))
    })
}

/// Turned about its middle, on a larger page.
pub fn rotated(image: &RgbImage, degrees: f32, ground: &RgbImage) -> RgbImage {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let (width, height) = (image.width() as f32, image.height() as f32);
    let page = [
        (width * cos.abs() + height * sin.abs()).ceil(),
        (width * sin.abs() + height * cos.abs()).ceil(),
    ];
    mapped(image, page.map(|side| side as u32), ground, |x, y| {
        let (x, y) = (x - page[0] / 2.0, y - page[1] / 2.0);
        [
            x * cos + y * sin + width / 2.0,
            y * cos - x * sin + height / 2.0,
        ]
    })
}

/// Seen from the side: one side `share` (0 to 1) smaller than the other, and `tilt` as much of
/// that on the other axis.
pub fn slanted(image: &RgbImage, share: f32, tilt: f32, ground: &RgbImage) -> RgbImage {
    let (width, height) = (image.width() as f32, image.height() as f32);
    mapped(image, [image.width(), image.height()], ground, |x, y| {
        let (u, v) = (x / width - 0.5, y / height - 0.5);
        let depth = 1.0 - share * u - share * tilt * v;
        let scale = 1.0 + share.abs() * 0.5;
        // Farther away is smaller, and nearer to the middle of the view.
        let [u, v] = [u * scale / depth, v * scale / depth];
        [(u + 0.5) * width, (v + 0.5) * height]
    })
}

/// Bent like paper: a wave of the given height (a share of the side) over `waves` periods.
pub fn bent(image: &RgbImage, height: f32, waves: f32, ground: &RgbImage) -> RgbImage {
    let side = image.width() as f32;
    let turn = std::f32::consts::TAU * waves;
    mapped(image, [image.width(), image.height()], ground, |x, y| {
        let phase = turn * x / side;
        [
            x + height * side * 0.3 * (phase * 0.5).sin(),
            y + height * side * phase.sin(),
        ]
    })
}

/// A round light: adds `strength` at its middle, clipped to white.
pub fn light(image: &mut RgbImage, [x, y]: [f32; 2], radius: f32, strength: f32) {
    each(image, |px, py, shades| {
        let distance = (px - x).hypot(py - y) / radius;
        shades.map(|shade| shade + strength * (-distance * distance).exp())
    });
}

/// Shadow from one side: down to `least` of the light, with a hard edge or a soft one.
pub fn shadow(image: &mut RgbImage, least: f32, angle: f32, hard: bool) {
    let (width, height) = (image.width() as f32, image.height() as f32);
    each(image, |x, y, shades| {
        let along = (x / width - 0.5) * angle.cos() + (y / height - 0.5) * angle.sin() + 0.5;
        let share = if hard {
            f32::from(along > 0.5)
        } else {
            along.clamp(0.0, 1.0)
        };
        shades.map(|shade| shade * (least + (1.0 - least) * share))
    });
}

/// The stripes of a screen seen through the stripes of a sensor.
pub fn stripes(image: &mut RgbImage, period: f32, depth: f32, angle: f32) {
    each(image, |x, y, shades| {
        let along = (x * angle.cos() + y * angle.sin()) / period * std::f32::consts::TAU;
        let third = std::f32::consts::TAU / 3.0;
        [0, 1, 2]
            .map(|i| shades[i] * (1.0 - depth * (0.5 + 0.5 * (along + third * i as f32).sin())))
    });
}

/// Colourful blots: a page without a code, or the background of one.
pub fn clutter(width: u32, height: u32, random: &mut Random, blots: usize) -> RgbImage {
    let mut page = RgbImage::from_pixel(width, height, Rgb([120, 110, 140]));
    for _ in 0..blots {
        let size =
            |side: u32, random: &mut Random| random.between(3.0, side as f32 / 4.0 + 4.0) as i64;
        let (w, h) = (size(width, random), size(height, random));
        let (x, y) = (
            random.below(width as usize) as i64,
            random.below(height as usize) as i64,
        );
        let colour = Rgb([
            random.below(256) as u8,
            random.below(256) as u8,
            random.below(256) as u8,
        ]);
        let blot = RgbImage::from_pixel(w as u32, h as u32, colour);
        imageops::replace(&mut page, &blot, x, y);
    }
    page
}

/// Lines of something like text.
pub fn text_page(width: u32, height: u32, random: &mut Random, dark: bool) -> RgbImage {
    let (paper, ink) = if dark { (28, 220) } else { (250, 40) };
    let mut page = RgbImage::from_pixel(width, height, Rgb([paper; 3]));
    for line in 0..height.saturating_sub(20) / 22 {
        let mut x = 12;
        let end = (random.between(0.3, 0.98) * width as f32) as u32;
        while x + 12 < end {
            for stroke in 0..4 {
                if random.below(3) > 0 {
                    let (w, h) = if random.below(2) == 0 {
                        (1, 10)
                    } else {
                        (6, 1)
                    };
                    let mark = RgbImage::from_pixel(w, h, Rgb([ink; 3]));
                    let (dx, dy) = (random.below(6) as u32, random.below(10) as u32);
                    imageops::replace(
                        &mut page,
                        &mark,
                        i64::from(x + dx),
                        i64::from(10 + line * 22 + dy),
                    );
                }
                let _ = stroke;
            }
            x += if random.below(6) == 0 { 16 } else { 9 };
        }
    }
    page
}
