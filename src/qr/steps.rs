//! The steps of the chain, cheap ones first.

use std::time::Duration;

use super::chain::Step::{Look, Rescue, Tiles};
use super::chain::{Plane, Step};
use super::decode::{CLASSIC, CLOSED, Decoder, LOOSE, RQRR, RXING};
use super::picture::Source;
use super::views::{self, Make};

/// As it looks on a white page.
pub(crate) const WHITE: Plane = plane(Source::White, false);
const WHITE_INVERTED: Plane = plane(Source::White, true);
/// As it looks on a black page.
pub(crate) const BLACK: Plane = plane(Source::Black, false);
const BLACK_INVERTED: Plane = plane(Source::Black, true);

const fn plane(source: Source, inverted: bool) -> Plane {
    Plane { source, inverted }
}

const fn channel(index: usize, inverted: bool) -> Step {
    Look(plane(Source::Channel(index), inverted), views::plain, EYES)
}

const EYES: &[&dyn Decoder] = &[&RXING];

/// For a single picture. The first one reads nearly all screenshots, the next ones add dark
/// mode, photos and damage; the last ones are for what only a different detector sees.
pub(crate) const ALL: &[Step] = &[
    Look(WHITE, views::plain, &[&RXING]),
    Look(WHITE_INVERTED, views::plain, &[&RXING]),
    Look(BLACK, views::plain, &[&RXING]),
    Look(BLACK_INVERTED, views::plain, &[&RXING]),
    Look(WHITE, views::plain_if_few, &[&CLOSED]),
    Rescue(4, Duration::from_millis(150)),
    channel(0, false),
    channel(1, false),
    channel(2, false),
    channel(0, true),
    channel(1, true),
    channel(2, true),
    Tiles(24, WHITE, TILE),
    Look(WHITE, views::third, &[&RXING, &CLOSED]),
    Look(WHITE, views::ninth, &[&RXING, &CLOSED]),
    Look(WHITE, views::tripled, &[&RXING, &CLOSED]),
    Look(WHITE, views::thinned, &[&RXING]),
    Look(WHITE, views::opened, &[&RXING, &CLOSED]),
    Look(WHITE, views::blurred, &[&RXING]),
    Look(WHITE, views::doubled, &[&RXING]),
    Look(WHITE, views::sharpened, &[&RXING]),
    Look(WHITE, views::local_fine, &[&RXING, &LOOSE]),
    Look(WHITE, views::local_wide, &[&RXING, &LOOSE]),
    Look(WHITE_INVERTED, views::sharpened, &[&RXING]),
    Look(WHITE, views::turned, &[&RXING]),
    Rescue(12, Duration::from_millis(400)),
    Look(WHITE, views::plain_if_few, &[&CLASSIC]),
    Look(WHITE, views::small, &[&RQRR]),
];

/// For each tile of a large page: what the whole of a small picture gets.
const TILE: &[(Make, &[&dyn Decoder])] = &[
    (views::doubled, &[&RXING]),
    (views::sharpened, &[&RXING]),
    (views::local_fine, &[&RXING, &LOOSE]),
];

/// For each further frame of an animation.
pub(crate) const FRAME: &[Step] = &[
    Look(WHITE, views::plain, &[&RXING]),
    Look(WHITE_INVERTED, views::plain, &[&RXING]),
    Look(BLACK, views::plain, &[&RXING]),
    Rescue(2, Duration::from_millis(100)),
];
