//! Lays the map of a version over a piece of a picture so that the fixed patterns match.

use super::ground::Ground;
use super::warp::{Point, Warp};
use crate::qr::decode::Trace;
use crate::qr::symbol::Layout;

/// A place in the code, in modules, and whether it must be dark (1) or light (-1).
pub(crate) type Mark = (Point, f32);

/// A warp and how well it fits: 1 when all marks look as they must, 0 for chance.
#[derive(Debug, Clone)]
pub(crate) struct Fit {
    pub warp: Warp,
    pub score: f32,
}

/// The sizes that a trace may have, most plausible first, with how well their finder and their
/// timing patterns match without any perspective (the mean of both, each as [`Fit::score`]).
pub(crate) fn sizes(ground: &Ground, trace: &Trace) -> Vec<(f32, usize)> {
    let guess = guess(trace);
    let sizes = (21..=177)
        .step_by(4)
        .filter(|size| guess.abs_diff(*size) <= 8 + guess / 12);
    let mut ranked: Vec<(f32, usize)> = sizes
        .map(|size| {
            let warp = flat(ground, trace, size);
            let timing = score(ground, &warp, &timing(size));
            (
                f32::midpoint(timing, score(ground, &warp, &corners(size))),
                size,
            )
        })
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    // The size that the distances alone give is tried in any case: bends spoil the match.
    let nearest = (0..ranked.len()).min_by_key(|&i| guess.abs_diff(ranked[i].1 + 1));
    if let Some(nearest) = nearest.filter(|nearest| *nearest > 1) {
        let moved = ranked.remove(nearest);
        ranked.insert(1, moved);
    }
    ranked
}

/// How well the finder patterns alone match, at the best size, as [`Fit::score`].
pub(crate) fn finders(ground: &Ground, trace: &Trace) -> f32 {
    let sizes = sizes(ground, trace).into_iter().take(3);
    let scores = sizes.map(|(_, size)| score(ground, &flat(ground, trace, size), &corners(size)));
    scores.fold(-1.0, f32::max)
}

/// The size that the distances and the modules of the finder patterns give.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped"
)]
fn guess(trace: &Trace) -> usize {
    let centre = trace.top_left.centre;
    let sides = [trace.top_right, trace.bottom_left].map(|finder| {
        let module = f32::midpoint(finder.module, trace.top_left.module);
        distance(centre, finder.centre) / module
    });
    (f32::midpoint(sides[0], sides[1]) + 7.0).clamp(21.0, 177.0) as usize
}

pub(crate) fn distance(a: Point, b: Point) -> f32 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

/// The middles of the modules of the finder patterns and of the light lines around them.
fn corners(size: usize) -> Vec<Mark> {
    let far = size - 4;
    let centres = [(3, 3), (far, 3), (3, far)];
    let inside =
        |place: usize, step: isize| place.checked_add_signed(step).filter(|place| *place < size);
    let mut marks = Vec::new();
    for (x, y) in centres {
        for (dx, dy) in (-4..=4_isize).flat_map(|dy| (-4..=4_isize).map(move |dx| (dx, dy))) {
            let place = inside(x, dx).zip(inside(y, dy));
            let ring = dx.abs().max(dy.abs());
            let dark = ring <= 1 || ring == 3;
            marks.extend(
                place.map(|(x, y)| ([middle(x), middle(y)], if dark { 1.0 } else { -1.0 })),
            );
        }
    }
    marks
}

/// The middles of the modules between the finder patterns.
fn timing(size: usize) -> Vec<Mark> {
    let along = (8..size - 8).map(|i| (middle(i), if i % 2 == 0 { 1.0 } else { -1.0 }));
    along
        .flat_map(|(i, sign)| [([i, 6.5], sign), ([6.5, i], sign)])
        .collect()
}

/// The middle of a module on one axis.
#[expect(clippy::cast_precision_loss, reason = "at most 177")]
pub(crate) fn middle(index: usize) -> f32 {
    index as f32 + 0.5
}

/// The centres of three finder patterns and a fourth place, in the code.
fn anchors(size: usize, fourth: f32) -> [Point; 4] {
    let far = middle(size - 4);
    [[3.5, 3.5], [far, 3.5], [fourth, fourth], [3.5, far]]
}

/// Without any perspective.
fn flat(ground: &Ground, trace: &Trace, size: usize) -> Warp {
    let [a, b, c] = trace.finders().map(|finder| ground.inside(finder.centre));
    let fourth = [b[0] + c[0] - a[0], b[1] + c[1] - a[1]];
    Warp::new(size, anchors(size, middle(size - 4)), [a, b, fourth, c])
}

/// The best perspectives for a size, best first: from a flat one, and from the places that look
/// most like the alignment pattern near the fourth corner.
pub(crate) fn fits(ground: &Ground, trace: &Trace, layout: &Layout) -> Vec<Fit> {
    let flat = flat(ground, trace, layout.size);
    let [a, b, c] = trace.finders().map(|finder| ground.inside(finder.centre));
    let mut starts = Vec::new();
    if layout.size > 21 {
        let fourth = middle(layout.size - 7);
        let anchors = anchors(layout.size, fourth);
        let mut places = alignments(ground, &flat, fourth);
        places.push(flat.map([fourth, fourth]));
        starts.extend(
            places
                .iter()
                .map(|&place| Warp::new(layout.size, anchors, [a, b, place, c])),
        );
    } else {
        starts.push(flat);
    }
    let marks = marks(layout);
    let step = module(&starts[0]);
    let mut fits: Vec<Fit> = starts
        .into_iter()
        .map(|warp| climbed(warp, 0..4, step, |warp| score(ground, warp, &marks)))
        .collect();
    fits.sort_by(|a, b| b.score.total_cmp(&a.score));
    fits
}

