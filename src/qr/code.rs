//! A code that was read, and how a list of them is put in order.

use std::collections::HashSet;
use std::fmt;

use zeroize::Zeroizing;

use super::decode::Found;
use super::symbol::Part;

/// One QR code of a picture.
pub struct Code {
    payload: Zeroizing<String>,
    part: Option<Part>,
    confidence: Option<f32>,
    /// Where it is: x and y in pixels of the picture as it is shown (an EXIF rotation is
    /// applied), of the code's own top-left, top-right, bottom-right and bottom-left corner.
    /// Good to a module or so; some decoders give the centres of the finder patterns.
    pub corners: [[f32; 2]; 4],
}

impl Code {
    /// A find at this place in the picture.
    pub(crate) fn new(found: Found, corners: [[f32; 2]; 4]) -> Self {
        Self {
            payload: found.content.payload,
            part: found.content.part,
            confidence: found.margin,
            corners,
        }
    }

    /// All codes of a series in one.
    pub(crate) fn whole(
        payload: Zeroizing<String>,
        confidence: Option<f32>,
        corners: [[f32; 2]; 4],
    ) -> Self {
        Self {
            payload,
            part: None,
            confidence,
            corners,
        }
    }

    /// Which part of a longer text this is, when the other parts are not in the picture. A
    /// series that is complete comes as one code, which is no part.
    #[must_use]
    pub fn part(&self) -> Option<Part> {
        self.part
    }

    /// How much of the code's error correction was not needed: 1 when every module was as it
    /// should be, 0 when one more error would have made it unreadable. None when the decoder
    /// that read it does not tell.
    #[must_use]
    pub fn confidence(&self) -> Option<f32> {
        self.confidence
    }

    /// Whether a point lies within the corners.
    pub(crate) fn covers(&self, [x, y]: [f32; 2]) -> bool {
        let side = |i: usize| {
            let ([ax, ay], [bx, by]) = (self.corners[i], self.corners[(i + 1) % 4]);
            (bx - ax) * (y - ay) - (by - ay) * (x - ax)
        };
        let sides = [side(0), side(1), side(2), side(3)];
        sides.iter().all(|side| *side >= 0.0) || sides.iter().all(|side| *side <= 0.0)
    }

    /// The text in the code. It may hold secrets: never print it, never put it in an error.
    #[must_use]
    pub fn payload(&self) -> &str {
        &self.payload
    }

    /// The smallest and the largest value of one axis (0 is x, 1 is y), in pixels.
    fn extent(&self, axis: usize) -> (f32, f32) {
        let values = self.corners.iter().map(|corner| corner[axis]);
        values.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        })
    }

    /// The middle on one axis (0 is x, 1 is y), in pixels.
    fn middle(&self, axis: usize) -> f32 {
        let (low, high) = self.extent(axis);
        f32::midpoint(low, high)
    }

    /// The height of the code's bounding box, in pixels.
    fn height(&self) -> f32 {
        let (top, bottom) = self.extent(1);
        bottom - top
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Code")
            .field("payload", &"[hidden]")
            .field("part", &self.part)
            .field("confidence", &self.confidence)
            .field("corners", &self.corners)
            .finish()
    }
}

/// Puts codes in reading order, top to bottom and left to right, each payload once.
///
/// Two codes are in one row when the middle of the lower one is less than half a code's height
/// below the middle of the row's first: side by side is side by side, even when crooked.
pub(crate) fn in_reading_order(mut codes: Vec<Code>) -> Vec<Code> {
    codes.sort_by(|a, b| a.middle(1).total_cmp(&b.middle(1)));
    let mut rest = &mut codes[..];
    while let Some(first) = rest.first() {
        let end = first.middle(1) + first.height() / 2.0;
        let count = rest.partition_point(|code| code.middle(1) < end).max(1);
        let (row, below) = rest.split_at_mut(count);
        row.sort_by(|a, b| a.middle(0).total_cmp(&b.middle(0)));
        rest = below;
    }
    each_once(codes)
}

/// Drops codes whose payload was there before: overlapping finds of one code, or real copies.
fn each_once(codes: Vec<Code>) -> Vec<Code> {
    let mut seen = HashSet::new();
    let fresh: Vec<bool> = codes
        .iter()
        .map(|code| seen.insert((code.payload(), code.part)))
        .collect();
    let pairs = codes.into_iter().zip(fresh);
    pairs
        .filter_map(|(code, fresh)| fresh.then_some(code))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(payload: &str, x: f32, y: f32) -> Code {
        let corners = [
            [x, y],
            [x + 100.0, y],
            [x + 100.0, y + 100.0],
            [x, y + 100.0],
        ];
        Code::whole(Zeroizing::new(payload.to_owned()), None, corners)
    }

    fn order(codes: Vec<Code>) -> String {
        let codes = in_reading_order(codes);
        codes.iter().map(Code::payload).collect()
    }

    #[test]
    fn rows_are_read_from_left_to_right_even_when_crooked() {
        let codes = vec![
            code("d", 300.0, 240.0),
            code("b", 300.0, 0.0),
            code("c", 0.0, 260.0),
            code("a", 0.0, 30.0),
        ];
        assert_eq!(order(codes), "abcd");
    }

    #[test]
    fn a_payload_counts_once_near_or_far() {
        let codes = vec![
            code("a", 0.0, 0.0),
            code("a", 1.0, 0.5),
            code("b", 200.0, 0.0),
            code("a", 0.0, 500.0),
        ];
        assert_eq!(order(codes), "ab");
    }

    #[test]
    fn broken_corners_do_not_stop_the_sorting() {
        let mut lost = code("a", 0.0, 0.0);
        lost.corners = [[f32::NAN; 2]; 4];
        assert_eq!(order(vec![lost, code("b", 0.0, 0.0)]).len(), 2);
    }

    #[test]
    fn a_code_covers_what_is_between_its_corners_in_either_order() {
        let mut code = code("a", 10.0, 20.0);
        for _ in 0..2 {
            assert!(code.covers([60.0, 70.0]));
            assert!(!code.covers([5.0, 70.0]) && !code.covers([60.0, 121.0]));
            code.corners.reverse();
        }
    }

    #[test]
    fn debug_hides_the_payload() {
        let text = format!("{:?}", code("otpauth://secret", 0.0, 0.0));
        assert!(!text.contains("secret") && text.contains("[hidden]"));
    }
}
