//! Reads an SVG: draws it, and searches that. It has no pixels of its own, so it is drawn in several
//! sizes until a code is read.

use std::sync::Arc;
use std::time::Duration;

use super::deadline::Deadline;
use super::picture::Drawing;
use super::stages::Stages;
use super::time_limit::{Aborted, run_until};
use super::{PictureError, Reading, attempts, search};

/// The longer sides of the drawings, in pixels. Round dots are read when small, and a small code on a
/// page when large.
const SIDES: [u32; 4] = [600, 1600, 300, 4096];
/// The most time for parsing and for each drawing.
const LIMIT: Duration = Duration::from_secs(4);

/// Reads every QR code in an SVG; each drawing has the whole `limit`. Corners are in its units.
pub(super) fn look(bytes: &[u8], stages: Stages, limit: Duration) -> Result<Reading, PictureError> {
    let copy = bytes.to_vec();
    let drawing = Arc::new(in_time(move || Drawing::parse(&copy))?);
    let mut errors = Vec::new();
    for side in SIDES {
        let own = Arc::clone(&drawing);
        let (picture, scale) = match in_time(move || own.draw(side)) {
            Ok(drawn) => drawn,
            Err(error) => {
                errors.push(error);
                break;
            }
        };
        match search(picture, &attempts::PICTURE, stages, Deadline::after(limit)) {
            Ok(mut reading) => {
                let codes = reading.codes.into_iter();
                reading.codes = codes.map(|code| code.divided_by(scale)).collect();
                return Ok(reading);
            }
            Err(error) => errors.push(error),
        }
        if !drawing.may_show_a_code() {
            break;
        }
    }
    Err(worst(errors))
}

/// The error to show: that not everything was tried, else that a code was seen, else the first.
fn worst(errors: Vec<PictureError>) -> PictureError {
    let rank = |error: &PictureError| match error {
        PictureError::NoCode | PictureError::OutOfFocus => 2,
        error if error.has_seen_a_code() => 1,
        _ => 0,
    };
    let first = errors.into_iter().min_by_key(rank);
    first.unwrap_or(PictureError::NoCode)
}

/// Runs work on a file that may be made to take for ever.
fn in_time<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, PictureError> + Send + 'static,
) -> Result<T, PictureError> {
    let deadline = Deadline::after(LIMIT);
    run_until(deadline, work).unwrap_or_else(|aborted| {
        Err(match aborted {
            Aborted::Panicked => PictureError::Damaged {
                format: "SVG",
                reason: "its content is not valid",
            },
            Aborted::TimedOut => PictureError::GaveUp {
                seconds: deadline.elapsed().as_secs(),
            },
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_tried_is_said_before_what_was() {
        let late = PictureError::NotInTime {
            seen: false,
            untried: vec!["tiny codes"],
        };
        for (errors, wanted) in [
            (vec![PictureError::NoCode, late.clone()], late),
            (
                vec![PictureError::NoCode, PictureError::CutOff],
                PictureError::CutOff,
            ),
            (vec![PictureError::NoCode], PictureError::NoCode),
        ] {
            assert_eq!(worst(errors), wanted);
        }
    }
}