/// Bends a fit until not only the fixed patterns match, but all modules stand out.
pub(crate) fn bent(ground: &Ground, fit: Fit, layout: &Layout) -> Fit {
    let marks = marks(layout);
    let data: Vec<Point> = layout
        .data()
        .iter()
        .map(|&(x, y)| [middle(x), middle(y)])
        .collect();
    let step = module(&fit.warp);
    let knobs = 0..fit.warp.knobs.len();
    let both = |warp: &Warp| score(ground, warp, &marks) + contrast(ground, warp, &data);
    let fit = climbed(fit.warp, knobs, step, both);
    let score = score(ground, &fit.warp, &marks);
    Fit { score, ..fit }
}

/// All fixed modules as marks.
fn marks(layout: &Layout) -> Vec<Mark> {
    let mark = |(x, y, dark): (usize, usize, bool)| {
        ([middle(x), middle(y)], if dark { 1.0 } else { -1.0 })
    };
    layout.fixed().map(mark).collect()
}

/// How well the marks match: what speaks for it less what speaks against it, as a share.
fn score(ground: &Ground, warp: &Warp, marks: &[Mark]) -> f32 {
    let (mut matched, mut all) = (0.0, 0.0);
    for &(place, sign) in marks {
        let depth = ground.depth(warp.map(place));
        matched += sign * depth;
        all += depth.abs();
    }
    // A few shades for each mark, so that noise on a plain area does not count.
    let quiet: f32 = marks.iter().map(|_| 2.0).sum();
    matched / (all + quiet)
}

/// How far the modules stand out from what is around them, relative to the full contrast.
fn contrast(ground: &Ground, warp: &Warp, places: &[Point]) -> f32 {
    let (mut sum, mut most) = (0.0, 8.0_f32);
    let mut count = 0.0;
    for &place in places {
        let depth = ground.depth(warp.map(place)).abs();
        sum += depth;
        most = most.max(depth);
        count += 1.0;
    }
    sum / (count * most)
}

/// Turns knobs, one at a time, as long as that makes the score better; the steps are halved
/// when none does.
fn climbed(
    mut warp: Warp,
    knobs: std::ops::Range<usize>,
    module: f32,
    score: impl Fn(&Warp) -> f32,
) -> Fit {
    let mut best = score(&warp);
    let mut step = module;
    while step > module * 0.06 {
        let mut better = false;
        for (knob, axis) in knobs.clone().flat_map(|knob| [(knob, 0), (knob, 1)]) {
            for turn in [step, -step] {
                let before = warp.knobs[knob][axis];
                warp.knobs[knob][axis] = before + turn;
                warp.turned();
                let now = score(&warp);
                if now > best {
                    best = now;
                    better = true;
                    break;
                }
                warp.knobs[knob][axis] = before;
                warp.turned();
            }
        }
        if !better {
            step /= 2.0;
        }
    }
    Fit { warp, score: best }
}

/// The size of a module near the top left corner, in pixels.
pub(crate) fn module(warp: &Warp) -> f32 {
    let [start, end] = [warp.map([3.5, 3.5]), warp.map([4.5, 3.5])];
    distance(start, end).clamp(0.5, 64.0)
}

/// The places that look most like an alignment pattern, near where one with its middle at
/// `fourth` (both axes) would be without perspective; at most two, best first.
fn alignments(ground: &Ground, flat: &Warp, fourth: f32) -> Vec<Point> {
    // In half modules: the larger the code, the further perspective may move it.
    let reach = 6 + half_modules(fourth);
    let mut places: Vec<(f32, Point)> = Vec::new();
    for (i, j) in (-reach..=reach).flat_map(|j| (-reach..=reach).map(move |i| (i, j))) {
        let place = [fourth + f32::from(i) / 2.0, fourth + f32::from(j) / 2.0];
        places.push((alignment(ground, flat, place), place));
    }
    places.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut best: Vec<Point> = Vec::new();
    for (_, place) in places {
        if best.iter().all(|other| distance(*other, place) > 2.0) {
            best.push(place);
        }
        if best.len() == 2 {
            break;
        }
    }
    best.into_iter().map(|place| flat.map(place)).collect()
}

#[expect(clippy::cast_possible_truncation, reason = "at most 177 / 3")]
fn half_modules(fourth: f32) -> i16 {
    (fourth / 3.5) as i16
}

/// How much a place looks like the middle of an alignment pattern, -1 to 1.
fn alignment(ground: &Ground, warp: &Warp, [x, y]: Point) -> f32 {
    let (mut matched, mut all) = (0.0, 50.0);
    for (dx, dy) in (-2..=2_i8).flat_map(|dy| (-2..=2_i8).map(move |dx| (dx, dy))) {
        let light = dx.abs().max(dy.abs()) == 1;
        let depth = ground.depth(warp.map([x + f32::from(dx), y + f32::from(dy)]));
        matched += if light { -depth } else { depth };
        all += depth.abs();
    }
    matched / all
}
