//! The map from modules to pixels: perspective, with bends and a mesh on top.

use crate::qr::read::geometry::Point;

/// Maps the square of a code (in modules) to a patch (in pixels).
#[derive(Debug, Clone)]
pub(crate) struct Warp {
    /// Modules on a side.
    size: f32,
    /// Four points of the code, near its top left, top right, bottom right and bottom left.
    anchors: [Point; 4],
    /// Where the anchors are mapped to, then the strength of each bend; in pixels.
    params: [Point; Self::PARAMS],
    /// The perspective, row by row; it follows from the anchors and their targets.
    matrix: [f32; 9],
    /// Local corrections on top of everything else.
    pub(crate) mesh: Option<Mesh>,
}

impl Warp {
    /// The first parameters, which move the anchors.
    pub(crate) const ANCHORS: usize = 4;
    /// All parameters: the other six are an arch, a twisted arch and a stretch on each axis.
    pub(crate) const PARAMS: usize = Self::ANCHORS + 6;

    /// The perspective that maps the anchors to `points`, without any bend.
    pub(crate) fn new(size: usize, anchors: [Point; 4], points: [Point; 4]) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "at most 177")]
        let size = size as f32;
        let mut params = [[0.0; 2]; Self::PARAMS];
        params[..Self::ANCHORS].copy_from_slice(&points);
        let mut warp = Self {
            size,
            anchors,
            params,
            matrix: [0.0; 9],
            mesh: None,
        };
        warp.update_matrix();
        warp
    }

    /// One coordinate of a parameter.
    pub(crate) fn param(&self, index: usize, axis: usize) -> f32 {
        self.params[index][axis]
    }

    pub(crate) fn set_param(&mut self, index: usize, axis: usize, value: f32) {
        self.params[index][axis] = value;
        if index < Self::ANCHORS {
            self.update_matrix();
        }
    }

    fn update_matrix(&mut self) {
        let [a, b, c, d, ..] = self.params;
        let points = [a, b, c, d];
        self.matrix = product(&from_square(points), &adjugate(&from_square(self.anchors)));
    }

    /// The pixel of a point in the code.
    pub(crate) fn map(&self, [x, y]: Point) -> Point {
        let row = |start: usize| {
            self.matrix[start] * x + self.matrix[start + 1] * y + self.matrix[start + 2]
        };
        let depth = row(6);
        let mut point = [row(0) / depth, row(3) / depth];
        let [across, down] = [x, y].map(|coordinate| 2.0 * coordinate / self.size - 1.0);
        let (arch, rise) = (1.0 - across * across, 1.0 - down * down);
        let weights = [
            arch,
            rise,
            arch * down,
            rise * across,
            arch * across,
            rise * down,
        ];
        for (weight, bend) in weights.iter().zip(&self.params[Self::ANCHORS..]) {
            point[0] += weight * bend[0];
            point[1] += weight * bend[1];
        }
        if let Some(mesh) = &self.mesh {
            let [dx, dy] = mesh.shift([x / self.size, y / self.size]);
            point = [point[0] + dx, point[1] + dy];
        }
        point
    }
}

/// Shifts at the nodes of a square grid, bilinear in between.
#[derive(Debug, Clone)]
pub(crate) struct Mesh {
    /// Nodes on a side, at least 2.
    pub(crate) nodes: usize,
    /// Row by row, in pixels.
    pub(crate) shifts: Vec<Point>,
}

impl Mesh {
    /// The shift at a point of the code, whose sides go from 0 to 1.
    fn shift(&self, point: Point) -> Point {
        let last = self.nodes - 1;
        let [(x, fx), (y, fy)] = point.map(|share| split(share, last));
        let at = |x: usize, y: usize| self.shifts[y * self.nodes + x];
        [0, 1].map(|axis| {
            let upper = at(x, y)[axis] * (1.0 - fx) + at(x + 1, y)[axis] * fx;
            let lower = at(x, y + 1)[axis] * (1.0 - fx) + at(x + 1, y + 1)[axis] * fx;
            upper * (1.0 - fy) + lower * fy
        })
    }
}

/// Which of `last` grid cells a share of the side falls into, and how far into it.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "it is a few cells"
)]
fn split(share: f32, last: usize) -> (usize, f32) {
    let position = (share * last as f32).clamp(0.0, last as f32);
    let cell = (position as usize).min(last - 1);
    (cell, position - cell as f32)
}

/// The perspective from the unit square to four points (Heckbert 1989, section 2.2.2), row by
/// row.
fn from_square([first, second, third, last]: [Point; 4]) -> [f32; 9] {
    let sum = [0, 1].map(|axis| first[axis] - second[axis] + third[axis] - last[axis]);
    let right = [0, 1].map(|axis| second[axis] - third[axis]);
    let below = [0, 1].map(|axis| last[axis] - third[axis]);
    let area = right[0] * below[1] - below[0] * right[1];
    let tilt = [
        (sum[0] * below[1] - below[0] * sum[1]) / area,
        (right[0] * sum[1] - sum[0] * right[1]) / area,
    ];
    let line = |axis: usize| {
        [
            second[axis] - first[axis] + tilt[0] * second[axis],
            last[axis] - first[axis] + tilt[1] * last[axis],
            first[axis],
        ]
    };
    let ([xx, xy, x], [yx, yy, y]) = (line(0), line(1));
    [xx, xy, x, yx, yy, y, tilt[0], tilt[1], 1.0]
}

/// The inverse of a perspective, up to a factor, which cancels out.
fn adjugate(m: &[f32; 9]) -> [f32; 9] {
    let minor = |a: usize, b: usize, c: usize, d: usize| m[a] * m[b] - m[c] * m[d];
    [
        minor(4, 8, 5, 7),
        minor(2, 7, 1, 8),
        minor(1, 5, 2, 4),
        minor(5, 6, 3, 8),
        minor(0, 8, 2, 6),
        minor(2, 3, 0, 5),
        minor(3, 7, 4, 6),
        minor(1, 6, 0, 7),
        minor(0, 4, 1, 3),
    ]
}

fn product(a: &[f32; 9], b: &[f32; 9]) -> [f32; 9] {
    let mut out = [0.0; 9];
    for (index, out) in out.iter_mut().enumerate() {
        let (row, column) = (index / 3 * 3, index % 3);
        *out = (0..3).map(|i| a[row + i] * b[i * 3 + column]).sum();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANCHORS: [Point; 4] = [[3.5, 3.5], [17.5, 3.5], [14.5, 14.5], [3.5, 17.5]];
    const POINTS: [Point; 4] = [[10.0, 20.0], [90.0, 15.0], [80.0, 70.0], [20.0, 95.0]];

    #[test]
    fn the_anchors_are_mapped_to_their_points() {
        let warp = Warp::new(21, ANCHORS, POINTS);
        for (anchor, point) in ANCHORS.iter().zip(POINTS) {
            let [x, y] = warp.map(*anchor);
            assert!((x - point[0]).abs() < 0.01 && (y - point[1]).abs() < 0.01);
        }
    }

    #[test]
    fn straight_lines_stay_straight_until_they_are_bent() {
        let mut warp = Warp::new(21, ANCHORS, POINTS);
        let off = |warp: &Warp| {
            let [a, b, c] = [0.0, 10.5, 21.0].map(|x| warp.map([x, 4.0]));
            (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
        };
        assert!(off(&warp).abs() < 0.1);
        warp.set_param(Warp::ANCHORS, 1, 5.0);
        assert!(off(&warp).abs() > 100.0);
    }
}
