//! What is tried on a picture, in which order, and when it is enough.

use std::borrow::Cow;
use std::time::Duration;

use image::{GrayImage, imageops};

use super::clock::Deadline;
use super::code::{Code, in_reading_order};
use super::decode::{Decoder, Finder, Found, Sight, Trace, contain};
use super::filter;
use super::parts;
use super::picture::{Picture, Source};
use super::place::Place;
use super::rescue;
use super::tiles;
use super::views::{self, Make, View};

/// What a view is made from: a plane of the picture, or that with black and white exchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Plane {
    pub source: Source,
    pub inverted: bool,
}

impl Plane {
    /// Its pixels; none when the picture has no such plane.
    fn of(self, picture: &Picture) -> Option<Cow<'_, GrayImage>> {
        let grey = picture.plane(self.source)?;
        Some(if self.inverted {
            Cow::Owned(filter::inverted(&grey))
        } else {
            grey
        })
    }
}

/// One thing to try.
pub(crate) enum Step {
    /// A view of a plane, and the decoders that look at it until one finds something.
    Look(Plane, Make, &'static [&'static dyn Decoder]),
    /// Views of so many of the likeliest tiles of a large page, which views of the whole page show
    /// too small.
    Tiles(
        usize,
        Plane,
        &'static [(Make, &'static [&'static dyn Decoder])],
    ),
    /// A second look at so many of the likeliest traces that the steps before have left, for at
    /// most so long.
    Rescue(usize, Duration),
}

/// Three finder patterns that were not read, in pixels of a plane.
pub(crate) struct Clue {
    pub plane: Plane,
    pub trace: Trace,
    /// How much it looks like a code ([`rescue::plausibility`]).
    pub plausibility: f32,
    /// Whether a second look was in vain.
    tried: bool,
}

/// What the steps gave.
#[derive(Default)]
pub(crate) struct Outcome {
    /// In reading order, each payload once, in pixels of the picture.
    pub codes: Vec<Code>,
    /// What is left of the traces.
    pub clues: Vec<Clue>,
    /// The finder patterns of the first view that has at least two.
    pub finders: Vec<Finder>,
}

/// The most traces of one view that are considered.
const MOST_CLUES: usize = 24;
/// Where so many codes are and finder patterns are left over, more codes may be hidden, and with
/// twice as many in any case: all steps up to the last cheap one are taken.
const MANY: usize = 3;
/// The most time for a second look at what was seen in tiles.
const RESCUE_OF_TILES: Duration = Duration::from_millis(150);
/// The steps that are taken for a page with many codes.
const STEPS_FOR_MANY: usize = 20;

/// Runs the steps until something is found and nothing likely is left, or the time is over.
pub(crate) fn run(picture: &Picture, steps: &[Step], until: Deadline) -> Outcome {
    let mut outcome = Outcome::default();
    for (index, step) in steps.iter().enumerate() {
        if until.over() || outcome.is_enough(index) {
            break;
        }
        match step {
            Step::Look(plane, make, decoders) => {
                outcome.look(picture, *plane, *make, decoders, until);
            }
            Step::Tiles(most, plane, looks) => {
                outcome.tiles(picture, *plane, *most, looks, until);
            }
            Step::Rescue(most, limit) => outcome.rescue(picture, *most, until.at_most(*limit)),
        }
    }
    let codes = std::mem::take(&mut outcome.codes);
    outcome.codes = parts::joined(in_reading_order(codes));
    outcome
}

impl Outcome {
    fn is_enough(&self, step: usize) -> bool {
        let left = self.finders.len() > 3 * self.codes.len();
        let many = self.codes.len() >= if left { MANY } else { 2 * MANY } && step < STEPS_FOR_MANY;
        let likely = |clue: &Clue| rescue::likely(clue.plausibility);
        !self.codes.is_empty() && !many && !self.clues.iter().any(likely)
    }

