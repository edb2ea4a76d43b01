//! Character sets, turned pictures and animations.

use image::{ImageFormat, RgbImage};
use mfa::qr::read;
use qrcode::bits::Bits;
use qrcode::canvas::Canvas;
use qrcode::{EcLevel, QrCode, Version};

use crate::made::encode;
use crate::made::payload::{code_picture, colours_picture, drawn};

fn payload(bits: Bits) -> String {
    let code = QrCode::with_bits(bits, EcLevel::M).unwrap();
    let picture = code_picture(&code, 5, 4);
    let codes = read(&encode::file(picture, ImageFormat::Png)).unwrap();
    assert_eq!(codes.len(), 1);
    codes[0].payload().to_owned()
}

fn bits(fill: impl FnOnce(&mut Bits)) -> Bits {
    let mut bits = Bits::new(Version::Normal(3));
    fill(&mut bits);
    bits.push_terminator(EcLevel::M).unwrap();
    bits
}

/// The text 日本語 in `Shift_JIS`.
const JAPANESE: &[u8] = b"\x93\xFA\x96\x7B\x8C\xEA";

#[test]
fn kanji_mode_is_text() {
    assert_eq!(
        payload(bits(|bits| bits.push_kanji_data(JAPANESE).unwrap())),
        "日本語"
    );
}

#[test]
fn shift_jis_is_read_where_it_is_named_and_where_it_is_not() {
    let named = bits(|bits| {
        bits.push_eci_designator(20).unwrap();
        bits.push_byte_data(JAPANESE).unwrap();
    });
    assert_eq!(payload(named), "日本語");
    let bare = bits(|bits| bits.push_byte_data(JAPANESE).unwrap());
    assert_eq!(payload(bare), "日本語");
}

#[test]
fn utf8_is_read_where_it_is_named_and_where_it_is_not() {
    for eci in [None, Some(26)] {
        let text = bits(|bits| {
            if let Some(eci) = eci {
                bits.push_eci_designator(eci).unwrap();
            }
            bits.push_byte_data("Zürich 東京".as_bytes()).unwrap();
        });
        assert_eq!(payload(text), "Zürich 東京");
    }
}

/// A code at the left of a page that is twice as wide.
fn page() -> RgbImage {
    let code = drawn("turned", EcLevel::M, 6, 4);
    let mut page =
        image::GrayImage::from_pixel(2 * code.width(), code.height(), image::Luma([255]));
    image::imageops::replace(&mut page, &code, 0, 0);
    image::DynamicImage::from(page).into_rgb8()
}

#[test]
fn the_place_is_that_in_the_picture_as_it_is_shown() {
    let page = page();
    let (width, height) = (page.width() as f32, page.height() as f32);
    // Orientation 3 is upside down; 6 needs a quarter turn clockwise.
    let middles = [
        (1, [0.25 * width, 0.5 * height]),
        (3, [0.75 * width, 0.5 * height]),
        (6, [0.5 * height, 0.25 * width]),
    ];
    for (orientation, [x, y]) in middles {
        let codes = read(&encode::exif_jpeg(&page, orientation)).unwrap();
        let mean = |axis: usize| {
            codes[0]
                .corners
                .iter()
                .map(|corner| corner[axis])
                .sum::<f32>()
                / 4.0
        };
        assert!(
            (mean(0) - x).abs() < 8.0 && (mean(1) - y).abs() < 8.0,
            "{orientation}: {:?}",
            codes[0]
        );
    }
}

#[test]
fn inks_are_read_whether_adobe_counts_them_or_not() {
    for adobe in [true, false] {
        let codes = read(&encode::cmyk_jpeg(&drawn("inks", EcLevel::M, 1, 4), adobe)).unwrap();
        assert_eq!(codes[0].payload(), "inks");
    }
}

#[test]
fn an_animated_webp_is_read_frame_by_frame() {
    let codes = read(include_bytes!("../data/animated.webp")).unwrap();
    assert!(codes[0].payload().starts_with("otpauth://totp/"));
}

#[test]
fn an_animation_without_a_code_has_none() {
    let blank = RgbImage::from_pixel(90, 90, image::Rgb([200; 3]));
    assert!(read(&encode::gif(&[blank.clone(), blank])).is_err());
}

#[test]
fn an_animated_png_is_read_frame_by_frame() {
    let code = drawn("the second frame", EcLevel::M, 4, 4);
    let blank = image::GrayImage::from_pixel(code.width(), code.height(), image::Luma([200]));
    let codes = read(&encode::apng(&[blank, code])).unwrap();
    assert_eq!(codes[0].payload(), "the second frame");
}

/// A code of version 1-L that is one of two parts.
fn part(index: u8, text: &str, parity: u8) -> image::GrayImage {
    let length = text.len() as u8;
    // Mode 3, index, count less one, parity; mode 4, length: each in four or eight bits.
    let mut data = vec![0x30 | index, 0x10 | parity >> 4, parity << 4 | 4, length];
    data.extend(text.bytes());
    data.push(0);
    data.extend([0xEC, 0x11].into_iter().cycle().take(19 - data.len()));
    let version = Version::Normal(1);
    let (data, check) = qrcode::ec::construct_codewords(&data, version, EcLevel::L).unwrap();
    let mut canvas = Canvas::new(version, EcLevel::L);
    canvas.draw_all_functional_patterns();
    canvas.draw_data(&data, &check);
    colours_picture(&canvas.apply_best_mask().into_colors(), 4, 4)
}

#[test]
fn two_parts_in_one_picture_are_one_text() {
    let text = "otpauth://totp/a?s=AE";
    let parity = text.bytes().fold(0, |sum, byte| sum ^ byte);
    let (first, second) = text.split_at(11);
    let [first, second] = [part(0, first, parity), part(1, second, parity)];
    let side = first.width();
    let mut page = image::GrayImage::from_pixel(2 * side, side, image::Luma([255]));
    // In the wrong order, because only the position in the series counts.
    image::imageops::replace(&mut page, &second, 0, 0);
    image::imageops::replace(&mut page, &first, i64::from(side), 0);
    let codes = read(&encode::file(page, ImageFormat::Png)).unwrap();
    assert_eq!((codes.len(), codes[0].payload()), (1, text));
    assert!(codes[0].part().is_none());
    let codes = read(&encode::file(second, ImageFormat::Png)).unwrap();
    assert_eq!(codes[0].part().unwrap().index, 1);
}
