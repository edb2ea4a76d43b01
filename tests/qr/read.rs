//! Whole pictures, from bytes to payloads.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use image::imageops;
use image::{DynamicImage, GrayImage, ImageFormat, Luma, LumaA};

use mfa::qr::{Code, DEFAULT_SCALE, MAX_BYTES, MAX_SIDE, Matrix, PictureError, read};

use crate::made::encode::chunk;

const TEXT: &str = "otpauth://totp/Example:alice?secret=GEZDGNBVGY3TQOJQ&issuer=Example";

macro_rules! sample {
    ($name:literal) => {
        include_bytes!(concat!("../data/", $name, ".png"))
    };
}

fn drawn(text: &str) -> GrayImage {
    let png = Matrix::new(text).unwrap().to_png(4).unwrap();
    image::load_from_memory(&png).unwrap().into_luma8()
}

fn encoded(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn payloads(bytes: &[u8]) -> Vec<String> {
    let codes = read(bytes).unwrap();
    let payloads = codes.iter().map(|code| code.payload().to_owned());
    payloads.collect()
}

fn error(bytes: &[u8]) -> PictureError {
    read(bytes).unwrap_err()
}

/// A PNG's signature and header, 8-bit grey.
fn png_start(width: u32, height: u32) -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    header.extend([8, 0, 0, 0, 0]);
    chunk(&mut png, *b"IHDR", &header);
    png
}

/// A whole PNG of one shade, which compresses to about a thousandth.
fn plain_png(width: u32, height: u32) -> Vec<u8> {
    let mut png = png_start(width, height);
    let mut stream = ZlibEncoder::new(Vec::new(), Compression::best());
    let row = vec![0; usize::try_from(width).unwrap() + 1];
    for _ in 0..height {
        stream.write_all(&row).unwrap();
    }
    chunk(&mut png, *b"IDAT", &stream.finish().unwrap());
    chunk(&mut png, *b"IEND", &[]);
    png
}

#[test]
fn what_is_drawn_is_read() {
    let texts = [
        TEXT,
        "https://example.com/",
        "日本語 %E6%97%A5",
        "0123456789",
    ];
    for text in texts {
        for scale in [1, 3, DEFAULT_SCALE] {
            let png = Matrix::new(text).unwrap().to_png(scale).unwrap();
            assert_eq!(payloads(&png), [text]);
        }
    }
}

#[test]
fn the_samples_are_read() {
    let aws = "otpauth://totp/Amazon%20Web%20Services:my-iam-user@123456789012\
        ?secret=DWTYBIYVZTJCPQNK3VPSWQNBKBEYYHXVECIE6WFLJU4W73562476Z2BTYORMWQYF\
        &issuer=Amazon%20Web%20Services";
    let github = "otpauth://totp/GitHub:alice?secret=JBSWY3DPEHPK3PXP&issuer=GitHub";
    let bob = "otpauth://totp/Example:bob?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
        &issuer=Example&algorithm=SHA1&digits=6&period=30";
    let carol = "otpauth://totp/Example:carol?secret=KRSXG5CTMVRXEZLUKRSXG5CT&issuer=Example";
    let dave = "otpauth://totp/Example:dave?secret=MFRGGZDFMZTWQ2LKMFRGGZDF&issuer=Example";
    let url = "https://example.com/help/two-factor";
    assert_eq!(payloads(sample!("aws")), [aws]);
    assert_eq!(payloads(sample!("two-accounts")), [github, bob]);
    assert_eq!(payloads(sample!("inverted")), [carol]);
    assert_eq!(payloads(sample!("transparent")), [dave]);
    assert_eq!(payloads(sample!("url")), [url]);
    assert_eq!(error(sample!("no-code")), PictureError::NoCode);
    let truncated = error(sample!("truncated"));
    assert!(matches!(truncated, PictureError::Damaged { .. }));
}

