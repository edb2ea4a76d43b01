//! Follows a bent code outwards from its finder patterns.

use super::fit::{Expected, module_size, sign};
use super::patch::Patch;
use super::warp::{Mesh, Warp};
use crate::qr::read::geometry::{Point, distance, module_middle};
use crate::qr::read::symbol::{Layout, ModuleKind};

/// About how many modules lie between two nodes.
const SPACING: usize = 5;
/// The most steps, on each axis, that a node moves from where its neighbours predict it.
const MAX_STEPS: i8 = 4;
/// The same where most modules around a node are known, in the finder patterns.
const MAX_STEPS_KNOWN: i8 = 9;
/// A step, in modules. [`MAX_STEPS`] of them stay below a module: one module off looks as sharp.
const STEP: f32 = 0.16;
/// Modules on each side of a node that are compared.
const RADIUS: usize = 4;

/// Adds the mesh that makes the modules around each node stand out best.
///
/// The nodes near the finder patterns come first. The others start from where earlier ones
/// predict them, so that the mesh can drift by more than a module over the whole code.
pub(crate) fn fit_mesh(patch: &Patch, mut warp: Warp, layout: &Layout) -> Warp {
    let step = STEP * module_size(&warp);
    let nodes = layout.size.div_ceil(SPACING) + 1;
    let points: Vec<Point> = (0..nodes * nodes)
        .map(|node| {
            [node % nodes, node / nodes]
                .map(|i| share(i, nodes - 1) * module_middle(layout.size - 1))
        })
        .collect();
    let mut shifts: Vec<Option<Point>> = vec![None; points.len()];
    for node in by_finder_distance(&points, layout.size) {
        let start = predict(&shifts, nodes, node);
        let around = modules_around(layout, points[node]);
        shifts[node] = Some(best_shift(patch, &warp, &around, start, step));
    }
    let shifts = shifts.into_iter().map(Option::unwrap_or_default).collect();
    warp.mesh = Some(Mesh { nodes, shifts });
    warp
}

#[expect(clippy::cast_precision_loss, reason = "at most 177")]
fn share(part: usize, whole: usize) -> f32 {
    part as f32 / whole as f32
}

/// The nodes, those nearest to a finder pattern first.
fn by_finder_distance(points: &[Point], size: usize) -> Vec<usize> {
    let far = module_middle(size - 4);
    let finders = [[3.5, 3.5], [far, 3.5], [3.5, far]];
    let near = |node: &usize| {
        let distances = finders.map(|finder| distance(finder, points[*node]));
        distances.into_iter().fold(f32::INFINITY, f32::min)
    };
    let mut order: Vec<usize> = (0..points.len()).collect();
    order.sort_by(|a, b| near(a).total_cmp(&near(b)));
    order
}

/// The shift that the neighbours fitted so far predict: extrapolated where there are two in a
/// line, copied where there is one.
fn predict(shifts: &[Option<Point>], nodes: usize, node: usize) -> Point {
    let at = |steps: isize, dx: isize, dy: isize| {
        let x = (node % nodes)
            .checked_add_signed(steps * dx)
            .filter(|x| *x < nodes)?;
        let y = (node / nodes)
            .checked_add_signed(steps * dy)
            .filter(|y| *y < nodes)?;
        shifts[y * nodes + x]
    };
    let mut sum = [0.0; 2];
    let mut count = 0.0_f32;
    for (dx, dy) in [
        (1, 0),
        (-1, 0),
        (0, 1),
        (0, -1),
        (1, 1),
        (-1, -1),
        (1, -1),
        (-1, 1),
    ] {
        let Some(near) = at(1, dx, dy) else {
            continue;
        };
        let ahead = at(2, dx, dy).map_or(near, |next| {
            [0, 1].map(|axis| 2.0 * near[axis] - next[axis])
        });
        // Halfway between extrapolating and copying, because extrapolation overshoots.
        sum = [0, 1].map(|axis| sum[axis] + f32::midpoint(ahead[axis], near[axis]));
        count += 1.0;
    }
    sum.map(|sum| sum / count.max(1.0))
}

/// The modules around a point of the code. The sign is 0 where a module may be dark or light.
fn modules_around(layout: &Layout, [x, y]: Point) -> Vec<Expected> {
    let range = |coordinate: f32| {
        let middle = index(coordinate);
        middle.saturating_sub(RADIUS)..(middle + RADIUS + 1).min(layout.size)
    };
    let places = range(y).flat_map(|row| range(x).map(move |column| (column, row)));
    places
        .map(|(column, row)| {
            let sign = match layout.kind(column, row) {
                ModuleKind::Function(dark) => sign(dark),
                _ => 0.0,
            };
            ([module_middle(column), module_middle(row)], sign)
        })
        .collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "points lie inside the code"
)]
fn index(coordinate: f32) -> usize {
    coordinate as usize
}

/// The shift near `start` that makes the modules stand out best.
fn best_shift(patch: &Patch, warp: &Warp, modules: &[Expected], start: Point, step: f32) -> Point {
    let points: Vec<Expected> = modules
        .iter()
        .map(|(point, sign)| (warp.map(*point), *sign))
        .collect();
    let score = |shift: Point| -> f32 {
        let scores = points.iter().map(|([x, y], sign)| {
            let darkness = patch.darkness([x + shift[0], y + shift[1]]);
            if *sign == 0.0 {
                darkness.abs()
            } else {
                2.0 * sign * darkness
            }
        });
        scores.sum()
    };
    let known = points.iter().filter(|(_, sign)| *sign != 0.0).count();
    let most = if 3 * known > 2 * points.len() {
        MAX_STEPS_KNOWN
    } else {
        MAX_STEPS
    };
    let mut best = (score(start) * 1.01, start);
    for (i, j) in (-most..=most).flat_map(|j| (-most..=most).map(move |i| (i, j))) {
        let [dx, dy] = [i, j].map(|steps| f32::from(steps) * step);
        let shift = [start[0] + dx, start[1] + dy];
        let now = score(shift);
        if now > best.0 {
            best = (now, shift);
        }
    }
    best.1
}
