//! QR pictures to payloads, and payloads to QR codes. Pure but for a clock: bytes in, bytes out.
//!
//! Reading, [`read`], takes the bytes of a picture file and gives every payload in it:
//!
//! ```text
//! bytes -> picture  (limits, formats, frames; grey planes over white and black, upright)
//!       -> chain    (runs the `steps`: a view of a plane, and who looks at it)
//!       -> decode   (the decoders, contained: a panic or a hang means "nothing found")
//!       -> rescue   (a second look at finder patterns that no decoder could make sense of)
//!       -> symbol   (modules to codewords to text, with doubt taken into account)
//!       -> code     (in pixels of the picture, each payload once, in reading order)
//!       -> diagnose (what was seen, when nothing could be read)
//! ```
//!
//! The seams for a better chain are `decode::Decoder` (one more reader), `views` (one more
//! way to prepare a picture, from `filter`, `scale` and `turn`) and the list in `steps` (what is
//! tried, in which order). `tiles` says where on a large page the views are worth it.
//!
//! Drawing, [`Matrix`], takes text and gives a code for a terminal, a PNG or an SVG.
//!
//! Payloads are secrets: what this module itself holds is wiped on drop, and no error and no
//! `Debug` shows one. The crates below it (`image`, `rxing`, `rqrr`, `qrcode`) keep pixels and
//! text in plain memory while they work; that is out of reach from here.

mod chain;
mod clock;
mod code;
mod decode;
mod diagnose;
mod draw;
mod error;
mod filter;
mod kind;
mod limits;
mod parts;
mod picture;
mod place;
mod rescue;
mod scale;
mod steps;
mod symbol;
mod tiles;
mod turn;
mod views;

use std::time::Duration;

use chain::{Outcome, Step};
use clock::Deadline;
use decode::{Failure, within};
use picture::Picture;

pub use code::Code;
pub use decode::containing_panics;
pub use draw::{DEFAULT_SCALE, DrawError, MAX_SCALE, Matrix, QuietZone, TerminalStyle};
pub use error::PictureError;
pub use kind::kind;
pub use limits::{MAX_BYTES, MAX_SIDE};
pub use symbol::Part;

/// The most time that [`read`] looks at one picture, from the first byte on. What is left to
/// find after that was not worth the wait in any of the pictures that were measured.
///
/// It is time on the processor, where the system tells it: a busy machine reads the same pictures,
/// but takes up to three times as long by the clock.
pub const LIMIT: Duration = Duration::from_millis(1500);

/// Whether bytes are a picture of a format that is read, by how they begin.
#[must_use]
pub fn is_picture(bytes: &[u8]) -> bool {
    picture::is_picture(bytes)
}

/// Reads every QR code in a picture.
///
/// `bytes` is the content of a PNG, JPEG, WebP, GIF, BMP, TIFF, PNM or ICO file; the format is seen
/// from the content. Of an animation, the frames are looked at until one has a code. The codes
/// come top to bottom and left to right; a payload that is there twice comes once, and the list
/// is never empty. It takes about [`LIMIT`] at most.
///
/// # Errors
///
/// Every variant of [`PictureError`]: what is wrong with the file, or what was seen in a
/// picture that gave no code.
pub fn read(bytes: &[u8]) -> Result<Vec<Code>, PictureError> {
    read_within(bytes, LIMIT)
}

/// Reads every QR code in a picture as [`read`] does, with a time limit of the caller's.
///
/// The limit is checked between steps, of which the longest takes some tenths of a second on
/// the largest pictures. Decoding the file is not interrupted; its size limits it.
///
/// # Errors
///
/// As [`read`].
pub fn read_within(bytes: &[u8], limit: Duration) -> Result<Vec<Code>, PictureError> {
    let until = Deadline::after(limit);
    let first = Picture::decode(bytes)?;
    let why = match look(first, steps::ALL, until) {
        Ok(codes) => return Ok(codes),
        Err(why) => why,
    };
    for frame in picture::later(bytes) {
        if until.over() {
            break;
        }
        if let Ok(codes) = look(frame, steps::FRAME, until) {
            return Ok(codes);
        }
    }
    Err(why)
}

/// Runs the steps on a thread of its own, which is left behind should a step not come to an end.
fn look(
    picture: Picture,
    steps: &'static [Step],
    until: Deadline,
) -> Result<Vec<Code>, PictureError> {
    let limit = until.longest().saturating_add(GRACE);
    let run = move || {
        let outcome = chain::run(&picture, steps, until);
        answer(&picture, outcome)
    };
    within(limit, run).unwrap_or_else(|failure| {
        Err(match failure {
            Failure::Broken => PictureError::NoCode,
            Failure::Late => PictureError::GaveUp {
                seconds: limit.as_secs(),
            },
        })
    })
}

fn answer(picture: &Picture, outcome: Outcome) -> Result<Vec<Code>, PictureError> {
    if outcome.codes.is_empty() {
        return Err(diagnose::explain(&picture.white, &outcome));
    }
    Ok(outcome.codes)
}

/// How much longer than the limit a last step may take.
const GRACE: Duration = Duration::from_secs(3);

#[cfg(test)]
mod tests;
