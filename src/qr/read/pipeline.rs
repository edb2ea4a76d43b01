//! Runs the attempts of a plan on a picture until nothing more is likely to be found.

use image::{GrayImage, imageops};

use super::attempts::{Attempt, Plan, SoftDecode, Tiles};
use super::catch_panics::catch_panics;
use super::code::{Code, in_reading_order};
use super::deadline::Deadline;
use super::decode::{Decoded, Decoder, Detection, FinderPattern, FinderTriple};
use super::geometry::distance;
use super::picture::{Picture, Plane};
use super::preprocess::{self, Transform, View, tiles};
use super::soft_decode;
use super::stages::{self, Stages};
use super::structured_append::join_series;

/// A triple of finder patterns that was not decoded, in pixels of the plane.
pub(crate) struct Candidate {
    pub(crate) plane: Plane,
    pub(crate) triple: FinderTriple,
    pub(crate) plausibility: f32,
    /// Whether soft decoding has failed.
    tried: bool,
}

/// What a plan gave.
#[derive(Default)]
pub(crate) struct Outcome {
    /// In reading order, each payload once, in pixels of the picture.
    pub(crate) codes: Vec<Code>,
    /// What looks like a code and was not decoded.
    pub(crate) candidates: Vec<Candidate>,
    /// The finder patterns of the first view with at least two.
    pub(crate) finders: Vec<FinderPattern>,
    /// What was not looked for, or not to the end, because the time ran out.
    pub(crate) untried: Vec<&'static str>,
}

/// The most triples of one view that become candidates.
const MAX_CANDIDATES: usize = 24;
/// From this many codes on, more may be hidden: if finder patterns are left over, or with twice as
/// many codes in any case.
const MANY_CODES: usize = 3;

/// Runs a plan until something is found and nothing likely is left, or the deadline passes.
pub(crate) fn run(picture: &Picture, plan: &Plan, stages: Stages, deadline: Deadline) -> Outcome {
    let mut pipeline = Pipeline {
        picture,
        stages,
        deadline,
        found: Outcome::default(),
    };
    for attempt in plan.quick {
        if pipeline.is_done() && !pipeline.may_hide_more() {
            break;
        }
        pipeline.run_in_time(attempt);
    }
    for attempt in plan.thorough {
        if pipeline.is_done() {
            break;
        }
        pipeline.run_in_time(attempt);
    }
    let mut outcome = pipeline.found;
    let codes = std::mem::take(&mut outcome.codes);
    outcome.codes = join_series(in_reading_order(codes));
    outcome
}

struct Pipeline<'a> {
    picture: &'a Picture,
    stages: Stages,
    deadline: Deadline,
    found: Outcome,
}

/// A view and the plane that it was made from.
struct Prepared<'a> {
    plane: Plane,
    grey: &'a GrayImage,
    view: View<'a>,
}

