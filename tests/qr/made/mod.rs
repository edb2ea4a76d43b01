//! Makes pictures: a category, a severity of 1 to 5 and a number always give the same file.

mod categories;
pub mod damage;
pub mod encode;
mod pages;
pub mod payload;
pub mod random;

use image::imageops::{self, FilterType};
use image::{DynamicImage, GrayImage, ImageFormat, Luma, LumaA, Rgb, RgbImage, Rgba, RgbaImage};
use qrcode::EcLevel;

pub use categories::CATEGORIES;
use damage as hurt;
use pages::{page, several};
use payload::drawn;
use random::Random;

/// A picture file, and the payloads that must be read from it.
pub struct Made {
    pub bytes: Vec<u8>,
    pub payloads: Vec<String>,
}

/// A picture of a category; none if there is no such category.
pub fn make(category: &str, severity: u8, number: u64) -> Option<Made> {
    let name = category
        .bytes()
        .fold(7, |sum: u64, byte| sum.wrapping_mul(31) + u64::from(byte));
    let mut random = Random::new(name ^ (u64::from(severity) << 56) ^ (number << 40));
    let s = f32::from(severity);
    let r = &mut random;
    let text = text(category, r);
    let one = |bytes: Vec<u8>| Made {
        bytes,
        payloads: vec![text.clone()],
    };
    let simple = |image: RgbImage| one(encode::file(image, ImageFormat::Png));
    Some(match category {
        "negative" => Made {
            bytes: nothing(severity, 240, r),
            payloads: Vec::new(),
        },
        "multi2" | "multi4" | "lots" => several(category, severity, r),
        "page_light" | "page_dark" | "page_4k" | "page_huge" | "page_chat_jpeg" => {
            one(page(category, severity, &text, r))
        }
        name if name.starts_with("alpha_") => one(transparent(name, &text, severity, r)),
        name if name.starts_with("fmt_") => one(format(name, &text, severity)),
        _ => {
            let image = picture(category, s, &text, r)?;
            if ["jpeg_q", "moire_screen", "combo_phone", "migration_photo"].contains(&category) {
                let quality = if category == "jpeg_q" {
                    42.0 - 7.5 * s
                } else {
                    90.0 - 8.0 * s
                };
                one(encode::jpeg(&image, quality as u8))
            } else {
                simple(image)
            }
        }
    })
}

fn text(category: &str, r: &mut Random) -> String {
    match category {
        "short" => payload::short(r),
        "ja_percent" => payload::japanese(r, true),
        "ja_rawutf8" => payload::japanese(r, false),
        "migration_dense" => payload::migration(r, 6),
        "migration_photo" => payload::migration(r, 3),
        "high_version" => payload::migration(r, 14),
        _ => payload::aws(r),
    }
}

fn rgb(image: GrayImage) -> RgbImage {
    DynamicImage::from(image).into_rgb8()
}

fn plain(text: &str, scale: u32) -> RgbImage {
    rgb(drawn(text, EcLevel::L, scale, 4))
}

fn white() -> RgbImage {
    RgbImage::from_pixel(1, 1, Rgb([255; 3]))
}

