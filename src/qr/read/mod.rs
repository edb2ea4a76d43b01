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
mod drawing;
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
use time_limit::{Aborted, run_until};

pub use catch_panics::is_catching_panics;
pub use code::Code;
pub use error::PictureError;
pub use limits::{MAX_BYTES, MAX_SIDE};
pub(crate) use picture::{is_foreign, is_picture};
pub use symbol::Part;

/// The time limit of [`read`]. In the measured pictures, no code found later was worth the wait.
///
/// It counts time on a processor where the system can tell. A busy machine reads the same
/// pictures, but may take forty times as long by the wall clock.
pub const LIMIT: Duration = Duration::from_millis(1500);

/// How much longer than the limit the last attempt may take.
const GRACE: Duration = Duration::from_secs(3);

/// What was read from a picture.
#[derive(Debug)]
pub struct Reading {
    /// Its codes, at least one.
    pub codes: Vec<Code>,
    /// What was not looked for because the time ran out, although the picture may have more codes.
    pub untried: Vec<&'static str>,
}

impl Reading {
    /// Says that there may be more codes, if the time ran out.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        let untried = self.untried.join(", ");
        (!untried.is_empty()).then(|| {
            format!("the picture may have more QR codes: the time ran out before everything was tried; not looked for: {untried}")
        })
    }
}

/// Reads every QR code in a picture.
///
/// `bytes` is the content of a PNG, JPEG, WebP, GIF, BMP, TIFF, PNM, ICO or SVG file; the format
/// is recognised by content. The frames of an animation are searched until one has a code. Codes come
/// top to bottom and left to right, each payload once, and the list is never empty. The search takes
/// at most about [`LIMIT`]; [`look`] also says whether that was too little.
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
    look_with(bytes, Stages::default(), limit).map(|reading| reading.codes)
}

/// Reads every QR code in a picture like [`read`], and says what the time did not suffice for.
///
/// # Errors
///
/// The variants of [`PictureError`], as for [`read`].
pub fn look(bytes: &[u8]) -> Result<Reading, PictureError> {
    look_with(bytes, Stages::default(), LIMIT)
}

fn look_with(bytes: &[u8], stages: Stages, limit: Duration) -> Result<Reading, PictureError> {
    picture::check_length(bytes)?;
    if picture::is_svg(bytes) {
        return drawing::look(bytes, stages, limit);
    }
    let first = Picture::decode(bytes)?;
    // Decoding is limited by the size, so the largest picture has as much time as any.
    let deadline = Deadline::after(limit);
    let mut error = match search(first, &attempts::PICTURE, stages, deadline) {
        Ok(reading) => return Ok(reading),
        Err(error) => error,
    };
    for frame in picture::later_frames(bytes) {
        if deadline.has_passed() {
            return Err(frames_untried(error));
        }
        match search(frame, &attempts::FRAME, stages, deadline) {
            Ok(reading) => return Ok(reading),
            Err(PictureError::NotInTime { .. }) => error = frames_untried(error),
            Err(_) => {}
        }
    }
    Err(error)
}

/// The error of an animation of which not all frames were searched.
fn frames_untried(error: PictureError) -> PictureError {
    let frames = "the later pictures of the animation";
    let (seen, mut untried) = match error {
        PictureError::NotInTime { seen, untried } => (seen, untried),
        error => (error.has_seen_a_code(), Vec::new()),
    };
    if !untried.contains(&frames) {
        untried.push(frames);
    }
    PictureError::NotInTime { seen, untried }
}

/// Runs a plan on its own thread, which is abandoned if an attempt never ends.
fn search(
    picture: Picture,
    plan: &'static Plan,
    stages: Stages,
    deadline: Deadline,
) -> Result<Reading, PictureError> {
    let run = move || {
        let outcome = pipeline::run(&picture, plan, stages, deadline);
        codes_or_reason(&picture, outcome)
    };
    run_until(deadline.extended(GRACE), run).unwrap_or_else(|aborted| {
        Err(match aborted {
            Aborted::Panicked => PictureError::Failed,
            Aborted::TimedOut => PictureError::GaveUp {
                seconds: deadline.elapsed().as_secs(),
            },
        })
    })
}

fn codes_or_reason(picture: &Picture, outcome: Outcome) -> Result<Reading, PictureError> {
    if !outcome.codes.is_empty() {
        return Ok(Reading {
            codes: outcome.codes,
            untried: outcome.untried,
        });
    }
    if outcome.untried.is_empty() {
        return Err(diagnosis::explain(&picture.white, &outcome));
    }
    Err(PictureError::NotInTime {
        seen: diagnosis::has_seen_a_code(&outcome),
        untried: outcome.untried,
    })
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
        super::look_with(bytes, Stages::without(stage), limit).map(|reading| reading.codes)
    }
}