impl Pipeline<'_> {
    /// Whether there are codes, and no candidate that is almost certainly another one.
    fn is_done(&self) -> bool {
        let likely = |candidate: &Candidate| soft_decode::is_likely(candidate.plausibility);
        !self.found.codes.is_empty() && !self.found.candidates.iter().any(likely)
    }

    /// Whether there are so many codes that more may be hidden.
    fn may_hide_more(&self) -> bool {
        let codes = self.found.codes.len();
        let left_over = self.found.finders.len() > 3 * codes;
        codes
            >= if left_over {
                MANY_CODES
            } else {
                2 * MANY_CODES
            }
    }

    /// Runs an attempt, and notes if it lacked the time.
    fn run_in_time(&mut self, attempt: &Attempt) {
        let mut in_time = !self.deadline.has_passed();
        if in_time {
            in_time = self.run(attempt);
            in_time &= self.is_done() || !self.deadline.has_passed();
        }
        let what = attempt.looks_for();
        if !in_time && self.applies(attempt) && !self.found.untried.contains(&what) {
            self.found.untried.push(what);
        }
    }

    /// Whether an attempt would look at anything in this picture.
    fn applies(&self, attempt: &Attempt) -> bool {
        let picture = self.picture;
        match attempt {
            Attempt::Decode(plane, preprocess, _) => {
                self.stages.contains(plane.name())
                    && self.stages.contains(preprocess.name)
                    && picture.has(plane.source)
            }
            Attempt::Tiles(_) => {
                self.stages.contains(stages::TILES) && !preprocess::keeps_full_size(&picture.white)
            }
            Attempt::SoftDecode(_) => {
                self.stages.contains(stages::SOFT_DECODING) && !self.found.candidates.is_empty()
            }
        }
    }

    /// Whether the attempt had its share of the time.
    fn run(&mut self, attempt: &Attempt) -> bool {
        match attempt {
            Attempt::Decode(plane, preprocess, decoders) => {
                if !self.stages.contains(plane.name()) || !self.stages.contains(preprocess.name) {
                    return true;
                }
                let picture = self.picture;
                if let Some(grey) = picture.plane(*plane)
                    && let Some(view) = preprocess.apply(&grey)
                {
                    let (plane, grey) = (*plane, &*grey);
                    return self.decode(&Prepared { plane, grey, view }, decoders);
                }
                true
            }
            Attempt::Tiles(tiles) if self.stages.contains(stages::TILES) => self.tiles(tiles),
            Attempt::Tiles(_) => true,
            Attempt::SoftDecode(soft_decode) => self.soft_decode(*soft_decode),
        }
    }

    /// Searches tiles of a page that is too large to be preprocessed at its full size.
    fn tiles(&mut self, attempt: &Tiles) -> bool {
        let picture = self.picture;
        if preprocess::keeps_full_size(&picture.white) {
            return true;
        }
        let Some(grey) = picture.plane(attempt.plane) else {
            return true;
        };
        let mut in_time = true;
        let before = self.found.candidates.len();
        for [x, y] in tiles::promising(&grey, attempt.count) {
            let tile = imageops::crop_imm(&*grey, x, y, tiles::SIDE, tiles::SIDE).to_image();
            #[expect(clippy::cast_precision_loss, reason = "sides of a picture are small")]
            let corner = [x as f32, y as f32];
            for (preprocess, decoders) in attempt.views {
                if self.deadline.has_passed() {
                    return false;
                }
                if !self.stages.contains(preprocess.name) {
                    continue;
                }
                if let Some(mut view) = preprocess.apply(&tile) {
                    view.to_plane = view.to_plane.translated(corner);
                    let (plane, grey) = (attempt.plane, &*grey);
                    in_time &= self.decode(&Prepared { plane, grey, view }, decoders);
                }
            }
        }
        if self.found.codes.is_empty() && self.found.candidates.len() > before {
            in_time &= self.soft_decode(attempt.soft_decode);
        }
        in_time
    }

    /// Gives a view to decoders until one decodes something.
    fn decode(&mut self, prepared: &Prepared<'_>, decoders: &[&dyn Decoder]) -> bool {
        let mut in_time = true;
        for decoder in decoders {
            if !self.stages.contains(decoder.name()) {
                continue;
            }
            let detect = || decoder.detect(&prepared.view.grey, self.deadline);
            let detection = catch_panics(detect).unwrap_or_default();
            let done = !detection.decoded.is_empty();
            in_time &= !detection.is_cut_short;
            self.add(prepared, detection);
            if done {
                break;
            }
        }
        in_time
    }

    /// Adds what a decoder detected in a view.
    fn add(&mut self, prepared: &Prepared<'_>, detection: Detection) {
        let transform = prepared.view.to_plane;
        for decoded in detection.decoded {
            self.add_code(decoded, transform);
        }
        if self.found.finders.len() < 2 {
            let finders = detection.finders.iter();
            self.found.finders = finders.map(|finder| transform.finder(*finder)).collect();
        }
        for triple in detection.triples.iter().take(MAX_CANDIDATES) {
            self.add_candidate(prepared.plane, prepared.grey, transform.triple(*triple));
        }
    }

    /// Adds a code, and removes the candidates that belong to it.
    fn add_code(&mut self, decoded: Decoded, transform: Transform) {
        let corners = decoded.corners.map(|corner| transform.point(corner));
        let code = Code::new(decoded.content, corners);
        self.found
            .candidates
            .retain(|candidate| !belongs_to(&candidate.triple, &code));
        self.found.codes.push(code);
    }

    fn add_candidate(&mut self, plane: Plane, grey: &GrayImage, triple: FinderTriple) {
        let is_known = |known: &Candidate| known.plane == plane && is_same(&known.triple, &triple);
        if self.found.candidates.iter().any(is_known)
            || self
                .found
                .codes
                .iter()
                .any(|code| belongs_to(&triple, code))
        {
            return;
        }
        self.found.candidates.push(Candidate {
            plane,
            triple,
            plausibility: soft_decode::plausibility(grey, &triple),
            tried: false,
        });
    }

    /// Tries the most plausible candidates that were not tried yet.
    ///
    /// A candidate that used up the limit was looked at. On a machine so busy that the process had less
    /// time than that, it was not.
    fn soft_decode(&mut self, SoftDecode { count, limit }: SoftDecode) -> bool {
        if !self.stages.contains(stages::SOFT_DECODING) {
            return true;
        }
        let deadline = self.deadline.at_most(limit);
        let candidates = &mut self.found.candidates;
        candidates.sort_by(|a, b| b.plausibility.total_cmp(&a.plausibility));
        for _ in 0..count {
            let mut candidates = self.found.candidates.iter_mut();
            let Some(candidate) = candidates.find(|candidate| !candidate.tried) else {
                return true;
            };
            candidate.tried = true;
            let (plane, triple) = (candidate.plane, candidate.triple);
            let decode = || {
                let grey = self.picture.grey(plane.source)?;
                soft_decode::decode(&grey, plane.inverted, &triple, deadline)
            };
            if let Some(decoded) = catch_panics(decode).flatten() {
                self.add_code(decoded, Transform::IDENTITY);
            }
            if deadline.has_passed() {
                return !deadline.was_starved();
            }
        }
        true
    }
}

