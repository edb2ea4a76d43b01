//! How many made pictures of each category are read.

use std::time::Duration;

use image::imageops::{self, FilterType};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use mfa::qr::{PictureError, read, read_within};
use qrcode::EcLevel;

use crate::made::payload::{self, drawn};
use crate::made::random::Random;
use crate::made::{CATEGORIES, Made, damage, encode, make, nothing};

/// Enough for an unoptimised build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(10);
/// Enough for all attempts on a small picture.
const HASTE: Duration = Duration::from_millis(300);

/// Whether every payload is read, and nothing from a picture without a code.
pub fn is_read(bytes: &[u8], payloads: &[String]) -> bool {
    match read_within(bytes, PATIENCE) {
        Ok(codes) => {
            let found = |wanted: &String| {
                codes
                    .iter()
                    .any(|code| code.payload().replace("\r\n", "\n") == *wanted)
            };
            !payloads.is_empty() && payloads.iter().all(found)
        }
        Err(_) => payloads.is_empty(),
    }
}

fn picture(category: &str, severity: u8, number: u64) -> Made {
    make(category, severity, number).unwrap()
}

/// How many of ten pictures must be read: all, unless the damage is too severe.
fn least(category: &str) -> usize {
    match category {
        "glare" | "bright_spots" => 5,
        "warped" => 7,
        "gauss_blur" => 9,
        _ => 10,
    }
}

/// Categories that take too long to make.
const LARGE: [&str; 2] = ["page_4k", "page_huge"];

#[test]
fn made_pictures_are_read() {
    let mut poor = Vec::new();
    for category in CATEGORIES.iter().filter(|name| !LARGE.contains(name)) {
        let mut count = 0;
        for (severity, number) in (1..=5).flat_map(|severity| [(severity, 0), (severity, 1)]) {
            let made = picture(category, severity, number);
            count += usize::from(is_read(&made.bytes, &made.payloads));
        }
        if count < least(category) {
            poor.push(format!("{category}: {count} of 10"));
        }
    }
    assert!(poor.is_empty(), "{poor:?}");
}

#[test]
fn a_small_code_on_a_large_page_is_read() {
    for (category, severity) in [("page_4k", 3), ("page_huge", 1)] {
        let made = picture(category, severity, 0);
        assert!(is_read(&made.bytes, &made.payloads), "{category}");
    }
}

#[test]
fn pictures_without_a_code_give_none() {
    for (severity, number) in (1..=5).flat_map(|severity| (2..10).map(move |n| (severity, n))) {
        let made = picture("negative", severity, number);
        assert!(
            read(&made.bytes).is_err(),
            "severity {severity}, number {number}"
        );
    }
}

#[test]
fn small_pictures_without_a_code_give_none() {
    for (severity, number) in (1..=5).flat_map(|severity| (0..40).map(move |n| (severity, n))) {
        let mut random = Random::new(number << 8 | u64::from(severity));
        let bytes = nothing(severity, 50, &mut random);
        assert!(
            read_within(&bytes, HASTE).is_err(),
            "severity {severity}, number {number}"
        );
    }
}

#[test]
fn a_small_code_is_read_right_or_not_at_all() {
    let mut random = Random::new(11);
    for number in 0..60 {
        let text = payload::short(&mut random);
        let mut image = DynamicImage::from(drawn(&text, EcLevel::L, 5, 4)).into_rgb8();
        for _ in 0..2 + number % 5 {
            let patch = RgbImage::from_pixel(24, 24, Rgb([random.below(256) as u8; 3]));
            let [x, y] = [0, 1].map(|_| random.below(image.width() as usize - 24) as i64);
            imageops::replace(&mut image, &patch, x, y);
        }
        image = damage::blur(&image, random.between(0.5, 4.0));
        if let Ok(codes) = read_within(&encode::file(image, ImageFormat::Png), HASTE) {
            assert_eq!(codes[0].payload(), text, "number {number}");
        }
    }
}

#[test]
fn the_same_picture_is_made_every_time() {
    let twice = [0, 1].map(|_| picture("combo_phone", 3, 5));
    assert!(twice[0].bytes == twice[1].bytes && twice[0].payloads == twice[1].payloads);
}

/// The reason why a picture gives nothing.
fn why(image: RgbImage) -> PictureError {
    let error = read(&encode::file(image, ImageFormat::Png)).unwrap_err();
    assert!(error.advice().is_some());
    error
}

#[test]
fn the_reason_is_the_right_one() {
    let text = payload::aws(&mut Random::new(5));
    let code = DynamicImage::from(drawn(&text, EcLevel::L, 8, 4)).into_rgb8();
    let side = code.width();
    assert_eq!(
        why(RgbImage::from_pixel(300, 200, Rgb([90; 3]))),
        PictureError::NoCode
    );
    let half = imageops::crop_imm(&code, 0, 0, side, side / 2).to_image();
    assert_eq!(why(half), PictureError::CutOff);
    assert_eq!(why(damage::blur(&code, 6.4)), PictureError::Blurred);
    for sixths in 6..=12 {
        let blurred = damage::blur(&code, 8.0 * sixths as f32 / 6.0);
        assert_eq!(why(blurred), PictureError::OutOfFocus, "{sixths}");
    }
    let mut covered = code.clone();
    let patch = RgbImage::from_pixel(side / 2, side / 3, Rgb([200; 3]));
    imageops::replace(
        &mut covered,
        &patch,
        i64::from(side / 3),
        i64::from(side / 3),
    );
    assert_eq!(why(covered), PictureError::Unreadable);
    let small = imageops::resize(&code, side / 7, side / 7, FilterType::Triangle);
    let error = why(small);
    assert!(
        matches!(error, PictureError::TooSmall { .. } | PictureError::NoCode),
        "{error}"
    );
}

#[test]
fn damaged_files_are_errors_or_read() {
    let made = ["jpeg_q", "fmt_webp", "fmt_gif", "fmt_tiff"].map(|name| picture(name, 1, 0));
    let mut random = Random::new(3);
    for made in made {
        for _ in 0..8 {
            let mut bytes = made.bytes.clone();
            for _ in 0..6 {
                let place = random.below(bytes.len());
                bytes[place] = random.below(256) as u8;
            }
            if let Ok(codes) = read_within(&bytes, Duration::from_millis(100)) {
                assert_eq!(codes[0].payload(), made.payloads[0]);
            }
        }
    }
}
