//! The decoders: a grey picture in, payloads out, whatever happens inside.

mod close;
mod contain;
mod finders;
mod fuse;
mod loose;
mod rqrr;
mod rxing;
mod threshold;
mod triples;

use std::time::Duration;

use image::GrayImage;

use super::clock::Deadline;
use super::symbol::Content;

pub(crate) use contain::contain;
pub use contain::containing_panics;
pub(crate) use fuse::{Failure, Fused, within};

/// Something that finds and reads QR codes.
pub(crate) trait Decoder: Sync {
    /// Reads all codes, dark on light, that it can find.
    ///
    /// It may panic: the chain calls it through [`contain()`]. It must begin nothing after the
    /// deadline and come to an end soon then, or be wrapped in a [`Fused`].
    fn look(&self, grey: &GrayImage, until: Deadline) -> Sight;
}

/// What a decoder saw.
#[derive(Default)]
pub(crate) struct Sight {
    /// What it read.
    pub found: Vec<Found>,
    /// What looked like a code and was not read, the most plausible ones first.
    pub traces: Vec<Trace>,
    /// All finder patterns, those of the codes that were read included.
    pub finders: Vec<Finder>,
}

/// A code as a decoder found it. Places are in pixels of what the decoder saw.
pub(crate) struct Found {
    pub content: Content,
    /// How much of the error correction was left over, 0 to 1; none when the decoder does not
    /// tell.
    pub margin: Option<f32>,
    /// In the order of [`super::Code::corners`].
    pub corners: [[f32; 2]; 4],
}

/// A finder pattern: the square in a square in three corners of every code.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Finder {
    /// Its middle.
    pub centre: [f32; 2],
    /// The size of a module, in pixels.
    pub module: f32,
}

/// Three finder patterns that may belong to one code.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Trace {
    pub top_left: Finder,
    pub top_right: Finder,
    pub bottom_left: Finder,
}

impl Trace {
    pub(crate) fn finders(&self) -> [Finder; 3] {
        [self.top_left, self.top_right, self.bottom_left]
    }

    /// The size of a module, in pixels: the mean of the three.
    pub(crate) fn module(&self) -> f32 {
        self.finders()
            .iter()
            .map(|finder| finder.module)
            .sum::<f32>()
            / 3.0
    }
}

/// zxing-cpp's detector, ported: the best there is, and fast.
pub(crate) static RXING: rxing::Modern = rxing::Modern { close_gaps: false };
/// The same after closing gaps between modules: for round dots and printed codes.
pub(crate) static CLOSED: rxing::Modern = rxing::Modern { close_gaps: true };
/// Reads nothing, but sees finder patterns that are blurred or slanted.
pub(crate) static LOOSE: loose::Loose = loose::Loose;
/// zxing's older detector: finds some warped and small codes that the newer one does not.
pub(crate) static CLASSIC: Fused<rxing::Classic> =
    Fused::new(rxing::Classic, Duration::from_millis(500));
/// A different detector altogether, which may panic and may take minutes on a large page.
pub(crate) static RQRR: Fused<rqrr::Rqrr> = Fused::new(rqrr::Rqrr, Duration::from_millis(500));