#[test]
fn every_format_is_read() {
    let code = DynamicImage::from(drawn(TEXT));
    for format in [
        ImageFormat::Png,
        ImageFormat::Jpeg,
        ImageFormat::WebP,
        ImageFormat::Gif,
        ImageFormat::Bmp,
        ImageFormat::Tiff,
        ImageFormat::Pnm,
    ] {
        assert_eq!(payloads(&encoded(code.to_rgb8(), format)), [TEXT]);
    }
    let icon = encoded(code.to_rgba8(), ImageFormat::Ico);
    let deep = encoded(code.to_rgba16(), ImageFormat::Png);
    assert_eq!(payloads(&icon), [TEXT]);
    assert_eq!(payloads(&deep), [TEXT]);
}

#[test]
fn dark_mode_is_read() {
    let mut code = drawn(TEXT);
    imageops::invert(&mut code);
    assert_eq!(payloads(&encoded(code, ImageFormat::Png)), [TEXT]);
}

#[test]
fn black_or_white_on_transparent_is_read() {
    let code = drawn(TEXT);
    for ink in [0, 255] {
        let picture = image::ImageBuffer::from_fn(code.width(), code.height(), |x, y| {
            let dark = code.get_pixel(x, y).0[0] < 128;
            LumaA([ink, if dark { 255_u8 } else { 0 }])
        });
        let png = encoded(DynamicImage::from(picture), ImageFormat::Png);
        assert_eq!(payloads(&png), [TEXT], "ink {ink}");
    }
}

#[test]
fn four_codes_come_in_reading_order_with_their_places() {
    let mut page = GrayImage::from_pixel(700, 700, Luma([255]));
    let places = [(20, 30), (380, 10), (30, 360), (370, 380)];
    let texts = ["first", "second", "third", "fourth"];
    for (text, (x, y)) in texts.iter().zip(places) {
        imageops::replace(&mut page, &drawn(text), x, y);
    }
    // The first code again, in the middle: it counts once.
    imageops::replace(&mut page, &drawn("first"), 200, 200);
    let codes = read(&encoded(page, ImageFormat::Png)).unwrap();
    let found: Vec<&str> = codes.iter().map(Code::payload).collect();
    assert_eq!(found, texts);
    for (code, (x, y)) in codes.iter().zip([(20.0, 30.0), (380.0, 10.0)]) {
        // 21 modules of 4 pixels, after a quiet zone of 4 modules.
        let corners = [[16.0, 16.0], [100.0, 16.0], [100.0, 100.0], [16.0, 100.0]];
        for (corner, wanted) in code.corners.iter().zip(corners) {
            assert!((corner[0] - wanted[0] - x).abs() < 4.0, "{corner:?}");
            assert!((corner[1] - wanted[1] - y).abs() < 4.0, "{corner:?}");
        }
    }
}

#[test]
fn latin_1_bytes_are_read_by_the_guess() {
    // 0xFC is not UTF-8, but a code may contain it.
    let code = qrcode::QrCode::new(b"Z\xFCrich").unwrap();
    let size = u32::try_from(code.width()).unwrap();
    let colors = code.to_colors();
    let picture = GrayImage::from_fn((size + 8) * 4, (size + 8) * 4, |x, y| {
        let inside = (x / 4).checked_sub(4).zip((y / 4).checked_sub(4));
        let inside = inside.filter(|&(x, y)| x < size && y < size);
        let dark = inside.is_some_and(|(x, y)| {
            colors[usize::try_from(y * size + x).unwrap()] == qrcode::Color::Dark
        });
        Luma([if dark { 0 } else { 255 }])
    });
    assert_eq!(payloads(&encoded(picture, ImageFormat::Png)), ["Zürich"]);
}

#[test]
fn nothing_and_text_are_no_pictures() {
    assert_eq!(error(b""), PictureError::Empty);
    let text = format!("{TEXT}\n");
    assert_eq!(error(text.as_bytes()), PictureError::NotAPicture);
    assert_eq!(error(b"\x89PN"), PictureError::NotAPicture);
    let size = MAX_BYTES + 1;
    assert_eq!(error(&vec![0; size]), PictureError::TooManyBytes { size });
}

