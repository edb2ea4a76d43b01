//! What could not be looked at in time is never called "not found".

use std::time::Duration;

use image::{DynamicImage, GrayImage, ImageFormat, Luma, RgbImage};
use mfa::qr::{PictureError, look, read_within};
use qrcode::EcLevel;

use crate::made::payload::drawn;
use crate::made::{damage, encode};

/// What was not looked for without any time, and whether a code was seen.
fn without_time(bytes: &[u8]) -> (bool, Vec<&'static str>) {
    match read_within(bytes, Duration::ZERO) {
        Err(error @ PictureError::NotInTime { .. }) => {
            assert!(error.advice().is_some());
            let PictureError::NotInTime { seen, untried } = error else {
                unreachable!()
            };
            (seen, untried)
        }
        other => unreachable!("{other:?}"),
    }
}

#[test]
fn without_time_nothing_is_said_of_the_picture() {
    let code = drawn("in time", EcLevel::M, 4, 4);
    let blurred = damage::blur(&DynamicImage::from(code.clone()).into_rgb8(), 9.0);
    let blank = GrayImage::from_pixel(300, 300, Luma([255]));
    for picture in [
        encode::file(code, ImageFormat::Png),
        encode::file(blurred, ImageFormat::Png),
        encode::file(blank, ImageFormat::Png),
    ] {
        let (seen, untried) = without_time(&picture);
        assert!(!seen && untried.contains(&"dark codes on light"));
        // The picture is small and grey.
        assert!(!untried.contains(&"small codes on a large page"));
        assert!(!untried.contains(&"codes on transparency"));
    }
}

#[test]
fn with_time_the_reason_is_the_usual_one() {
    let blank = encode::file(
        GrayImage::from_pixel(300, 300, Luma([255])),
        ImageFormat::Png,
    );
    assert_eq!(look(&blank).unwrap_err(), PictureError::NoCode);
    let code = encode::file(drawn("in time", EcLevel::M, 4, 4), ImageFormat::Png);
    let reading = look(&code).unwrap();
    assert!(reading.warning().is_none() && reading.codes.len() == 1);
}

#[test]
fn later_pictures_of_an_animation_are_named() {
    let blank = RgbImage::from_pixel(90, 90, image::Rgb([200; 3]));
    let (_, untried) = without_time(&encode::gif(&[blank.clone(), blank]));
    assert_eq!(untried.last(), Some(&"the later pictures of the animation"));
}

#[test]
fn the_message_says_what_was_not_looked_for() {
    let error = PictureError::NotInTime {
        seen: false,
        untried: vec!["tiny codes", "blurred codes"],
    };
    assert_eq!(
        error.to_string(),
        "the time ran out before everything was tried; \
         not looked for: tiny codes, blurred codes"
    );
}
