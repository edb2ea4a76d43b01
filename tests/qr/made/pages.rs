//! Pages with codes on them.

use image::imageops::{self, FilterType};
use image::{ImageFormat, Rgb, RgbImage};

use super::random::Random;
use super::{Made, encode, flatten, hurt, payload, plain, resized, white};

/// Several codes on a page.
pub fn several(category: &str, severity: u8, r: &mut Random) -> Made {
    let (columns, rows) = match category {
        "multi2" => (2, 1),
        "multi4" => (2, 2),
        _ => (4, 3),
    };
    let texts: Vec<String> = (0..columns * rows)
        .map(|_| {
            if category == "lots" {
                payload::short(r)
            } else {
                payload::aws(r)
            }
        })
        .collect();
    let scale = 6 - u32::from(severity) / 2;
    let codes: Vec<RgbImage> = texts.iter().map(|text| plain(text, scale)).collect();
    let cell = codes.iter().map(RgbImage::width).max().unwrap() + 10;
    let mut page = RgbImage::from_pixel(cell * columns, cell * rows, Rgb([235; 3]));
    for (index, code) in (0..).zip(&codes) {
        let (x, y) = (index % columns * cell, index / columns * cell);
        imageops::replace(&mut page, code, i64::from(x), i64::from(y));
    }
    if category == "lots" {
        let ground = RgbImage::from_pixel(1, 1, Rgb([90; 3]));
        page = hurt::slanted(&page, 0.04 * f32::from(severity), 0.3, &ground);
        page = hurt::blur(&page, 0.3 * f32::from(severity));
    }
    Made {
        bytes: encode::file(page, ImageFormat::Png),
        payloads: texts,
    }
}

/// A screenshot of a page with a code in it.
pub fn page(category: &str, severity: u8, text: &str, r: &mut Random) -> Vec<u8> {
    let (width, height) = if category == "page_4k" {
        (3840, 2160)
    } else {
        (1600, 900)
    };
    if category == "page_huge" {
        return huge_page(severity, text, r);
    }
    let dark = category == "page_dark" || category == "page_4k";
    let mut page = hurt::text_page(width, height, r, dark);
    let code = plain(text, 2 + u32::from(severity) % 4);
    let place = |side: u32, r: &mut Random| r.below((side - code.width()) as usize) as i64;
    let (x, y) = (place(width, r), place(height, r));
    imageops::replace(&mut page, &code, x, y);
    if category == "page_chat_jpeg" {
        let smaller = imageops::resize(&page, 1280, 720, FilterType::Triangle);
        return encode::jpeg(&smaller, 80 - 8 * severity);
    }
    encode::file(page, ImageFormat::Png)
}

/// A scan or several screens at once, 3840×2160 to 8000×6000, with a small, soft and faint code.
fn huge_page(severity: u8, text: &str, r: &mut Random) -> Vec<u8> {
    const SIZES: [[u32; 2]; 5] = [
        [3840, 2160],
        [5120, 2880],
        [6000, 4000],
        [7016, 4960],
        [8000, 6000],
    ];
    let [width, height] = SIZES[usize::from(severity - 1).min(4)];
    let mut page = hurt::text_page(width, height, r, false);
    let module = r.between(1.8, 3.4);
    let mut code = hurt::rotated(&plain(text, 8), r.between(-4.0, 4.0), &white());
    code = hurt::blur(&resized(&code, module / 8.0), module * r.between(0.3, 0.6));
    flatten(&mut code, r.between(60.0, 200.0), 150.0);
    let grain = r.between(0.0, 8.0);
    hurt::noise(&mut code, r, grain);
    let place = |side: u32, r: &mut Random| r.below((side - code.width()) as usize) as i64;
    let (x, y) = (place(width, r), place(height, r));
    imageops::replace(&mut page, &code, x, y);
    encode::jpeg(&page, 85)
}