/// The categories with one code and one kind of damage.
fn picture(category: &str, s: f32, text: &str, r: &mut Random) -> Option<RgbImage> {
    let mut image = plain(text, 4 + r.below(4) as u32);
    let side = image.width() as f32;
    let module = 5.5;
    match category {
        "clean_aws_L" | "short" | "ja_percent" | "ja_rawutf8" | "jpeg_q" => {}
        "clean_aws_M" => image = rgb(drawn(text, EcLevel::M, 3 + r.below(5) as u32, 4)),
        "scale_tiny" => image = resized(&plain(text, 8), (2.4 - 0.2 * s) / 8.0),
        "scale_large" => image = plain(text, (8.0 + 6.0 * s) as u32),
        "scale_nonint" => image = resized(&plain(text, 8), r.between(3.6, 4.4) / 8.0 - 0.04 * s),
        "quiet_zone" => image = cramped(text, s),
        "rotation" => image = hurt::rotated(&image, r.between(3.0, 87.0), &white()),
        "perspective" => {
            let ground = hurt::clutter(image.width(), image.height(), r, 30);
            image = hurt::slanted(&image, 0.16 * s, r.between(-0.6, 0.6), &ground);
        }
        "gauss_blur" => image = hurt::blur(&image, module * (0.1 + 0.12 * s)),
        "motion_blur" => image = hurt::motion(&image, module * 0.3 * s, r.between(0.0, 3.0)),
        "noise" => hurt::noise(&mut image, r, 18.0 * s),
        "low_contrast" => flatten(&mut image, 60.0 - 10.5 * s, r.between(60.0, 180.0)),
        "inverted" => imageops::invert(&mut image),
        "coloured" => colour(&mut image, s, r),
        "gradient_shadow" => hurt::shadow(&mut image, 0.42 - 0.07 * s, r.between(0.0, 6.0), false),
        "hard_shadow" => hurt::shadow(&mut image, 0.6 - 0.09 * s, r.between(0.0, 6.0), true),
        "glare" => spots(&mut image, 1, side * (0.07 + 0.02 * s), r),
        "bright_spots" => spots(&mut image, 4, side * (0.03 + 0.012 * s), r),
        "moire_screen" => {
            hurt::stripes(&mut image, r.between(2.2, 5.0) * 3.0, 0.12 * s, 0.1);
            hurt::noise(&mut image, r, 3.0 * s);
            image = hurt::rotated(&image, r.between(-4.0, 4.0), &white());
        }
        "occluded" | "damaged" => cover(&mut image, s, category == "damaged", r),
        "logo" => logo(&mut image, text, s),
        "round_dots" => image = rgb(payload::dotted(text, 8, 0.56 - 0.035 * s)),
        "warped" => image = hurt::bent(&image, 0.012 * s, r.between(0.4, 1.1), &white()),
        "migration_dense" | "high_version" => image = plain(text, 3 + (s as u32) % 2),
        "migration_photo" => image = photo(&plain(text, 5), s * 0.5, r),
        "combo_phone" => image = photo(&plain(text, 7), s, r),
        "mirrored" => image = imageops::flip_horizontal(&image),
        "thick_ink" => image = hurt::blur(&hurt::inked(&plain(text, 10), 2.2 + 0.5 * s), 0.8),
        "thin_ink" => image = hurt::blur(&hurt::inked(&plain(text, 10), -2.2 - 0.5 * s), 0.8),
        "striped_print" => image = striped(&plain(text, 9), s, r),
        "speckled" => {
            image = plain(text, 8);
            hurt::speckled(&mut image, r, 0.05 * s, 1 + s as u32 / 3);
        }
        "rotated_tiny" => {
            let ground = hurt::text_page(400, 300, r, false);
            let code = hurt::rotated(&plain(text, 8), r.between(8.0, 82.0), &white());
            let code = resized(&code, (2.1 - 0.17 * s) / 8.0);
            image = ground;
            imageops::replace(&mut image, &code, 90, 40);
        }
        "close" => image = hurt::blur(&plain(text, 14 + 3 * s as u32), 1.5 * s),
        _ => return None,
    }
    Some(image)
}

/// Printed by a printer that leaves out lines.
fn striped(code: &RgbImage, s: f32, r: &mut Random) -> RgbImage {
    let mut image = code.clone();
    hurt::left_out(&mut image, 7 + r.below(3) as u32, 1 + s as u32 / 2);
    hurt::rotated(&image, r.between(-8.0, 8.0), &white())
}

fn resized(image: &RgbImage, factor: f32) -> RgbImage {
    let side = (image.width() as f32 * factor).round() as u32;
    imageops::resize(image, side, side, FilterType::Triangle)
}

/// Less and less light space around it, on a dark page.
fn cramped(text: &str, s: f32) -> RgbImage {
    let quiet = (4.0 - s).max(0.0) as u32;
    let code = rgb(drawn(text, EcLevel::L, 5, quiet));
    let mut page = RgbImage::from_pixel(code.width() + 80, code.height() + 80, Rgb([60, 66, 80]));
    imageops::replace(&mut page, &code, 40, 40);
    page
}

