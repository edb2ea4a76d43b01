//! The decoders: a grey picture in, payloads out, whatever happens inside.

mod contain;
mod deadline;
mod rqrr;
mod rxing;

use std::time::Duration;

use image::GrayImage;
use zeroize::Zeroizing;

pub(crate) use contain::contain;
pub use contain::containing_panics;
pub(crate) use deadline::{Deadline, Failure, within};

/// Something that finds and reads QR codes.
pub(crate) trait Decoder: Sync {
    /// Reads all codes, dark on light, that it can find; none found is an empty list.
    ///
    /// It may panic: the chain calls it through [`contain()`]. It must come to an end in a time
    /// that the size of the picture bounds, or be wrapped in a [`Deadline`].
    fn decode(&self, grey: &GrayImage) -> Vec<Found>;
}

/// A code as a decoder found it.
pub(crate) struct Found {
    /// The text in it.
    pub payload: Zeroizing<String>,
    /// Its corners in pixels of what the decoder saw, in the order of [`super::Code::corners`].
    pub corners: [[f32; 2]; 4],
}

/// zxing-cpp's detector, ported: the best there is, and fast.
pub(crate) static RXING: rxing::Modern = rxing::Modern { close_gaps: false };
/// The same after closing gaps between modules: for round dots and printed codes.
pub(crate) static CLOSED: rxing::Modern = rxing::Modern { close_gaps: true };
/// zxing's older detector: finds some warped and small codes that the newer one does not.
pub(crate) static CLASSIC: rxing::Classic = rxing::Classic;
/// A different detector altogether, which may panic and may take minutes on a large page.
pub(crate) static RQRR: Deadline<rqrr::Rqrr> = Deadline::new(rqrr::Rqrr, Duration::from_secs(2));