/// Whether a finder pattern of the triple lies within the code.
fn belongs_to(triple: &FinderTriple, code: &Code) -> bool {
    let mut centres = triple.centres().into_iter();
    centres.any(|centre| code.contains(centre))
}

/// Whether two triples are the same, detected twice.
fn is_same(a: &FinderTriple, b: &FinderTriple) -> bool {
    a.0.iter()
        .zip(b.0)
        .all(|(a, b)| distance(a.centre, b.centre) < 1.5 * a.module_size.max(b.module_size))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use zeroize::Zeroizing;

    use super::*;
    use crate::qr::is_catching_panics;
    use crate::qr::read::attempts::{BLACK, WHITE};
    use crate::qr::read::preprocess::{ORIGINAL, THIRD};
    use crate::qr::read::symbol::Content;
    use crate::qr::read::time_limit::run_until;

    struct Panicking;

    impl Decoder for Panicking {
        fn name(&self) -> &'static str {
            "panicking"
        }

        fn detect(&self, _: &GrayImage, _: Deadline) -> Detection {
            assert!(is_catching_panics());
            panic!("as rqrr does");
        }
    }

    struct Endless;

    impl Decoder for Endless {
        fn name(&self) -> &'static str {
            "endless"
        }

        #[expect(
            clippy::disallowed_methods,
            reason = "this decoder has to exceed the limit"
        )]
        fn detect(&self, _: &GrayImage, _: Deadline) -> Detection {
            let endless = || std::thread::sleep(Duration::from_mins(10));
            let result = run_until(Deadline::after(Duration::ZERO), endless);
            assert!(result.is_err());
            Detection::default()
        }
    }

    struct Always(&'static str);

    impl Decoder for Always {
        fn name(&self) -> &'static str {
            "always"
        }

        fn detect(&self, _: &GrayImage, _: Deadline) -> Detection {
            let payload = Zeroizing::new(self.0.to_owned());
            let content = Content {
                payload,
                part: None,
            };
            let decoded = Decoded {
                content,
                corners: [[10.0, 20.0]; 4],
            };
            Detection {
                decoded: vec![decoded],
                ..Detection::default()
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

    fn outcome(quick: &'static [Attempt], stages: Stages, limit: Duration) -> Outcome {
        let plan = Plan {
            quick,
            thorough: &[],
        };
        run(&picture(), &plan, stages, Deadline::after(limit))
    }

    fn codes(quick: &'static [Attempt]) -> Vec<Code> {
        outcome(quick, Stages::default(), Duration::MAX).codes
    }

    const ALWAYS: &[Attempt] = &[Attempt::Decode(WHITE, ORIGINAL, &[&Always("a")])];
    const ALWAYS_THIRD: &[Attempt] = &[Attempt::Decode(WHITE, THIRD, &[&Always("a")])];

    #[test]
    fn after_a_panicking_decoder_the_next_one_runs() {
        let codes = codes(&[Attempt::Decode(
            WHITE,
            ORIGINAL,
            &[&Panicking, &Always("a")],
        )]);
        assert_eq!(codes[0].payload(), "a");
        assert!(!is_catching_panics());
    }

    #[test]
    fn after_an_endless_decoder_the_next_attempt_runs() {
        let codes = codes(&[
            Attempt::Decode(WHITE, ORIGINAL, &[&Endless]),
            Attempt::Decode(WHITE, THIRD, &[&Always("a")]),
        ]);
        assert_eq!(codes[0].payload(), "a");
    }

    #[test]
    fn nothing_starts_after_the_deadline_and_that_is_said() {
        let outcome = outcome(ALWAYS, Stages::default(), Duration::ZERO);
        assert!(outcome.codes.is_empty());
        assert_eq!(outcome.untried, ["dark codes on light"]);
    }

    /// As a decoder on a machine that is too busy.
    struct Starved;

    impl Decoder for Starved {
        fn name(&self) -> &'static str {
            "starved"
        }

        fn detect(&self, _: &GrayImage, _: Deadline) -> Detection {
            Detection {
                is_cut_short: true,
                ..Detection::default()
            }
        }
    }

    #[test]
    fn an_attempt_that_was_cut_short_is_said() {
        let quick = &[
            Attempt::Decode(WHITE, THIRD, &[&Starved]),
            Attempt::Decode(WHITE, ORIGINAL, &[&Always("a")]),
        ];
        let outcome = outcome(quick, Stages::default(), Duration::MAX);
        assert_eq!(outcome.codes.len(), 1);
        assert_eq!(outcome.untried, ["noisy codes"]);
    }

    /// A page full of codes that takes all the time.
    struct Slow;

    impl Decoder for Slow {
        fn name(&self) -> &'static str {
            "slow"
        }

        fn detect(&self, grey: &GrayImage, deadline: Deadline) -> Detection {
            while !deadline.has_passed() {
                std::hint::spin_loop();
            }
            let one = |text: &&'static str| Always(text).detect(grey, deadline).decoded;
            let decoded = ["a", "b", "c", "d", "e", "f"].iter().flat_map(one);
            Detection {
                decoded: decoded.collect(),
                ..Detection::default()
            }
        }
    }

    #[test]
    fn after_some_codes_the_rest_of_the_page_is_said() {
        const ALL: &[Attempt] = &[
            Attempt::Decode(WHITE, ORIGINAL, &[&Slow]),
            Attempt::Decode(WHITE, THIRD, &[&Always("g")]),
        ];
        // One code is enough where nothing else looks like one.
        const ONE: &[Attempt] = &[
            Attempt::Decode(WHITE, ORIGINAL, &[&Always("a")]),
            Attempt::Decode(WHITE, THIRD, &[&Slow]),
        ];
        let page = outcome(ALL, Stages::default(), Duration::from_millis(20));
        assert_eq!(page.codes.len(), 6);
        assert_eq!(page.untried, ["noisy codes"]);
        let single = outcome(ONE, Stages::default(), Duration::from_millis(20));
        assert_eq!((single.codes.len(), single.untried.len()), (1, 0));
    }

    #[test]
    fn what_this_picture_has_not_is_not_untried() {
        let quick = &[
            Attempt::Decode(BLACK, ORIGINAL, &[&Always("a")]),
            Attempt::SoftDecode(SoftDecode {
                count: 4,
                limit: Duration::MAX,
            }),
        ];
        let outcome = outcome(quick, Stages::default(), Duration::ZERO);
        assert!(outcome.untried.is_empty());
    }

    #[test]
    fn everything_was_tried_if_there_was_time() {
        let outcome = outcome(ALWAYS, Stages::default(), Duration::MAX);
        assert!(outcome.untried.is_empty() && outcome.codes.len() == 1);
    }

    #[test]
    fn the_corners_are_in_pixels_of_the_picture() {
        let [x, y] = codes(ALWAYS_THIRD)[0].corners[0];
        assert!((x - 30.0).abs() < 0.01 && (y - 60.0).abs() < 0.01);
    }

    #[test]
    fn the_black_background_is_for_transparency_only() {
        assert!(codes(&[Attempt::Decode(BLACK, ORIGINAL, &[&Always("a")])]).is_empty());
    }

    #[test]
    fn a_stage_can_be_left_out() {
        let codes = |stage| outcome(ALWAYS_THIRD, Stages::without(stage), Duration::MAX).codes;
        assert!(codes("third").is_empty() && codes("always").is_empty());
        assert_eq!(codes("ninth").len(), 1);
    }
}
