//! Follows a bent code from its finder patterns outwards.

use super::fit::{Mark, distance, middle};
use super::ground::Ground;
use super::warp::{Mesh, Point, Warp};
use crate::qr::symbol::{Cell, Layout};

/// About so many modules are between two nodes.
const SPACING: usize = 5;
/// How far a node is moved from where its neighbours let it expect, in steps.
const STEPS: i8 = 4;
/// The same where most modules around a node are known, in the finder patterns.
const STEPS_KNOWN: i8 = 9;
/// A step, in modules. All in all less than a module, as one further looks as sharp again.
const STEP: f32 = 0.16;
/// The modules around a node that are looked at, to each side.
const REACH: usize = 4;

/// The warp with a mesh that makes the modules around each node stand out best.
///
/// The nodes near the finder patterns come first; the others start where those before them
/// lead to, so that the mesh can drift by more than a module over the whole code.
pub(crate) fn meshed(ground: &Ground, mut warp: Warp, layout: &Layout, module: f32) -> Warp {
    let nodes = layout.size.div_ceil(SPACING) + 1;
    let places: Vec<Point> = (0..nodes * nodes)
        .map(|node| {
            [node % nodes, node / nodes].map(|i| share(i, nodes - 1) * middle(layout.size - 1))
        })
        .collect();
    let mut shifts: Vec<Option<Point>> = vec![None; places.len()];
    for node in order(&places, layout.size) {
        let start = expected(&shifts, nodes, node);
        let patch = patch(layout, places[node]);
        shifts[node] = Some(best(ground, &warp, &patch, start, module));
    }
    let shifts = shifts.into_iter().map(Option::unwrap_or_default).collect();
    warp.mesh = Some(Mesh { nodes, shifts });
    warp
}

#[expect(clippy::cast_precision_loss, reason = "at most 177")]
fn share(part: usize, whole: usize) -> f32 {
    part as f32 / whole as f32
}

/// The nodes by their distance from the nearest finder pattern.
fn order(places: &[Point], size: usize) -> Vec<usize> {
    let far = middle(size - 4);
    let finders = [[3.5, 3.5], [far, 3.5], [3.5, far]];
    let near = |node: &usize| {
        let distances = finders.map(|finder| distance(finder, places[*node]));
        distances.into_iter().fold(f32::INFINITY, f32::min)
    };
    let mut order: Vec<usize> = (0..places.len()).collect();
    order.sort_by(|a, b| near(a).total_cmp(&near(b)));
    order
}

/// Where the neighbours that are known already lead to: straight on where there are two in a
/// line, and the same as the one where there is one.
fn expected(shifts: &[Option<Point>], nodes: usize, node: usize) -> Point {
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
        let lead = at(2, dx, dy).map_or(near, |next| {
            [0, 1].map(|axis| 2.0 * near[axis] - next[axis])
        });
        // A guess beyond two is worth more than a copy of one, but not by much.
        sum = [0, 1].map(|axis| sum[axis] + f32::midpoint(lead[axis], near[axis]));
        count += 1.0;
    }
    sum.map(|sum| sum / count.max(1.0))
}

/// The modules around a place; the sign is 0 where a module may be dark or light.
fn patch(layout: &Layout, [x, y]: Point) -> Vec<Mark> {
    let range = |place: f32| {
        let place = index(place);
        place.saturating_sub(REACH)..(place + REACH + 1).min(layout.size)
    };
    let places = range(y).flat_map(|row| range(x).map(move |column| (column, row)));
    places
        .map(|(column, row)| {
            let sign = match layout.cell(column, row) {
                Cell::Fixed(true) => 1.0,
                Cell::Fixed(false) => -1.0,
                _ => 0.0,
            };
            ([middle(column), middle(row)], sign)
        })
        .collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a place in the code"
)]
fn index(place: f32) -> usize {
    place as usize
}

/// The shift near `start` with which the patch stands out best.
fn best(ground: &Ground, warp: &Warp, patch: &[Mark], start: Point, module: f32) -> Point {
    let points: Vec<Mark> = patch
        .iter()
        .map(|(place, sign)| (warp.map(*place), *sign))
        .collect();
    let worth = |shift: Point| -> f32 {
        let depths = points.iter().map(|([x, y], sign)| {
            let depth = ground.depth([x + shift[0], y + shift[1]]);
            if *sign == 0.0 {
                depth.abs()
            } else {
                2.0 * sign * depth
            }
        });
        depths.sum()
    };
    let known = points.iter().filter(|(_, sign)| *sign != 0.0).count();
    let steps = if 3 * known > 2 * points.len() {
        STEPS_KNOWN
    } else {
        STEPS
    };
    let mut best = (worth(start) * 1.01, start);
    for (i, j) in (-steps..=steps).flat_map(|j| (-steps..=steps).map(move |i| (i, j))) {
        let [dx, dy] = [i, j].map(|steps| f32::from(steps) * STEP * module);
        let shift = [start[0] + dx, start[1] + dy];
        let now = worth(shift);
        if now > best.0 {
            best = (now, shift);
        }
    }
    best.1
}
