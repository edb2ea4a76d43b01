//! QR pictures to payloads, and payloads to QR codes. Pure: bytes in, bytes out.
//!
//! Reading, [`read`], takes the bytes of a picture file and gives every payload in it:
//!
//! ```text
//! bytes -> picture (limits, formats, grey planes over white and black)
//!       -> chain   (the steps, in order: a view of a plane, and who looks at it)
//!       -> decode  (the decoders, contained: a panic or a hang means "nothing found")
//!       -> code    (in pixels of the picture, each payload once, in reading order)
//! ```
//!
//! The seams for a better chain are `decode::Decoder` (one more reader), `views` (one more
//! way to prepare a picture, from `filter` and `scale`) and the list in `chain` (what is
//! tried, in which order).
//!
//! Drawing, [`Matrix`], takes text and gives a code for a terminal, a PNG or an SVG.
//!
//! Payloads are secrets: what this module itself holds is wiped on drop, and no error and no
//! `Debug` shows one. The crates below it (`image`, `rxing`, `rqrr`, `qrcode`) keep pixels and
//! text in plain memory while they work; that is out of reach from here.

mod chain;
mod code;
mod decode;
mod draw;
mod error;
mod filter;
mod picture;
mod scale;
mod views;

use std::time::Duration;

use decode::{Failure, within};

pub use code::Code;
pub use decode::containing_panics;
pub use draw::{DEFAULT_SCALE, DrawError, MAX_SCALE, Matrix, QuietZone, TerminalStyle};
pub use error::PictureError;
pub use picture::{MAX_BYTES, MAX_SIDE};

/// Reads every QR code in a picture.
///
/// `bytes` is the content of a PNG, JPEG, WebP, GIF, BMP, TIFF or PNM file; the format is seen
/// from the content, and of an animation the first frame is read. The codes come top to bottom
/// and left to right; a payload that is there twice comes once, and the list is never empty.
///
/// # Errors
///
/// Every variant of [`PictureError`]; [`PictureError::NoCode`] when the picture is fine but
/// nothing is found in it.
pub fn read(bytes: &[u8]) -> Result<Vec<Code>, PictureError> {
    let picture = picture::Picture::decode(bytes)?;
    match within(LIMIT, move || chain::run(&picture, chain::STEPS)) {
        Ok(codes) if !codes.is_empty() => Ok(codes),
        Ok(_) | Err(Failure::Broken) => Err(PictureError::NoCode),
        Err(Failure::Late) => Err(PictureError::GaveUp {
            seconds: LIMIT.as_secs(),
        }),
    }
}

/// The most time for one picture. The slowest honest ones take 3 seconds; but a page full of
/// finder patterns, which is no code, keeps even rxing busy for minutes.
const LIMIT: Duration = Duration::from_secs(20);

#[cfg(test)]
mod tests;
