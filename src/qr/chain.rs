//! What is tried on a picture, and in which order.

use image::GrayImage;

use super::code::{Code, in_reading_order};
use super::decode::{CLASSIC, CLOSED, Decoder, Found, RQRR, RXING, contain};
use super::picture::Picture;
use super::views::{self, Make, View};

/// Which page the picture lies on where it is transparent.
#[derive(Clone, Copy)]
pub(crate) enum Page {
    White,
    /// Skipped for pictures without transparency.
    Black,
}

/// One thing to try: a view of the picture on a page, and the decoders that look at it, in
/// this order.
pub(crate) struct Step(Page, Make, &'static [&'static dyn Decoder]);

/// The steps, cheap ones first. The measurements behind them are in the project's notes: the
/// first one reads nearly all screenshots, the others add photos, damage and dark mode, and
/// the last one is for what only a different detector sees.
pub(crate) const STEPS: &[Step] = &[
    Step(Page::White, views::plain, &[&RXING]),
    Step(Page::White, views::inverted, &[&RXING]),
    Step(Page::Black, views::plain, &[&RXING]),
    Step(Page::Black, views::inverted, &[&RXING]),
    Step(Page::White, views::plain_if_few, &[&CLOSED]),
    Step(Page::White, views::third, &[&RXING, &CLOSED]),
    Step(Page::White, views::ninth, &[&RXING, &CLOSED]),
    Step(Page::White, views::tripled, &[&RXING, &CLOSED]),
    Step(Page::White, views::blurred, &[&RXING]),
    Step(Page::White, views::doubled, &[&RXING]),
    Step(Page::White, views::sharpened, &[&RXING]),
    Step(Page::White, views::plain_if_few, &[&CLASSIC]),
    Step(Page::White, views::small, &[&RQRR]),
];

/// Runs the steps until one finds something, and gives all that it found, in reading order.
pub(crate) fn run(picture: &Picture, steps: &[Step]) -> Vec<Code> {
    let codes = steps.iter().find_map(|step| try_step(picture, step));
    in_reading_order(codes.unwrap_or_default())
}

/// One step: the codes that the first successful decoder found, if any.
fn try_step(picture: &Picture, step: &Step) -> Option<Vec<Code>> {
    let Step(page, make, decoders) = step;
    let plane: &GrayImage = match page {
        Page::White => &picture.white,
        Page::Black => picture.black.as_ref()?,
    };
    let view = make(plane)?;
    decoders.iter().find_map(|decoder| look(*decoder, &view))
}

/// Lets one decoder look, contained; none when it found nothing.
fn look(decoder: &dyn Decoder, view: &View<'_>) -> Option<Vec<Code>> {
    let found = contain(|| decoder.decode(&view.grey)).unwrap_or_default();
    let read = found.into_iter().filter(|found| !found.payload.is_empty());
    let codes: Vec<Code> = read.map(|found| placed(found, view.scale)).collect();
    (!codes.is_empty()).then_some(codes)
}

/// A find in a view as a code in the picture.
fn placed(found: Found, [x, y]: [f32; 2]) -> Code {
    let corners = found.corners.map(|corner| [corner[0] * x, corner[1] * y]);
    Code::new(found.payload, corners)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use zeroize::Zeroizing;

    use super::super::decode::{Deadline, containing_panics};
    use super::*;

    struct Panicking;

    impl Decoder for Panicking {
        fn decode(&self, _: &GrayImage) -> Vec<Found> {
            assert!(containing_panics());
            panic!("as rqrr does");
        }
    }

    #[derive(Clone)]
    struct Endless;

    impl Decoder for Endless {
        fn decode(&self, _: &GrayImage) -> Vec<Found> {
            loop {
                std::thread::park();
            }
        }
    }

    #[derive(Clone)]
    struct Always(&'static str);

    impl Decoder for Always {
        fn decode(&self, _: &GrayImage) -> Vec<Found> {
            vec![Found {
                payload: Zeroizing::new(self.0.to_owned()),
                corners: [[10.0, 20.0]; 4],
            }]
        }
    }

    fn picture() -> Picture {
        Picture {
            white: GrayImage::new(900, 600),
            black: None,
        }
    }

    #[test]
    fn a_panicking_decoder_finds_nothing_and_the_next_one_looks() {
        let steps = [Step(Page::White, views::plain, &[&Panicking, &Always("a")])];
        let codes = run(&picture(), &steps);
        assert_eq!(codes[0].payload(), "a");
        assert!(!containing_panics());
    }

    #[test]
    fn an_endless_decoder_is_left_behind() {
        static ENDLESS: Deadline<Endless> = Deadline::new(Endless, Duration::from_millis(30));
        const STEPS: &[Step] = &[
            Step(Page::White, views::plain, &[&ENDLESS]),
            Step(Page::White, views::third, &[&Always("a")]),
        ];
        let codes = run(&picture(), STEPS);
        assert_eq!(codes[0].payload(), "a");
    }

    #[test]
    fn the_corners_are_those_of_the_picture_and_not_of_the_view() {
        let steps = [Step(Page::White, views::third, &[&Always("a")])];
        let [x, y] = run(&picture(), &steps)[0].corners[0];
        assert!((x - 30.0).abs() < 0.01 && (y - 60.0).abs() < 0.01);
    }

    #[test]
    fn an_empty_payload_is_no_find_and_black_is_for_transparency_only() {
        let steps = [
            Step(Page::White, views::plain, &[&Always("")]),
            Step(Page::Black, views::plain, &[&Always("a")]),
        ];
        assert!(run(&picture(), &steps).is_empty());
    }
}
