//! Decoders: a prepared picture to the codes in it.
//!
//! | file | what it does |
//! | --- | --- |
//! | [`mod@rxing`] | the main decoder: zxing-cpp's detector, ported to Rust |
//! | [`binarize`], [`closing`] | grey to black and white for it, faster than its own |
//! | [`finder_patterns`], [`finder_triples`] | its search for finder patterns, with limits |
//! | [`tolerant_finder`] | finds blurred or slanted finder patterns; decodes nothing |
//! | [`mod@rqrr`] | another detector, tried last because it may panic or hang |

mod binarize;
mod closing;
mod finder_patterns;
mod finder_triples;
mod rqrr;
mod rxing;
mod tolerant_finder;

use image::GrayImage;

use super::deadline::Deadline;
use super::geometry::Point;
use super::symbol::Content;

/// Something that detects QR codes in a picture, and decodes those that it can.
pub(crate) trait Decoder: Sync {
    /// Its name in the ablation benchmark.
    fn name(&self) -> &'static str;

    /// Looks for codes that are dark on light.
    ///
    /// It may panic: the pipeline catches that. It must stop soon after the deadline.
    fn detect(&self, grey: &GrayImage, deadline: Deadline) -> Detection;
}

/// What a decoder found. Positions are in pixels of the picture that it was given.
#[derive(Default)]
pub(crate) struct Detection {
    /// The codes that it decoded.
    pub(crate) decoded: Vec<Decoded>,
    /// What looks like a code but was not decoded, most plausible first.
    pub(crate) triples: Vec<FinderTriple>,
    /// All finder patterns, those of decoded codes included.
    pub(crate) finders: Vec<FinderPattern>,
    /// Whether it was stopped, or not started, before it had its share of the time.
    pub(crate) is_cut_short: bool,
}

/// A code that was read, with its position.
pub(crate) struct Decoded {
    pub(crate) content: Content,
    /// In the order of [`super::Code::corners`].
    pub(crate) corners: [Point; 4],
}

/// One of the nested squares in three corners of every code.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct FinderPattern {
    pub(crate) centre: Point,
    /// The side of a module, in pixels.
    pub(crate) module_size: f32,
}

/// Three finder patterns that may belong to one code: top left, top right, bottom left.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct FinderTriple(pub(crate) [FinderPattern; 3]);

impl FinderTriple {
    pub(crate) fn centres(&self) -> [Point; 3] {
        self.0.map(|finder| finder.centre)
    }

    /// Where the corner without a finder pattern is, if there is no perspective.
    pub(crate) fn fourth_centre(&self) -> Point {
        let [top_left, top_right, bottom_left] = self.centres();
        [0, 1].map(|axis| top_right[axis] + bottom_left[axis] - top_left[axis])
    }

    /// The side of a module, in pixels: the mean of the three.
    pub(crate) fn module_size(&self) -> f32 {
        self.0.iter().map(|finder| finder.module_size).sum::<f32>() / 3.0
    }
}

/// The main decoder: the best pure Rust one, and fast.
pub(crate) static RXING: rxing::Rxing = rxing::Rxing { close_gaps: false };
/// The same after closing gaps between modules, for round dots and printed codes.
pub(crate) static RXING_CLOSED: rxing::Rxing = rxing::Rxing { close_gaps: true };
/// Finds candidates for soft decoding that are too blurred or slanted for [`RXING`].
pub(crate) static TOLERANT_FINDER: tolerant_finder::TolerantFinder =
    tolerant_finder::TolerantFinder;
/// Tried last: it may panic, or take minutes without its limit.
pub(crate) static RQRR: rqrr::Rqrr = rqrr::Rqrr;