#[test]
fn formats_that_are_not_read_are_named() {
    let mut heic = b"\0\0\0\x24ftypheic".to_vec();
    heic.resize(64, 0);
    let cases: [(&[u8], _); 9] = [
        (&heic, "HEIC"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0miafavif", "AVIF"),
        (b"\0\0\0\x0CJXL \r\n\x87\n", "JPEG XL"),
        (b"\0\0\0\x0CjP  \r\n\x87\n", "JPEG 2000"),
        (b"8BPS\0\x01", "PSD"),
        (b"\0\0\0\x14ftypqt  ", "MP4"),
        (b"qoif", "QOI"),
        (b"\0\0\0\x20ftypavif\0\0\0\0avifmif1miaf", "AVIF"),
    ];
    for (bytes, format) in cases {
        assert_eq!(error(bytes), PictureError::Unsupported { format });
    }
}

#[test]
fn a_truncated_png_says_so() {
    let png = Matrix::new(TEXT).unwrap().to_png(8).unwrap();
    let wanted = PictureError::Damaged {
        format: "PNG",
        reason: "the file ends too early",
    };
    for end in [20, png.len() / 2, png.len() - 40] {
        assert_eq!(error(&png[..end]), wanted);
    }
}

#[test]
fn any_truncation_of_any_format_is_an_error_or_read() {
    let code = DynamicImage::from(drawn(TEXT)).to_rgb8();
    for format in [
        ImageFormat::Jpeg,
        ImageFormat::WebP,
        ImageFormat::Gif,
        ImageFormat::Bmp,
        ImageFormat::Tiff,
        ImageFormat::Pnm,
    ] {
        let bytes = encoded(code.clone(), format);
        for tenth in 1..10 {
            match read(&bytes[..bytes.len() * tenth / 10]) {
                Ok(codes) => assert_eq!(codes[0].payload(), TEXT),
                Err(PictureError::TooLarge { .. } | PictureError::GaveUp { .. }) => {
                    panic!("{format:?} {tenth}");
                }
                Err(_) => {}
            }
        }
    }
}

#[test]
fn errors_do_not_quote_the_file() {
    let error = error(format!("P1\n{TEXT}\n").as_bytes());
    let mut message = error.to_string();
    write!(message, "{error:?}").unwrap();
    assert!(
        !message.contains("GEZD") && !message.contains('\n'),
        "{message}"
    );
}

#[test]
fn a_bomb_is_refused_before_its_pixels() {
    let (width, height) = (30_000, 3_000);
    let bomb = plain_png(width, height);
    assert!(bomb.len() < 100_000);
    assert_eq!(error(&bomb), PictureError::TooLarge { width, height });
    // The header is enough to refuse it: no pixel was decoded.
    for (width, height) in [(30_000, 3_000), (1, MAX_SIDE + 1), (400_000_000, 1)] {
        let mut header = png_start(width, height);
        chunk(&mut header, *b"IDAT", &[]);
        assert_eq!(error(&header), PictureError::TooLarge { width, height });
    }
}

#[test]
fn absurd_sizes_are_refused_too() {
    for (width, height) in [(u32::MAX >> 1, u32::MAX >> 1), (0, 5), (u32::MAX, 1)] {
        let mut header = png_start(width, height);
        chunk(&mut header, *b"IDAT", &[]);
        assert!(matches!(
            error(&header),
            PictureError::Damaged { format: "PNG", .. } | PictureError::TooLarge { .. }
        ));
    }
}

#[test]
fn a_picture_without_a_code_has_none() {
    assert_eq!(error(&plain_png(1, 1)), PictureError::NoCode);
    assert_eq!(error(&plain_png(300, 7)), PictureError::NoCode);
    let gradient = GrayImage::from_fn(200, 100, |x, _| Luma([u8::try_from(x).unwrap()]));
    assert_eq!(
        error(&encoded(gradient, ImageFormat::Png)),
        PictureError::NoCode
    );
}
