//! Reading: the bytes of a picture file to payloads.
//!
//! ```text
//! bytes -> picture      file formats, limits, frames -> grey planes
//!       -> pipeline     runs a plan from attempts until something is found:
//!            -> preprocess   a plane -> a view that is easier to decode
//!            -> decode       a view -> codes, or triples of finder patterns
//!            -> soft_decode  such a triple, in the plane -> a code
//!            -> symbol       the modules of a code -> its text (used by both)
//!       -> code         reading order, each payload once; structured_append joins series
//!       -> diagnosis    or the reason why nothing was found
//! ```
//!
//! To try one more thing, add a way to [`preprocess`] or a [`decode::Decoder`], and a line to
//! [`attempts`]. `cargo bench --bench qr -- ablation` then says what it is worth.
//!
//! Decoders are other people's code on hostile input: [`catch_panics`] and [`time_limit`] turn
//! panics and hangs into "nothing found", and a [`deadline`] bounds the whole.

mod attempts;
mod catch_panics;
mod code;
mod deadline;
mod decode;
mod diagnosis;
mod error;
mod geometry;
mod limits;
mod picture;
mod pipeline;
mod preprocess;
mod soft_decode;
mod stages;
mod structured_append;
mod symbol;
mod time_limit;

use std::time::Duration;

use attempts::Plan;
use deadline::Deadline;
use picture::Picture;
use pipeline::Outcome;
use stages::Stages;
use time_limit::{Aborted, run_with_timeout};

pub use catch_panics::is_catching_panics;
pub use code::Code;
pub use error::PictureError;
pub use limits::{MAX_BYTES, MAX_SIDE};
pub(crate) use picture::is_picture;
pub use symbol::Part;

/// The time limit of [`read`]. In the measured pictures, no code found later was worth the wait.
///
/// It counts time on a processor where the system can tell. A busy machine reads the same
/// pictures, but takes up to three times as long by the wall clock.
pub const LIMIT: Duration = Duration::from_millis(1500);

/// How much longer than the limit the last attempt may take.
const GRACE: Duration = Duration::from_secs(3);

/// Reads every QR code in a picture.
///
/// `bytes` is the content of a PNG, JPEG, WebP, GIF, BMP, TIFF, PNM or ICO file; the format is
/// recognised by content. The frames of an animation are searched until one has a code. Codes come
/// top to bottom and left to right, each payload once, and the list is never empty. It takes at
/// most about [`LIMIT`].
///
/// # Errors
///
/// Every variant of [`PictureError`]: what is wrong with the file, or why no code was read.
pub fn read(bytes: &[u8]) -> Result<Vec<Code>, PictureError> {
    read_within(bytes, LIMIT)
}

/// Reads every QR code in a picture like [`read`], with another time limit.
///
/// The limit is checked between attempts, the longest of which takes some tenths of a second on
/// the largest pictures. Decoding the file itself is not interrupted; its size limits it.
///
/// # Errors
///
/// The variants of [`PictureError`], as for [`read`]. Within a shorter limit, more codes are missed.
pub fn read_within(bytes: &[u8], limit: Duration) -> Result<Vec<Code>, PictureError> {
    read_with(bytes, Stages::default(), limit)
}

fn read_with(bytes: &[u8], stages: Stages, limit: Duration) -> Result<Vec<Code>, PictureError> {
    let deadline = Deadline::after(limit);
    let first = Picture::decode(bytes)?;
    let error = match search(first, &attempts::PICTURE, stages, deadline) {
        Ok(codes) => return Ok(codes),
        Err(error) => error,
    };
    for frame in picture::later_frames(bytes) {
        if deadline.has_passed() {
            break;
        }
        if let Ok(codes) = search(frame, &attempts::FRAME, stages, deadline) {
            return Ok(codes);
        }
    }
    Err(error)
}

/// Runs a plan on its own thread, which is abandoned if an attempt never ends.
fn search(
    picture: Picture,
    plan: &'static Plan,
    stages: Stages,
    deadline: Deadline,
) -> Result<Vec<Code>, PictureError> {
    let limit = deadline.max_wait().saturating_add(GRACE);
    let run = move || {
        let outcome = pipeline::run(&picture, plan, stages, deadline);
        codes_or_reason(&picture, outcome)
    };
    run_with_timeout(limit, run).unwrap_or_else(|aborted| {
        Err(match aborted {
            Aborted::Panicked => PictureError::NoCode,
            Aborted::TimedOut => PictureError::GaveUp {
                seconds: limit.as_secs(),
            },
        })
    })
}

fn codes_or_reason(picture: &Picture, outcome: Outcome) -> Result<Vec<Code>, PictureError> {
    if outcome.codes.is_empty() {
        return Err(diagnosis::explain(&picture.white, &outcome));
    }
    Ok(outcome.codes)
}

/// What each stage of the pipeline is worth; for the benchmark only.
#[doc(hidden)]
pub mod ablation {
    use super::{Code, Duration, PictureError, Stages, stages};

    /// The names of all stages that can be left out.
    #[must_use]
    pub fn optional_stages() -> Vec<&'static str> {
        stages::optional_stages()
    }

    /// Runs [`read_within`](super::read_within) with one stage left out.
    ///
    /// # Errors
    ///
    /// The variants of [`PictureError`], as for [`read`](super::read).
    pub fn read_without(
        stage: &'static str,
        bytes: &[u8],
        limit: Duration,
    ) -> Result<Vec<Code>, PictureError> {
        super::read_with(bytes, Stages::without(stage), limit)
    }
}