    fn look(
        &mut self,
        picture: &Picture,
        plane: Plane,
        make: Make,
        decoders: &[&dyn Decoder],
        until: Deadline,
    ) {
        let Some(grey) = plane.of(picture) else {
            return;
        };
        if let Some(view) = make(&grey) {
            self.see(&grey, plane, &view, decoders, until);
        }
    }

    /// Looks at tiles of a page that is too large for the views to keep its size.
    fn tiles(
        &mut self,
        picture: &Picture,
        plane: Plane,
        most: usize,
        looks: &[(Make, &[&dyn Decoder])],
        until: Deadline,
    ) {
        let large = !views::keeps_its_size(&picture.white);
        let Some(grey) = plane.of(picture).filter(|_| large) else {
            return;
        };
        let clues = self.clues.len();
        for [x, y] in tiles::likely(&grey, most) {
            let tile = imageops::crop_imm(&*grey, x, y, tiles::SIDE, tiles::SIDE).to_image();
            #[expect(clippy::cast_precision_loss, reason = "sides of a picture")]
            let corner = [x as f32, y as f32];
            for (make, decoders) in looks {
                if until.over() {
                    return;
                }
                if let Some(mut view) = make(&tile) {
                    view.place = view.place.moved(corner);
                    self.see(&grey, plane, &view, decoders, until);
                }
            }
        }
        if self.codes.is_empty() && self.clues.len() > clues {
            self.rescue(picture, 4, until.at_most(RESCUE_OF_TILES));
        }
    }

    /// Lets decoders look at a view until one finds something.
    fn see(
        &mut self,
        grey: &GrayImage,
        plane: Plane,
        view: &View<'_>,
        decoders: &[&dyn Decoder],
        until: Deadline,
    ) {
        for decoder in decoders {
            let sight = contain(|| decoder.look(&view.grey, until)).unwrap_or_default();
            let found = !sight.found.is_empty();
            self.add(grey, plane, view.place, sight);
            if found {
                break;
            }
        }
    }

    /// Takes over what a decoder saw in a view of the plane that lies in this place.
    fn add(&mut self, grey: &GrayImage, plane: Plane, lies: Place, sight: Sight) {
        for found in sight.found {
            self.add_code(found, lies);
        }
        if self.finders.len() < 2 {
            let finders = sight.finders.iter();
            self.finders = finders.map(|finder| lies.finder(*finder)).collect();
        }
        for trace in sight.traces.iter().take(MOST_CLUES) {
            let [top_left, top_right, bottom_left] =
                trace.finders().map(|finder| lies.finder(finder));
            self.add_clue(
                grey,
                plane,
                Trace {
                    top_left,
                    top_right,
                    bottom_left,
                },
            );
        }
    }

    /// Adds a code, and drops the traces that are explained by it.
    fn add_code(&mut self, found: Found, place: Place) {
        let corners = found.corners.map(|corner| place.point(corner));
        let code = Code::new(found, corners);
        self.clues.retain(|clue| !explains(&code, &clue.trace));
        self.codes.push(code);
    }

    fn add_clue(&mut self, grey: &GrayImage, plane: Plane, trace: Trace) {
        let known = |clue: &Clue| clue.plane == plane && same(&clue.trace, &trace);
        if self.clues.iter().any(known) || self.codes.iter().any(|code| explains(code, &trace)) {
            return;
        }
        let plausibility = rescue::plausibility(grey, &trace);
        self.clues.push(Clue {
            plane,
            trace,
            plausibility,
            tried: false,
        });
    }

    /// Tries the likeliest clues that were not tried yet.
    fn rescue(&mut self, picture: &Picture, most: usize, until: Deadline) {
        self.clues
            .sort_by(|a, b| b.plausibility.total_cmp(&a.plausibility));
        for _ in 0..most {
            let Some(clue) = self.clues.iter_mut().find(|clue| !clue.tried) else {
                return;
            };
            clue.tried = true;
            let (plane, trace) = (clue.plane, clue.trace);
            let read = || {
                let grey = picture.plane(plane.source)?;
                rescue::read(&grey, plane.inverted, &trace, until)
            };
            if let Some(found) = contain(read).flatten() {
                self.add_code(found, Place::SAME);
            }
            if until.over() {
                return;
            }
        }
    }
}

