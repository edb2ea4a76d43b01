//! Writes picture files, also in formats that `image` cannot write.

use std::io::{Cursor, Write};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use image::codecs::gif::GifEncoder;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, Frame, GrayImage, ImageFormat, RgbImage};

pub fn file(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

pub fn jpeg(image: &RgbImage, quality: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality)
        .encode_image(image)
        .unwrap();
    bytes
}

/// A JPEG with an EXIF orientation (1 to 8).
pub fn exif_jpeg(image: &RgbImage, orientation: u8) -> Vec<u8> {
    let plain = jpeg(image, 90);
    let mut exif = b"Exif\0\0MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    let length = u16::try_from(exif.len() + 2).unwrap();
    let mut bytes = plain[..2].to_vec();
    bytes.extend([0xFF, 0xE1]);
    bytes.extend(length.to_be_bytes());
    bytes.extend(exif);
    bytes.extend(&plain[2..]);
    bytes
}

/// A CMYK JPEG, as print and PDF programs write it. Each pixel becomes a block of 8 × 8, so that nothing
/// is lost and no cosine is needed (ITU-T T.81, annex F). With Adobe's marker, the values are
/// inverted.
pub fn cmyk_jpeg(image: &GrayImage, adobe: bool) -> Vec<u8> {
    let mut jpeg = vec![0xFF, 0xD8];
    let mut segment = |marker: u8, data: &[u8]| {
        jpeg.extend([0xFF, marker]);
        jpeg.extend(u16::try_from(data.len() + 2).unwrap().to_be_bytes());
        jpeg.extend(data);
    };
    if adobe {
        segment(0xEE, b"Adobe\0\x64\0\0\0\0\0");
    }
    // All quantisation steps are 8: the first coefficient of a plain block is its shade less 128.
    segment(0xDB, &[&[0][..], &[8; 64]].concat());
    let [height, width] =
        [image.height(), image.width()].map(|side| (8 * side as u16).to_be_bytes());
    let parts = [1, 2, 3, 4].map(|part| [part, 0x11, 0]).concat();
    segment(0xC0, &[&[8][..], &height, &width, &[4], &parts].concat());
    // Numbers of no (0), seven (10) and eight bits (110); within a block, nothing follows (0).
    segment(0xC4, &[&[0x00, 1, 1, 1][..], &[0; 13], &[0, 7, 8]].concat());
    segment(0xC4, &[&[0x10, 1][..], &[0; 15], &[0]].concat());
    segment(0xDA, &[4, 1, 0, 2, 0, 3, 0, 4, 0, 0, 63, 0]);
    let mut bits = Vec::new();
    let mut before = [0; 4];
    for shade in image.iter() {
        // No cyan, magenta and yellow; full black where the picture is dark.
        for (before, ink) in before
            .iter_mut()
            .zip([0, 0, 0, 255 * i32::from(*shade < 128)])
        {
            let number = if adobe { 127 - ink } else { ink - 128 };
            push(&mut bits, number - *before);
            *before = number;
        }
    }
    bits.resize(bits.len().next_multiple_of(8), true);
    for bits in bits.chunks(8) {
        let byte = bits.iter().fold(0, |byte, bit| byte << 1 | u8::from(*bit));
        jpeg.push(byte);
        if byte == 0xFF {
            jpeg.push(0);
        }
    }
    jpeg.extend([0xFF, 0xD9]);
    jpeg
}

/// A block: the length of its number in bits, coded, and the number, one less when negative.
fn push(bits: &mut Vec<bool>, number: i32) {
    let length = i32::BITS - number.abs().leading_zeros();
    bits.extend::<&[bool]>(match length {
        0 => &[false],
        7 => &[true, false],
        _ => &[true, true, false],
    });
    let number = if number < 0 { number - 1 } else { number };
    bits.extend((0..length).rev().map(|bit| number >> bit & 1 == 1));
    // Nothing else in this block.
    bits.push(false);
}

pub fn gif(frames: &[RgbImage]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let frames = frames
        .iter()
        .map(|frame| Frame::new(DynamicImage::from(frame.clone()).to_rgba8()));
    GifEncoder::new_with_speed(&mut bytes, 30)
        .encode_frames(frames)
        .unwrap();
    bytes
}

/// A PNG with a palette of two colours and one bit for a pixel.
pub fn palette_png(image: &GrayImage, [dark, light]: [[u8; 3]; 2]) -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut header = [image.width().to_be_bytes(), image.height().to_be_bytes()].concat();
    header.extend([1, 3, 0, 0, 0]);
    chunk(&mut png, *b"IHDR", &header);
    chunk(&mut png, *b"PLTE", &[dark, light].concat());
    let mut stream = ZlibEncoder::new(Vec::new(), Compression::fast());
    for row in image.rows() {
        let pixels: Vec<u8> = row.map(|pixel| u8::from(pixel.0[0] >= 128)).collect();
        let mut line = vec![0];
        line.extend(pixels.chunks(8).map(|eight| {
            eight
                .iter()
                .enumerate()
                .fold(0, |byte, (i, bit)| byte | bit << (7 - i))
        }));
        stream.write_all(&line).unwrap();
    }
    chunk(&mut png, *b"IDAT", &stream.finish().unwrap());
    chunk(&mut png, *b"IEND", &[]);
    png
}

/// An animated PNG; all frames have the same size.
pub fn apng(frames: &[GrayImage]) -> Vec<u8> {
    let [width, height] = [frames[0].width(), frames[0].height()].map(u32::to_be_bytes);
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(
        &mut png,
        *b"IHDR",
        &[&width[..], &height, &[8, 0, 0, 0, 0]].concat(),
    );
    let count = (frames.len() as u32).to_be_bytes();
    chunk(&mut png, *b"acTL", &[count, [0; 4]].concat());
    let mut number = 0_u32;
    let mut next = || {
        number += 1;
        (number - 1).to_be_bytes()
    };
    for (index, frame) in frames.iter().enumerate() {
        // At the top left, for a hundredth of a second, replacing the frame before.
        let place = [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 100, 0, 0];
        chunk(
            &mut png,
            *b"fcTL",
            &[&next()[..], &width, &height, &place].concat(),
        );
        let mut stream = ZlibEncoder::new(Vec::new(), Compression::fast());
        for row in frame.chunks_exact(frame.width() as usize) {
            stream.write_all(&[&[0], row].concat()).unwrap();
        }
        let pixels = stream.finish().unwrap();
        match index {
            0 => chunk(&mut png, *b"IDAT", &pixels),
            _ => chunk(&mut png, *b"fdAT", &[&next()[..], &pixels].concat()),
        }
    }
    chunk(&mut png, *b"IEND", &[]);
    png
}

pub fn chunk(png: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    png.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
    let mut crc = flate2::Crc::new();
    crc.update(&kind);
    crc.update(data);
    png.extend(kind);
    png.extend(data);
    png.extend(crc.sum().to_be_bytes());
}
