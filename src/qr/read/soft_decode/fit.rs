//! Fits the layout of a version to a patch, so that its function patterns match.

use super::patch::Patch;
use super::warp::Warp;
use crate::qr::read::decode::FinderTriple;
use crate::qr::read::geometry::{Point, distance, module_middle};
use crate::qr::read::symbol::Layout;

/// A point in the code, in modules, and whether it must be dark (1) or light (-1).
pub(crate) type Expected = (Point, f32);

/// A warp and how well the function patterns match: 1 is perfect, 0 is chance.
#[derive(Debug, Clone)]
pub(crate) struct Fit {
    pub(crate) warp: Warp,
    pub(crate) score: f32,
}

/// The sizes that a triple may have, most plausible first. Each comes with the mean score of its
/// finder and its timing patterns, without any perspective.
pub(crate) fn rank_sizes(patch: &Patch, triple: &FinderTriple) -> Vec<(f32, usize)> {
    let estimate = estimate_size(triple);
    let sizes = (21..=177)
        .step_by(4)
        .filter(|size| estimate.abs_diff(*size) <= 8 + estimate / 12);
    let mut ranked: Vec<(f32, usize)> = sizes
        .map(|size| {
            let warp = affine(patch, triple, size);
            let timing = score(patch, &warp, &timing_patterns(size));
            let finders = score(patch, &warp, &finder_patterns(size));
            (f32::midpoint(timing, finders), size)
        })
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    // The size nearest to the estimate is always tried, because bends spoil the match.
    let nearest = (0..ranked.len()).min_by_key(|&i| estimate.abs_diff(ranked[i].1 + 1));
    if let Some(nearest) = nearest.filter(|nearest| *nearest > 1) {
        let moved = ranked.remove(nearest);
        ranked.insert(1, moved);
    }
    ranked
}

/// The score of the finder patterns alone, at the best size.
pub(crate) fn finder_score(patch: &Patch, triple: &FinderTriple) -> f32 {
    let sizes = rank_sizes(patch, triple).into_iter().take(3);
    let scores = sizes.map(|(_, size)| {
        let warp = affine(patch, triple, size);
        score(patch, &warp, &finder_patterns(size))
    });
    scores.fold(-1.0, f32::max)
}

/// The size that follows from the distances between the finder patterns and their module sizes.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped"
)]
fn estimate_size(triple: &FinderTriple) -> usize {
    let [top_left, top_right, bottom_left] = triple.0;
    let sides = [top_right, bottom_left].map(|finder| {
        let module_size = f32::midpoint(finder.module_size, top_left.module_size);
        distance(top_left.centre, finder.centre) / module_size
    });
    (f32::midpoint(sides[0], sides[1]) + 7.0).clamp(21.0, 177.0) as usize
}

/// 1 for dark, -1 for light.
pub(crate) fn sign(dark: bool) -> f32 {
    if dark { 1.0 } else { -1.0 }
}

/// The modules of the finder patterns and of the light separators around them.
fn finder_patterns(size: usize) -> Vec<Expected> {
    let far = size - 4;
    let centres = [(3, 3), (far, 3), (3, far)];
    let inside =
        |index: usize, step: isize| index.checked_add_signed(step).filter(|index| *index < size);
    let mut modules = Vec::new();
    for (x, y) in centres {
        for (dx, dy) in (-4..=4_isize).flat_map(|dy| (-4..=4_isize).map(move |dx| (dx, dy))) {
            let ring = dx.abs().max(dy.abs());
            let dark = ring <= 1 || ring == 3;
            let module = inside(x, dx).zip(inside(y, dy));
            modules.extend(module.map(|(x, y)| expected(x, y, dark)));
        }
    }
    modules
}

/// The modules of the timing patterns.
fn timing_patterns(size: usize) -> Vec<Expected> {
    (8..size - 8)
        .flat_map(|i| [expected(i, 6, i % 2 == 0), expected(6, i, i % 2 == 0)])
        .collect()
}

/// The modules of all function patterns.
fn function_patterns(layout: &Layout) -> Vec<Expected> {
    let modules = layout.function_modules();
    modules.map(|(x, y, dark)| expected(x, y, dark)).collect()
}

fn expected(x: usize, y: usize, dark: bool) -> Expected {
    ([module_middle(x), module_middle(y)], sign(dark))
}

/// The centres of three finder patterns, and a fourth point of the code near the last corner.
fn anchors(size: usize, fourth: f32) -> [Point; 4] {
    let far = module_middle(size - 4);
    [[3.5, 3.5], [far, 3.5], [fourth, fourth], [3.5, far]]
}

/// The warp without any perspective.
fn affine(patch: &Patch, triple: &FinderTriple, size: usize) -> Warp {
    let [a, b, c] = triple.centres().map(|centre| patch.to_patch(centre));
    let fourth = patch.to_patch(triple.fourth_centre());
    Warp::new(
        size,
        anchors(size, module_middle(size - 4)),
        [a, b, fourth, c],
    )
}