/// Whether a finder pattern of the trace lies in the code, and so belongs to it.
fn explains(code: &Code, trace: &Trace) -> bool {
    trace
        .finders()
        .iter()
        .any(|finder| code.covers(finder.centre))
}

/// Whether two traces are one, seen twice.
fn same(a: &Trace, b: &Trace) -> bool {
    a.finders().iter().zip(b.finders()).all(|(a, b)| {
        let [dx, dy] = [0, 1].map(|axis| a.centre[axis] - b.centre[axis]);
        dx.hypot(dy) < 1.5 * a.module.max(b.module)
    })
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::super::decode::{Fused, containing_panics};
    use super::super::steps::{BLACK, WHITE};
    use super::super::symbol::Content;
    use super::super::views;
    use super::*;

    struct Panicking;

    impl Decoder for Panicking {
        fn look(&self, _: &GrayImage, _: Deadline) -> Sight {
            assert!(containing_panics());
            panic!("as rqrr does");
        }
    }

    #[derive(Clone)]
    struct Endless;

    impl Decoder for Endless {
        #[expect(clippy::disallowed_methods, reason = "it is there to be late")]
        fn look(&self, _: &GrayImage, _: Deadline) -> Sight {
            std::thread::sleep(Duration::from_mins(10));
            Sight::default()
        }
    }

    #[derive(Clone)]
    struct Always(&'static str);

    impl Decoder for Always {
        fn look(&self, _: &GrayImage, _: Deadline) -> Sight {
            let payload = Zeroizing::new(self.0.to_owned());
            let found = Found {
                content: Content {
                    payload,
                    part: None,
                },
                margin: None,
                corners: [[10.0, 20.0]; 4],
            };
            Sight {
                found: vec![found],
                ..Sight::default()
            }
        }
    }

    fn picture() -> Picture {
        Picture {
            white: GrayImage::new(900, 600),
            black: None,
            colour: None,
        }
    }

    fn codes(steps: &[Step]) -> Vec<Code> {
        run(&picture(), steps, Deadline::after(Duration::MAX)).codes
    }

    #[test]
    fn a_panicking_decoder_finds_nothing_and_the_next_one_looks() {
        let codes = codes(&[Step::Look(WHITE, views::plain, &[&Panicking, &Always("a")])]);
        assert_eq!(codes[0].payload(), "a");
        assert!(!containing_panics());
    }

    #[test]
    fn an_endless_decoder_is_left_behind() {
        static ENDLESS: Fused<Endless> = Fused::new(Endless, Duration::from_millis(30));
        const FIRST: &[&dyn Decoder] = &[&ENDLESS];
        let codes = codes(&[
            Step::Look(WHITE, views::plain, FIRST),
            Step::Look(WHITE, views::third, &[&Always("a")]),
        ]);
        assert_eq!(codes[0].payload(), "a");
    }

    #[test]
    fn nothing_is_begun_after_the_deadline() {
        let steps = [Step::Look(WHITE, views::plain, &[&Always("a")])];
        let outcome = run(&picture(), &steps, Deadline::after(Duration::ZERO));
        assert!(outcome.codes.is_empty());
    }

    #[test]
    fn the_corners_are_those_of_the_picture_and_not_of_the_view() {
        let codes = codes(&[Step::Look(WHITE, views::third, &[&Always("a")])]);
        let [x, y] = codes[0].corners[0];
        assert!((x - 30.0).abs() < 0.01 && (y - 60.0).abs() < 0.01);
    }

    #[test]
    fn black_is_for_transparency_only() {
        assert!(codes(&[Step::Look(BLACK, views::plain, &[&Always("a")])]).is_empty());
    }
}
