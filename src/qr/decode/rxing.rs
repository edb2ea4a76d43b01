//! rxing: zxing-cpp's detector and zxing's older one, both ported to Rust.

use std::collections::HashSet;

use ::rxing::common::cpp_essentials::ConcentricPattern;
use ::rxing::common::{BitMatrix, DetectorRXingResult, HybridBinarizer};
use ::rxing::multi::{GenericMultipleBarcodeReader, MultipleBarcodeReader};
use ::rxing::qrcode::QRCodeReader;
use ::rxing::qrcode::cpp_port::detector::{FinderPatternSet, GenerateFinderPatternSets, SampleQR};
use ::rxing::{BarcodeFormat, BinaryBitmap, DecodeHints, Luma8Source, Point, RXingResult};
use image::GrayImage;
use zeroize::Zeroizing;

use super::close::closed;
use super::threshold::black;
use super::triples::{MOST_FINDERS, growth, triples};
use super::{Decoder, Finder, Found, Sight, Trace, contain, finders};
use crate::qr::clock::Deadline;
use crate::qr::symbol::{self, Content, Layout, Modules, Symbol};

/// zxing-cpp's detector.
pub(crate) struct Modern {
    /// Whether gaps of a pixel or two between modules are closed first.
    pub close_gaps: bool,
}

/// The most traces that are kept: the most plausible ones come first.
const MOST_TRACES: usize = 60;

impl Decoder for Modern {
    fn look(&self, grey: &GrayImage, until: Deadline) -> Sight {
        let bits = match black(grey) {
            Some(bits) => Some(bits),
            None => bitmap(grey).map(|bitmap| bitmap.get_black_matrix().clone()),
        };
        let bits = if self.close_gaps {
            bits.and_then(|bits| closed(&bits))
        } else {
            bits
        };
        bits.map(|bits| search(&bits, until)).unwrap_or_default()
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
    let usual = GenerateFinderPatternSets(&mut patterns);
    for set in usual.into_iter().chain(slanted(&patterns)) {
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

/// The sets that rxing leaves out: seen from so near and so far to one side that the pattern
/// at the near end is more than twice as large as the one at the far end.
fn slanted(patterns: &[ConcentricPattern]) -> Vec<FinderPatternSet> {
    let finders: Vec<Finder> = patterns.iter().map(finder).collect();
    if finders.len() > MOST_FINDERS {
        return Vec::new();
    }
    let mut sets = triples(&finders);
    sets.retain(|set| growth(set.map(|index| finders[index])) > 2.0);
    let set = |set: [usize; 3]| {
        let [tl, tr, bl] = set.map(|index| patterns[index]);
        FinderPatternSet { bl, tl, tr }
    };
    sets.into_iter().map(set).collect()
}

fn sample(bits: &BitMatrix, set: &FinderPatternSet) -> Option<Found> {
    let sampled = SampleQR(bits, set).ok()?;
    // Row by row: top left, top right, bottom left, bottom right.
    let &[a, b, d, c] = sampled.getPoints() else {
        return None;
    };
    let symbol = read(sampled.getBits())?;
    Some(Found {
        content: symbol.content,
        margin: Some(symbol.margin),
        corners: [a, b, c, d].map(pair),
    })
}

/// Reads sampled modules, all of which count as sure.
fn read(bits: &BitMatrix) -> Option<Symbol> {
    let layout = Layout::new(usize::try_from(bits.width()).ok()?)?;
    let sides = || 0..bits.width();
    let places = sides().flat_map(|y| sides().map(move |x| (x, y)));
    let value = |(x, y)| if bits.get(x, y) { 1.0 } else { -1.0 };
    symbol::read(&Modules {
        layout: &layout,
        values: places.map(value).collect(),
    })
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use image::Luma;

    use super::super::RXING;
    use super::*;

    #[test]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "pixels of a known picture"
    )]
    fn a_code_is_read_from_so_near_that_one_end_looks_twice_as_large() {
        const NEAR: f32 = 2.3;
        let png = crate::qr::Matrix::new(&"slanted ".repeat(18))
            .unwrap()
            .to_png(1);
        let code = image::load_from_memory(&png.unwrap()).unwrap().into_luma8();
        let size = code.width() as f32;
        let view = GrayImage::from_fn(800, 800, |x, y| {
            let [across, down] = [x, y].map(|pixel| (pixel as f32 + 0.5) / 800.0);
            // The right end is farther away.
            let depth = NEAR - (NEAR - 1.0) * across;
            let [u, v] = [across / depth, 0.5 + (down - 0.5) * NEAR / depth];
            let pixel = code.get_pixel_checked((u * size) as u32, (v * size) as u32);
            pixel.filter(|_| v > 0.0).copied().unwrap_or(Luma([255]))
        });
        let sight = RXING.look(&view, Deadline::after(Duration::MAX));
        assert_eq!(sight.found.len(), 1);
    }
}
