//! rxing's port of zxing-cpp's detector, with our own binarizer, search limits and error
//! correction around it.

use ::rxing::common::cpp_essentials::ConcentricPattern;
use ::rxing::common::{BitMatrix, DetectorRXingResult, HybridBinarizer};
use ::rxing::qrcode::cpp_port::detector::{FinderPatternSet, GenerateFinderPatternSets, SampleQR};
use ::rxing::{Binarizer, Luma8Source};
use image::GrayImage;

use super::binarize::binarize;
use super::closing::close;
use super::finder_triples::{MAX_FINDERS, rank_triples, size_ratio};
use super::{Decoded, Decoder, Detection, FinderPattern, FinderTriple, finder_patterns};
use crate::qr::read::catch_panics::catch_panics;
use crate::qr::read::deadline::Deadline;
use crate::qr::read::symbol::{self, Content, Layout, SoftModules};

/// Detects with zxing-cpp's algorithm, ported to Rust.
pub(crate) struct Rxing {
    /// Whether gaps of one or two pixels between modules are closed first.
    pub(crate) close_gaps: bool,
}

/// The most triples that are kept; the most plausible ones come first.
const MAX_TRIPLES: usize = 60;
/// rxing leaves out triples in which one finder pattern is larger than another by this factor.
const MAX_SIZE_RATIO: f32 = 2.0;

impl Decoder for Rxing {
    fn name(&self) -> &'static str {
        if self.close_gaps {
            "gap closing"
        } else {
            "rxing"
        }
    }

    fn detect(&self, grey: &GrayImage, deadline: Deadline) -> Detection {
        let bits = binarize(grey).or_else(|| binarize_small(grey));
        let bits = if self.close_gaps {
            bits.and_then(|bits| close(&bits))
        } else {
            bits
        };
        bits.map(|bits| detect(&bits, deadline)).unwrap_or_default()
    }
}

/// rxing's own binarizer, for pictures below the size that ours needs.
fn binarize_small(grey: &GrayImage) -> Option<BitMatrix> {
    let source = Luma8Source::new_with_slice(grey.as_raw(), grey.width(), grey.height());
    let binarizer = HybridBinarizer::new(source.ok()?);
    binarizer.get_black_matrix().ok().cloned()
}

/// Decodes every plausible triple, using each finder pattern for one code only.
fn detect(bits: &BitMatrix, deadline: Deadline) -> Detection {
    let mut patterns = finder_patterns::find(bits, deadline);
    let mut detection = Detection {
        finders: patterns.iter().map(finder).collect(),
        ..Detection::default()
    };
    let mut used: Vec<ConcentricPattern> = Vec::new();
    let usual = GenerateFinderPatternSets(&mut patterns);
    for set in usual.into_iter().chain(slanted_sets(&patterns)) {
        let members = [set.tl, set.tr, set.bl];
        if members.iter().any(|member| used.contains(member)) {
            continue;
        }
        if deadline.has_passed() {
            break;
        }
        // rxing asserts in places. One bad triple must not cost the rest of the picture.
        if let Some(decoded) = catch_panics(|| sample(bits, &set)).flatten() {
            used.extend(members);
            detection.decoded.push(decoded);
        } else if detection.triples.len() < MAX_TRIPLES {
            detection
                .triples
                .push(FinderTriple(members.map(|member| finder(&member))));
        }
    }
    detection
}

/// The triples that rxing skips: seen at such an angle, from so near, that the nearest finder
/// pattern is more than [`MAX_SIZE_RATIO`] times as large as the farthest.
fn slanted_sets(patterns: &[ConcentricPattern]) -> Vec<FinderPatternSet> {
    let finders: Vec<FinderPattern> = patterns.iter().map(finder).collect();
    if finders.len() > MAX_FINDERS {
        return Vec::new();
    }
    let mut triples = rank_triples(&finders);
    triples.retain(|triple| size_ratio(triple.map(|index| finders[index])) > MAX_SIZE_RATIO);
    let set = |triple: [usize; 3]| {
        let [tl, tr, bl] = triple.map(|index| patterns[index]);
        FinderPatternSet { bl, tl, tr }
    };
    triples.into_iter().map(set).collect()
}

fn sample(bits: &BitMatrix, set: &FinderPatternSet) -> Option<Decoded> {
    let sampled = SampleQR(bits, set).ok()?;
    // Row by row: top left, top right, bottom left, bottom right.
    let &[a, b, d, c] = sampled.getPoints() else {
        return None;
    };
    Some(Decoded {
        content: decode(sampled.getBits())?,
        corners: [a, b, c, d].map(|corner| [corner.x, corner.y]),
    })
}

/// Decodes modules that are certainly dark or light.
fn decode(bits: &BitMatrix) -> Option<Content> {
    let layout = Layout::new(usize::try_from(bits.width()).ok()?)?;
    let places = (0..bits.width()).flat_map(|y| (0..bits.width()).map(move |x| (x, y)));
    let value = |(x, y)| if bits.get(x, y) { 1.0 } else { -1.0 };
    symbol::decode(&SoftModules {
        layout: &layout,
        values: places.map(value).collect(),
    })
}

fn finder(pattern: &ConcentricPattern) -> FinderPattern {
    #[expect(
        clippy::cast_precision_loss,
        reason = "coordinates in pixels are small"
    )]
    let module_size = pattern.size as f32 / 7.0;
    FinderPattern {
        centre: [pattern.p.x, pattern.p.y],
        module_size,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use image::Luma;

    use super::*;
    use crate::qr::read::decode::RXING;

    #[test]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "the pixel is inside the picture"
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
        let detection = RXING.detect(&view, Deadline::after(Duration::MAX));
        assert_eq!(detection.decoded.len(), 1);
    }
}
