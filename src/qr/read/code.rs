//! Codes that were read, and their order.

use std::collections::HashSet;
use std::fmt;

use super::geometry::{Point, extent};
use super::symbol::{Content, Part};

/// A QR code in a picture.
pub struct Code {
    content: Content,
    /// The code's own top left, top right, bottom right and bottom left corner: x and y in pixels
    /// of the picture as it is displayed, that is, with an EXIF rotation applied. Accurate to about
    /// a module.
    pub corners: [[f32; 2]; 4],
}

impl Code {
    pub(crate) fn new(content: Content, corners: [Point; 4]) -> Self {
        Self { content, corners }
    }

    /// The text in the code. It may hold secrets: never print it, never put it in an error.
    #[must_use]
    pub fn payload(&self) -> &str {
        &self.content.payload
    }

    /// Which part of a longer text this is, if parts of it are missing from the picture. A complete
    /// series is joined to one code, which is no part.
    #[must_use]
    pub fn part(&self) -> Option<Part> {
        self.content.part
    }

    /// The same code in a picture that is smaller by `scale`.
    pub(crate) fn divided_by(mut self, scale: f32) -> Self {
        self.corners = self
            .corners
            .map(|corner| corner.map(|length| length / scale));
        self
    }

    /// Whether a point lies within the corners.
    pub(crate) fn contains(&self, [x, y]: [f32; 2]) -> bool {
        let side = |i: usize| {
            let ([ax, ay], [bx, by]) = (self.corners[i], self.corners[(i + 1) % 4]);
            (bx - ax) * (y - ay) - (by - ay) * (x - ax)
        };
        let sides = [side(0), side(1), side(2), side(3)];
        sides.iter().all(|side| *side >= 0.0) || sides.iter().all(|side| *side <= 0.0)
    }

    /// The middle on one axis (0 is x, 1 is y), in pixels.
    fn middle(&self, axis: usize) -> f32 {
        let (low, high) = extent(&self.corners, axis);
        f32::midpoint(low, high)
    }

    /// The height of the code's bounding box, in pixels.
    fn height(&self) -> f32 {
        let (top, bottom) = extent(&self.corners, 1);
        bottom - top
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Code")
            .field("payload", &"[hidden]")
            .field("part", &self.content.part)
            .field("corners", &self.corners)
            .finish()
    }
}

/// Puts codes in reading order, top to bottom and left to right, each payload once.
///
/// A row holds all codes whose middle is less than half a code's height below the middle of its
/// first one, so that codes side by side stay together even in a crooked picture.
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

/// Drops later codes with the same payload: the same code detected twice, or real copies.
fn each_once(codes: Vec<Code>) -> Vec<Code> {
    let mut seen = HashSet::new();
    let fresh: Vec<bool> = codes
        .iter()
        .map(|code| seen.insert((code.payload(), code.content.part)))
        .collect();
    let pairs = codes.into_iter().zip(fresh);
    pairs
        .filter_map(|(code, fresh)| fresh.then_some(code))
        .collect()
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;

    fn code(payload: &str, x: f32, y: f32) -> Code {
        let (right, bottom) = (x + 100.0, y + 100.0);
        let corners = [[x, y], [right, y], [right, bottom], [x, bottom]];
        let payload = Zeroizing::new(payload.to_owned());
        let content = Content {
            payload,
            part: None,
        };
        Code::new(content, corners)
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
    fn a_code_contains_what_is_between_its_corners_in_either_order() {
        let mut code = code("a", 10.0, 20.0);
        for _ in 0..2 {
            assert!(code.contains([60.0, 70.0]));
            assert!(!code.contains([5.0, 70.0]) && !code.contains([60.0, 121.0]));
            code.corners.reverse();
        }
    }

    #[test]
    fn debug_hides_the_payload() {
        let text = format!("{:?}", code("otpauth://secret", 0.0, 0.0));
        assert!(!text.contains("secret") && text.contains("[hidden]"));
    }
}
