//! rxing: zxing-cpp's detector and zxing's older one, both ported to Rust.

use std::collections::HashSet;

use ::rxing::common::HybridBinarizer;
use ::rxing::multi::{GenericMultipleBarcodeReader, MultipleBarcodeReader};
use ::rxing::qrcode::QRCodeReader;
use ::rxing::qrcode::cpp_port::QrReader;
use ::rxing::{BarcodeFormat, BinaryBitmap, DecodeHints, Luma8Source, Point, RXingResult};
use image::GrayImage;
use zeroize::Zeroizing;

use super::{Decoder, Found};

/// zxing-cpp's detector.
pub(crate) struct Modern {
    /// Whether gaps of a pixel or two between modules are closed first.
    pub close_gaps: bool,
}

impl Decoder for Modern {
    fn decode(&self, grey: &GrayImage) -> Vec<Found> {
        let Some(mut bitmap) = bitmap(grey) else {
            return Vec::new();
        };
        if self.close_gaps && bitmap.close().is_err() {
            return Vec::new();
        }
        let read = QrReader.decode_multiple_with_hints(&mut bitmap, &hints());
        let read = read.unwrap_or_default();
        read.iter().filter_map(modern).collect()
    }
}

/// The older detector, applied again to what is left, above, right and below of a find.
pub(crate) struct Classic;

impl Decoder for Classic {
    fn decode(&self, grey: &GrayImage) -> Vec<Found> {
        let Some(mut bitmap) = bitmap(grey) else {
            return Vec::new();
        };
        let mut reader = GenericMultipleBarcodeReader::new(QRCodeReader);
        let read = reader.decode_multiple_with_hints(&mut bitmap, &hints());
        let read = read.unwrap_or_default();
        read.iter().filter_map(classic).collect()
    }
}

/// The picture with rxing's local thresholds; none if it has no pixels.
fn bitmap(grey: &GrayImage) -> Option<BinaryBitmap<HybridBinarizer<Luma8Source<'_>>>> {
    let source = Luma8Source::new_with_slice(grey.as_raw(), grey.width(), grey.height());
    Some(BinaryBitmap::new(HybridBinarizer::new(source.ok()?)))
}

/// Try hard, and only for QR codes: micro codes are mostly false finds, and hold no account.
fn hints() -> DecodeHints {
    DecodeHints {
        PossibleFormats: Some(HashSet::from([BarcodeFormat::QR_CODE])),
        TryHarder: Some(true),
        ..DecodeHints::default()
    }
}

/// A find of the newer detector: its bytes are the content, its points the four corners.
///
/// Bytes that are UTF-8 are taken for it, whatever rxing's guess was; authenticators write
/// nothing else. Other text is left to rxing, which knows ECI and the usual character sets.
fn modern(read: &RXingResult) -> Option<Found> {
    let text = str::from_utf8(read.getRawBytes()).unwrap_or(read.getText());
    // Row by row: top left, top right, bottom left, bottom right.
    let &[a, b, d, c] = read.getPoints() else {
        return None;
    };
    let payload = Zeroizing::new(text.to_owned());
    let corners = [a, b, c, d].map(pair);
    Some(Found { payload, corners })
}

/// A find of the older one: its points are the centres of the finder patterns at the bottom
/// left, top left and top right, and maybe one more; the fourth corner follows from them.
fn classic(read: &RXingResult) -> Option<Found> {
    let &[left, top, right, ..] = read.getPoints() else {
        return None;
    };
    let last = [left.x + right.x - top.x, left.y + right.y - top.y];
    let corners = [pair(top), pair(right), last, pair(left)];
    let payload = Zeroizing::new(read.getText().to_owned());
    Some(Found { payload, corners })
}

fn pair(point: Point) -> [f32; 2] {
    [point.x, point.y]
}
