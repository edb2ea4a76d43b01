//! From the pixels of a view back to those of the picture that it was made from.

use crate::qr::read::decode::{FinderPattern, FinderTriple};
use crate::qr::read::geometry::{Point, length};

/// An affine map from pixels of a view to pixels of the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Transform {
    /// Where the view's top left corner is.
    origin: Point,
    /// Where a step of one pixel to the right leads.
    across: Point,
    /// Where a step of one pixel down leads.
    down: Point,
}

impl Transform {
    pub(crate) const IDENTITY: Self = Self::scale([1.0; 2]);

    /// One pixel of the view is this many pixels of the picture, on each axis.
    pub(crate) const fn scale([x, y]: [f32; 2]) -> Self {
        Self::new([0.0; 2], [x, 0.0], [0.0, y])
    }

    pub(crate) const fn new(origin: Point, across: Point, down: Point) -> Self {
        Self {
            origin,
            across,
            down,
        }
    }

    /// The map to a larger picture, of which the old one is the tile at `corner`.
    pub(crate) fn translated(self, corner: Point) -> Self {
        let origin = [0, 1].map(|axis| self.origin[axis] + corner[axis]);
        Self { origin, ..self }
    }

    pub(crate) fn point(self, [x, y]: Point) -> Point {
        [0, 1].map(|axis| self.origin[axis] + x * self.across[axis] + y * self.down[axis])
    }

    pub(crate) fn finder(self, finder: FinderPattern) -> FinderPattern {
        let scale = f32::midpoint(length(self.across), length(self.down));
        FinderPattern {
            centre: self.point(finder.centre),
            module_size: finder.module_size * scale,
        }
    }

    pub(crate) fn triple(self, triple: FinderTriple) -> FinderTriple {
        FinderTriple(triple.0.map(|finder| self.finder(finder)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_add_up() {
        let transform =
            Transform::new([10.0, 20.0], [0.0, 2.0], [-2.0, 0.0]).translated([100.0, 0.0]);
        let finder = transform.finder(FinderPattern {
            centre: [3.0, 4.0],
            module_size: 5.0,
        });
        let wanted = FinderPattern {
            centre: [102.0, 26.0],
            module_size: 10.0,
        };
        assert_eq!(finder, wanted);
        assert_eq!(Transform::IDENTITY.finder(finder), finder);
    }
}