/// The best perspective for a size: climbs from places that look like the alignment pattern near
/// the fourth corner, and from an affine map.
pub(crate) fn fit_perspective(
    patch: &Patch,
    triple: &FinderTriple,
    layout: &Layout,
) -> Option<Fit> {
    let affine = affine(patch, triple, layout.size);
    let mut starts = Vec::new();
    // The smallest version has no alignment pattern.
    if layout.size > 21 {
        let [a, b, c] = triple.centres().map(|centre| patch.to_patch(centre));
        let fourth = module_middle(layout.size - 7);
        let anchors = anchors(layout.size, fourth);
        let mut points = find_alignment_pattern(patch, &affine, fourth);
        points.push(affine.map([fourth, fourth]));
        starts.extend(
            points
                .iter()
                .map(|&point| Warp::new(layout.size, anchors, [a, b, point, c])),
        );
    } else {
        starts.push(affine);
    }
    let modules = function_patterns(layout);
    let step = module_size(starts.first()?);
    let climb = |warp| {
        hill_climb(warp, Warp::ANCHORS, step, |warp| {
            score(patch, warp, &modules)
        })
    };
    let mut fits: Vec<Fit> = starts.into_iter().map(climb).collect();
    fits.sort_by(|a, b| b.score.total_cmp(&a.score));
    fits.into_iter().next()
}

/// Bends a fit until both the function patterns match and all other modules stand out.
pub(crate) fn fit_bends(patch: &Patch, fit: Fit, layout: &Layout) -> Fit {
    let modules = function_patterns(layout);
    let data: Vec<Point> = layout
        .data_modules()
        .iter()
        .map(|&(x, y)| [module_middle(x), module_middle(y)])
        .collect();
    let step = module_size(&fit.warp);
    let both = |warp: &Warp| score(patch, warp, &modules) + contrast(patch, warp, &data);
    let fit = hill_climb(fit.warp, Warp::PARAMS, step, both);
    let score = score(patch, &fit.warp, &modules);
    Fit { score, ..fit }
}

/// How well the modules match: the darkness that agrees minus the darkness that does not, as a
/// share of all.
fn score(patch: &Patch, warp: &Warp, modules: &[Expected]) -> f32 {
    // Two shades for each module, so that noise on a plain area does not count.
    let (mut matched, mut all) = (0.0, 0.0);
    for &(point, sign) in modules {
        let darkness = patch.darkness(warp.map(point));
        matched += sign * darkness;
        all += darkness.abs() + 2.0;
    }
    matched / all
}

/// How far the modules stand out from their surroundings, as a share of the most that any does.
fn contrast(patch: &Patch, warp: &Warp, points: &[Point]) -> f32 {
    let (mut sum, mut most) = (0.0, 8.0_f32);
    let mut count = 0.0;
    for &point in points {
        let darkness = patch.darkness(warp.map(point)).abs();
        sum += darkness;
        most = most.max(darkness);
        count += 1.0;
    }
    sum / (count * most)
}

/// Coordinate ascent on the first `params` parameters: moves one at a time while that improves the
/// score, and halves the step when no move does.
fn hill_climb(mut warp: Warp, params: usize, mut step: f32, score: impl Fn(&Warp) -> f32) -> Fit {
    let smallest = step * 0.06;
    let mut best = score(&warp);
    while step > smallest {
        let mut improved = false;
        for (param, axis) in (0..params).flat_map(|param| [(param, 0), (param, 1)]) {
            let before = warp.param(param, axis);
            for change in [step, -step] {
                warp.set_param(param, axis, before + change);
                let now = score(&warp);
                if now > best {
                    best = now;
                    improved = true;
                    break;
                }
                warp.set_param(param, axis, before);
            }
        }
        if !improved {
            step /= 2.0;
        }
    }
    Fit { warp, score: best }
}

/// The side of a module near the top left corner, in pixels.
pub(crate) fn module_size(warp: &Warp) -> f32 {
    let [start, end] = [warp.map([3.5, 3.5]), warp.map([4.5, 3.5])];
    distance(start, end).clamp(0.5, 64.0)
}

/// The points of the patch that look most like an alignment pattern, near where one centred at
/// `(fourth, fourth)` would be without perspective; at most two, best first.
fn find_alignment_pattern(patch: &Patch, affine: &Warp, fourth: f32) -> Vec<Point> {
    // In half modules. Perspective moves the corner of a large code further.
    let reach = 6 + half_modules(fourth);
    let mut ranked: Vec<(f32, Point)> = Vec::new();
    for (i, j) in (-reach..=reach).flat_map(|j| (-reach..=reach).map(move |i| (i, j))) {
        let point = [fourth + f32::from(i) / 2.0, fourth + f32::from(j) / 2.0];
        ranked.push((alignment_score(patch, affine, point), point));
    }
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut best: Vec<Point> = Vec::new();
    for (_, point) in ranked {
        if best.iter().all(|other| distance(*other, point) > 2.0) {
            best.push(point);
        }
        if best.len() == 2 {
            break;
        }
    }
    best.into_iter().map(|point| affine.map(point)).collect()
}

#[expect(clippy::cast_possible_truncation, reason = "at most 177 / 3")]
fn half_modules(fourth: f32) -> i16 {
    (fourth / 3.5) as i16
}

/// How much a point looks like the centre of an alignment pattern, -1 to 1.
fn alignment_score(patch: &Patch, warp: &Warp, [x, y]: Point) -> f32 {
    // A constant in the denominator, so that noise on a plain area does not count.
    let (mut matched, mut all) = (0.0, 50.0);
    for (dx, dy) in (-2..=2_i8).flat_map(|dy| (-2..=2_i8).map(move |dx| (dx, dy))) {
        let dark = dx.abs().max(dy.abs()) != 1;
        let darkness = patch.darkness(warp.map([x + f32::from(dx), y + f32::from(dy)]));
        matched += sign(dark) * darkness;
        all += darkness.abs();
    }
    matched / all
}
