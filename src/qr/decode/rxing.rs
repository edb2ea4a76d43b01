//! rxing: zxing-cpp's detector and zxing's older one, both ported to Rust.

use std::collections::HashSet;

use ::rxing::common::cpp_essentials::ConcentricPattern;
use ::rxing::common::{BitMatrix, DetectorRXingResult, HybridBinarizer};
use ::rxing::multi::{GenericMultipleBarcodeReader, MultipleBarcodeReader};
use ::rxing::qrcode::QRCodeReader;
use ::rxing::qrcode::cpp_port::decoder::Decode;
use ::rxing::qrcode::cpp_port::detector::{FinderPatternSet, GenerateFinderPatternSets, SampleQR};
use ::rxing::{BarcodeFormat, BinaryBitmap, DecodeHints, Luma8Source, Point, RXingResult};
use image::GrayImage;
use zeroize::Zeroizing;

use super::{Decoder, Finder, Found, Sight, Trace, contain, finders};
use crate::qr::clock::Deadline;
use crate::qr::symbol::{self, Content, Layout, Modules};

/// zxing-cpp's detector.
pub(crate) struct Modern {
    /// Whether gaps of a pixel or two between modules are closed first.
    pub close_gaps: bool,
}

/// The most traces that are kept: the most plausible ones come first.
const MOST_TRACES: usize = 60;

impl Decoder for Modern {
    fn look(&self, grey: &GrayImage, until: Deadline) -> Sight {
        let Some(mut bitmap) = bitmap(grey) else {
            return Sight::default();
        };
        if self.close_gaps && bitmap.close().is_err() {
            return Sight::default();
        }
        search(bitmap.get_black_matrix(), until)
    }
}

/// Reads every plausible set of finder patterns, each pattern for one code only.
fn search(bits: &BitMatrix, until: Deadline) -> Sight {
    let mut patterns = finders::find(bits, until);
    let mut sight = Sight {
        finders: patterns.iter().map(finder).collect(),
        ..Sight::default()
    };
    let mut used: Vec<ConcentricPattern> = Vec::new();
    for set in GenerateFinderPatternSets(&mut patterns) {
        let members = [set.tl, set.tr, set.bl];
        if members.iter().any(|member| used.contains(member)) {
            continue;
        }
        if until.over() {
            break;
        }
        // It asserts in places; what is left of the picture is worth more than one set.
        if let Some(found) = contain(|| sample(bits, &set)).flatten() {
            used.extend(members);
            sight.found.push(found);
        } else if sight.traces.len() < MOST_TRACES {
            sight.traces.push(trace(&set));
        }
    }
    sight
}

fn sample(bits: &BitMatrix, set: &FinderPatternSet) -> Option<Found> {
    let sampled = SampleQR(bits, set).ok()?;
    let decoded = Decode(sampled.getBits()).ok()?;
    // Row by row: top left, top right, bottom left, bottom right.
    let &[a, b, d, c] = sampled.getPoints() else {
        return None;
    };
    Some(Found {
        content: Content::of(&decoded)?,
        margin: margin(sampled.getBits()),
        corners: [a, b, c, d].map(pair),
    })
}

/// How much of the error correction is left over, which rxing does not tell.
fn margin(bits: &BitMatrix) -> Option<f32> {
    let layout = Layout::new(usize::try_from(bits.width()).ok()?)?;
    let sides = || 0..bits.width();
    let places = sides().flat_map(|y| sides().map(move |x| (x, y)));
    let value = |(x, y)| if bits.get(x, y) { 1.0 } else { -1.0 };
    let modules = Modules {
        layout: &layout,
        values: places.map(value).collect(),
    };
    symbol::read(&modules).map(|symbol| symbol.margin)
}

fn trace(set: &FinderPatternSet) -> Trace {
    Trace {
        top_left: finder(&set.tl),
        top_right: finder(&set.tr),
        bottom_left: finder(&set.bl),
    }
}

fn finder(pattern: &ConcentricPattern) -> Finder {
    #[expect(clippy::cast_precision_loss, reason = "pixels")]
    let module = pattern.size as f32 / 7.0;
    Finder {
        centre: pair(pattern.p),
        module,
    }
}

/// The older detector, applied again to what is left, above, right and below of a find.
#[derive(Clone)]
pub(crate) struct Classic;

impl Decoder for Classic {
    fn look(&self, grey: &GrayImage, _: Deadline) -> Sight {
        let Some(mut bitmap) = bitmap(grey) else {
            return Sight::default();
        };
        let mut reader = GenericMultipleBarcodeReader::new(QRCodeReader);
        let read = reader.decode_multiple_with_hints(&mut bitmap, &hints());
        let read = read.unwrap_or_default();
        Sight {
            found: read.iter().filter_map(classic).collect(),
            ..Sight::default()
        }
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

/// A find of the older one: its points are the centres of the finder patterns at the bottom
/// left, top left and top right, and maybe one more; the fourth corner follows from them.
fn classic(read: &RXingResult) -> Option<Found> {
    let &[left, top, right, ..] = read.getPoints() else {
        return None;
    };
    let last = [left.x + right.x - top.x, left.y + right.y - top.y];
    let payload = Zeroizing::new(read.getText().to_owned());
    Some(Found {
        content: Content {
            payload,
            part: None,
        },
        margin: None,
        corners: [pair(top), pair(right), last, pair(left)],
    })
}

fn pair(point: Point) -> [f32; 2] {
    [point.x, point.y]
}
