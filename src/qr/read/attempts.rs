//! What is tried on a picture, and in which order.

use std::time::Duration;

use super::decode::{Decoder, RQRR, RXING, RXING_CLOSED, TOLERANT_FINDER};
use super::picture::{Plane, Source};
use super::preprocess::{
    AT_MOST_1000, BLURRED, DOUBLED, FINE_THRESHOLD, NINTH, OPENED, ORIGINAL, ORIGINAL_UNLESS_LARGE,
    Preprocess, ROTATED, SHARPENED, THINNED, THIRD, TRIPLED, WIDE_THRESHOLD,
};
use Attempt::Decode;

/// One thing to try.
pub(crate) enum Attempt {
    /// Preprocess a plane; then the decoders get it in turn, until one decodes something.
    Decode(Plane, Preprocess, &'static [&'static dyn Decoder]),
    /// The same with the most promising tiles of a large page, which the other attempts reduce.
    Tiles(Tiles),
    /// Soft decoding of the most plausible candidates left by earlier attempts.
    SoftDecode(SoftDecode),
}

impl Attempt {
    /// What is not found without it, for people.
    pub(crate) fn looks_for(&self) -> &'static str {
        match self {
            Self::Tiles(_) => "small codes on a large page",
            Self::SoftDecode(_) => "damaged codes",
            Self::Decode(plane, preprocess, _) => match (plane.source, plane.inverted) {
                (Source::Channel(_), _) => "coloured codes",
                (_, true) => "light codes on dark",
                (Source::OnBlack, _) => "codes on transparency",
                (Source::OnWhite, false) => preprocess.looks_for,
            },
        }
    }
}

pub(crate) struct Tiles {
    pub(crate) plane: Plane,
    pub(crate) count: usize,
    /// What is tried on each tile.
    pub(crate) views: &'static [(Preprocess, &'static [&'static dyn Decoder])],
    /// What is tried afterwards if the tiles have new candidates and no code was found so far.
    pub(crate) soft_decode: SoftDecode,
}

#[derive(Clone, Copy)]
pub(crate) struct SoftDecode {
    pub(crate) count: usize,
    /// The time limit for all of them together.
    pub(crate) limit: Duration,
}

/// All attempts on a picture, in order.
pub(crate) struct Plan {
    /// These all run on a page with many codes, because more of them may be hidden.
    pub(crate) quick: &'static [Attempt],
    /// These only run as long as nothing was found, or a candidate is left that is almost
    /// certainly a code.
    pub(crate) thorough: &'static [Attempt],
}

/// The plan for a picture. The first attempt reads nearly all screenshots. The next ones add dark
/// mode, photos and damage; the last one is for what only a different detector finds.
pub(crate) const PICTURE: Plan = Plan {
    quick: &[
        Decode(WHITE, ORIGINAL, &[&RXING]),
        Decode(WHITE_INVERTED, ORIGINAL, &[&RXING]),
        Decode(BLACK, ORIGINAL, &[&RXING]),
        Decode(BLACK_INVERTED, ORIGINAL, &[&RXING]),
        Decode(WHITE, ORIGINAL_UNLESS_LARGE, &[&RXING_CLOSED]),
        soft_decode(4, 150),
        channel(0, false),
        channel(1, false),
        channel(2, false),
        channel(0, true),
        channel(1, true),
        channel(2, true),
        TILES,
        Decode(WHITE, THIRD, &[&RXING, &RXING_CLOSED]),
        Decode(WHITE, NINTH, &[&RXING, &RXING_CLOSED]),
        Decode(WHITE, TRIPLED, &[&RXING, &RXING_CLOSED]),
        Decode(WHITE, THINNED, &[&RXING]),
        Decode(WHITE, OPENED, &[&RXING, &RXING_CLOSED]),
        Decode(WHITE, BLURRED, &[&RXING]),
        Decode(WHITE, DOUBLED, &[&RXING]),
    ],
    thorough: &[
        Decode(WHITE, SHARPENED, &[&RXING]),
        Decode(WHITE, FINE_THRESHOLD, &[&RXING, &TOLERANT_FINDER]),
        Decode(WHITE, WIDE_THRESHOLD, &[&RXING, &TOLERANT_FINDER]),
        Decode(WHITE_INVERTED, SHARPENED, &[&RXING]),
        Decode(WHITE, ROTATED, &[&RXING]),
        soft_decode(12, 400),
        Decode(WHITE, AT_MOST_1000, &[&RQRR]),
    ],
};

const TILES: Attempt = Attempt::Tiles(Tiles {
    plane: WHITE,
    count: 24,
    views: &[
        (DOUBLED, &[&RXING]),
        (SHARPENED, &[&RXING]),
        (FINE_THRESHOLD, &[&RXING, &TOLERANT_FINDER]),
    ],
    soft_decode: SoftDecode {
        count: 4,
        limit: Duration::from_millis(150),
    },
});

/// The plan for each further frame of an animation.
pub(crate) const FRAME: Plan = Plan {
    quick: &[
        Decode(WHITE, ORIGINAL, &[&RXING]),
        Decode(WHITE_INVERTED, ORIGINAL, &[&RXING]),
        Decode(BLACK, ORIGINAL, &[&RXING]),
        soft_decode(2, 100),
    ],
    thorough: &[],
};

/// Transparent pixels become white.
pub(crate) const WHITE: Plane = plane(Source::OnWhite, false);
const WHITE_INVERTED: Plane = plane(Source::OnWhite, true);
/// Transparent pixels become black; skipped if the picture has none.
pub(crate) const BLACK: Plane = plane(Source::OnBlack, false);
const BLACK_INVERTED: Plane = plane(Source::OnBlack, true);

const fn plane(source: Source, inverted: bool) -> Plane {
    Plane { source, inverted }
}

const RXING_ALONE: &[&dyn Decoder] = &[&RXING];

const fn channel(index: usize, inverted: bool) -> Attempt {
    let plane = plane(Source::Channel(index), inverted);
    Decode(plane, ORIGINAL, RXING_ALONE)
}

const fn soft_decode(count: usize, milliseconds: u64) -> Attempt {
    Attempt::SoftDecode(SoftDecode {
        count,
        limit: Duration::from_millis(milliseconds),
    })
}