fn flatten(image: &mut RgbImage, contrast: f32, middle: f32) {
    hurt::each(image, |_, _, shades| {
        shades.map(|shade| middle + (shade / 255.0 - 0.5) * contrast)
    });
}

/// Two colours with less and less difference in brightness.
fn colour(image: &mut RgbImage, s: f32, r: &mut Random) {
    let pairs: [[[f32; 3]; 2]; 3] = [
        [[20.0, 90.0, 200.0], [255.0, 240.0, 200.0]],
        [[200.0, 30.0, 60.0], [190.0, 230.0, 250.0]],
        [[110.0, 240.0, 120.0], [255.0, 190.0, 255.0]],
    ];
    let [dark, light] = pairs[(s as usize / 2).min(2)];
    let tint = r.between(-10.0, 10.0);
    hurt::each(image, |_, _, shades| {
        [0, 1, 2].map(|i| dark[i] + (light[i] - dark[i]) * shades[i] / 255.0 + tint)
    });
}

fn spots(image: &mut RgbImage, count: usize, radius: f32, r: &mut Random) {
    let side = image.width() as f32;
    hurt::each(image, |_, _, shades| shades.map(|shade| 40.0 + shade * 0.6));
    for _ in 0..count {
        let place = [r.between(0.35, 0.85) * side, r.between(0.35, 0.85) * side];
        hurt::light(image, place, radius, 420.0);
    }
}

/// A patch on the data, or dirt all over.
fn cover(image: &mut RgbImage, s: f32, dirt: bool, r: &mut Random) {
    let side = image.width() as f32;
    let (count, size) = if dirt {
        (6 + 5 * s as usize, 0.022)
    } else {
        (1, 0.045 * s.sqrt() + 0.02 * s)
    };
    for _ in 0..count {
        let length = (side * size) as u32;
        let patch = RgbImage::from_pixel(length, length, Rgb([r.below(256) as u8; 3]));
        let place = |r: &mut Random| (r.between(0.3, 0.8) * side) as i64;
        imageops::replace(image, &patch, place(r), place(r));
    }
}

fn logo(image: &mut RgbImage, text: &str, s: f32) {
    *image = rgb(drawn(text, EcLevel::H, 6, 4));
    let side = image.width();
    let length = (side as f32 * (0.1 + 0.025 * s)) as u32;
    let patch = RgbImage::from_pixel(length, length, Rgb([230, 120, 20]));
    let place = i64::from((side - length) / 2);
    imageops::replace(image, &patch, place, place);
}

/// Everything at once: a screen on a desk, seen from the side, in bad light, out of focus.
fn photo(code: &RgbImage, s: f32, r: &mut Random) -> RgbImage {
    let side = code.width() * 3 / 2;
    let mut page = hurt::clutter(side, side, r, 60);
    imageops::replace(&mut page, code, i64::from(side / 6), i64::from(side / 6));
    hurt::stripes(
        &mut page,
        r.between(5.0, 9.0),
        0.05 * s,
        r.between(0.0, 3.0),
    );
    let ground = RgbImage::from_pixel(1, 1, Rgb([45; 3]));
    page = hurt::slanted(&page, 0.08 * s, r.between(-0.5, 0.5), &ground);
    page = hurt::rotated(&page, r.between(-6.0, 6.0) * s, &ground);
    page = hurt::blur(&page, 0.4 + 0.3 * s);
    hurt::shadow(&mut page, 0.7 - 0.08 * s, r.between(0.0, 6.0), false);
    hurt::noise(&mut page, r, 3.0 * s);
    page
}

