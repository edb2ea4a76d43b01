//! How a view lies on the picture that it was made from.

use super::decode::Finder;

/// A place, a size and a turn: pixels of a view as pixels of the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Place {
    /// Where the view's top left corner is.
    origin: [f32; 2],
    /// Where a step of one pixel to the right leads.
    across: [f32; 2],
    /// Where a step of one pixel downwards leads.
    down: [f32; 2],
}

impl Place {
    /// The view is as the picture is.
    pub(crate) const SAME: Self = Self::scaled([1.0; 2]);

    /// A pixel of the view is so many pixels of the picture, on each axis.
    pub(crate) const fn scaled([x, y]: [f32; 2]) -> Self {
        Self {
            origin: [0.0; 2],
            across: [x, 0.0],
            down: [0.0, y],
        }
    }

    /// The view begins at a point of the picture, and its steps lead so far.
    pub(crate) const fn turned(origin: [f32; 2], across: [f32; 2], down: [f32; 2]) -> Self {
        Self {
            origin,
            across,
            down,
        }
    }

    /// The same on a picture of which the one before was a tile with this corner.
    pub(crate) fn moved(self, [x, y]: [f32; 2]) -> Self {
        let origin = [self.origin[0] + x, self.origin[1] + y];
        Self { origin, ..self }
    }

    /// A point of the view, in pixels of the picture.
    pub(crate) fn point(self, [x, y]: [f32; 2]) -> [f32; 2] {
        [0, 1].map(|axis| self.origin[axis] + x * self.across[axis] + y * self.down[axis])
    }

    /// A finder pattern of the view as one of the picture.
    pub(crate) fn finder(self, finder: Finder) -> Finder {
        let [across, down] = [self.across, self.down].map(|step| step[0].hypot(step[1]));
        Finder {
            centre: self.point(finder.centre),
            module: finder.module * f32::midpoint(across, down),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_add_up() {
        let place = Place::turned([10.0, 20.0], [0.0, 2.0], [-2.0, 0.0]).moved([100.0, 0.0]);
        let finder = place.finder(Finder {
            centre: [3.0, 4.0],
            module: 5.0,
        });
        let wanted = Finder {
            centre: [102.0, 26.0],
            module: 10.0,
        };
        assert_eq!(finder, wanted);
        assert_eq!(Place::SAME.finder(finder), finder);
    }
}