/// Black or white on transparent, or with a half transparent page.
fn transparent(category: &str, text: &str, severity: u8, r: &mut Random) -> Vec<u8> {
    let code = drawn(text, EcLevel::L, 3 + u32::from(severity), 4);
    let misc = r.below(120) as u8;
    let image = RgbaImage::from_fn(code.width(), code.height(), |x, y| {
        let dark = code.get_pixel(x, y).0[0] == 0;
        match category {
            "alpha_black" => Rgba([0, 0, 0, if dark { 255 } else { 0 }]),
            "alpha_white" => Rgba([255, 255, 255, if dark { 0 } else { 255 }]),
            _ if dark => Rgba([misc / 2, 0, 30, 255]),
            _ => Rgba([255, 255, 255, misc]),
        }
    });
    encode::file(image, ImageFormat::Png)
}

/// One format after the other.
fn format(category: &str, text: &str, severity: u8) -> Vec<u8> {
    let code = drawn(text, EcLevel::L, 3 + u32::from(severity), 4);
    let image = rgb(code.clone());
    match category {
        "fmt_png16" => {
            let wide = DynamicImage::from(image).into_rgb16();
            encode::file(wide, ImageFormat::Png)
        }
        "fmt_grey" => {
            let pale = image::GrayAlphaImage::from_fn(code.width(), code.height(), |x, y| {
                let Luma([shade]) = *code.get_pixel(x, y);
                LumaA([shade, 255])
            });
            encode::file(pale, ImageFormat::Png)
        }
        "fmt_palette" => encode::palette_png(&code, [[40, 0, 90], [250, 250, 200]]),
        "fmt_exif_jpeg" => encode::exif_jpeg(&image, 1 + severity),
        "fmt_cmyk" => encode::cmyk_jpeg(&drawn(text, EcLevel::L, 1, 4), true),
        "fmt_gif" => encode::gif(&[image]),
        "fmt_animation" => {
            let blank = RgbImage::from_pixel(image.width(), image.height(), Rgb([200; 3]));
            let mut frames = vec![blank; usize::from(severity)];
            frames.push(image);
            encode::gif(&frames)
        }
        "fmt_webp" => encode::file(image, ImageFormat::WebP),
        "fmt_bmp" => encode::file(image, ImageFormat::Bmp),
        "fmt_tiff" => encode::file(image, ImageFormat::Tiff),
        _ => encode::file(image, ImageFormat::Pnm),
    }
}

/// No code, but things that look like one; the sides are about one to two times `side`.
pub fn nothing(severity: u8, side: usize, r: &mut Random) -> Vec<u8> {
    let (width, height) = (side + r.below(side), side * 5 / 6 + r.below(side * 5 / 6));
    let (width, height) = (width as u32, height as u32);
    let mut image = match severity {
        1 => hurt::text_page(width, height, r, false),
        2 => hurt::clutter(width, height, r, 120),
        3 => checks(width, height, 2 + r.below(6) as u32, r),
        4 => rings(width, height, r),
        _ => RgbImage::from_pixel(width, height, Rgb([128; 3])),
    };
    hurt::noise(&mut image, r, if severity == 5 { 60.0 } else { 4.0 });
    encode::file(image, ImageFormat::Png)
}

/// Random modules: a code without its patterns.
fn checks(width: u32, height: u32, module: u32, r: &mut Random) -> RgbImage {
    let columns = (width / module + 1) as usize;
    let dark: Vec<bool> = (0..columns * (height / module + 1) as usize)
        .map(|_| r.below(2) == 0)
        .collect();
    RgbImage::from_fn(width, height, |x, y| {
        let dark = dark[(y / module) as usize * columns + (x / module) as usize];
        Rgb([if dark { 20 } else { 240 }; 3])
    })
}

/// Finder patterns without any code.
fn rings(width: u32, height: u32, r: &mut Random) -> RgbImage {
    let mut page = checks(width, height, 3, r);
    let finder = imageops::crop_imm(&plain("a", 3), 9, 9, 27, 27).to_image();
    for _ in 0..6 {
        let place = |side: u32, r: &mut Random| r.below(side as usize - 30) as i64;
        let (x, y) = (place(width, r), place(height, r));
        imageops::replace(&mut page, &finder, x, y);
    }
    page
}
