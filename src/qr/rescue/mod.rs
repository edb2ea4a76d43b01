//! A second look at what was seen and not read: three finder patterns, no payload.
//!
//! A decoder samples a black and white picture, where blur, shadow and bends have done their
//! damage already. Here the grey picture is kept: the fixed patterns of each possible size are
//! laid over it and moved until they match, perspective first and bends then; each module is
//! compared with those around it; and blur is undone between modules rather than pixels.

mod fit;
mod ground;
mod mesh;
mod restore;
mod warp;

use image::GrayImage;

use super::clock::Deadline;
use super::decode::{Found, Trace};
use super::symbol::{self, Layout, Modules};
use fit::Fit;
use ground::Ground;

/// How well the timing patterns match for a trace to be a code almost certainly.
const LIKELY: f32 = 0.6;
/// How well the finder patterns must match for a code that is hard to see.
const POSSIBLE: f32 = 0.48;
/// How well all fixed patterns must match before anything is read.
const READABLE: f32 = 0.38;
/// How much less another size may match than the best one.
const CLOSE: f32 = 0.15;
/// The share of the fixed modules that must look right before bends and blur are undone:
/// chance gives about 0.6.
const PROMISING: f32 = 0.68;
/// The most sizes that are tried for a trace.
const SIZES: usize = 3;

/// How much the trace looks like a code, by its timing patterns alone: -1 to 1.
pub(crate) fn plausibility(plane: &GrayImage, trace: &Trace) -> f32 {
    let ground = Ground::around(plane, false, trace);
    let sizes = ground.map(|ground| fit::sizes(&ground, trace));
    sizes
        .and_then(|sizes| sizes.first().map(|best| best.0))
        .unwrap_or(-1.0)
}

/// Whether a plausibility is that of a code.
pub(crate) fn likely(plausibility: f32) -> bool {
    plausibility > LIKELY
}

/// Whether what left a trace has three finder patterns at least, however hard to see.
pub(crate) fn possible(plane: &GrayImage, inverted: bool, trace: &Trace) -> bool {
    let ground = Ground::around(plane, inverted, trace);
    ground.is_some_and(|ground| fit::finders(&ground, trace) > POSSIBLE)
}

/// Reads the code that left a trace on the plane; places are in pixels of the plane.
pub(crate) fn read(
    plane: &GrayImage,
    inverted: bool,
    trace: &Trace,
    until: Deadline,
) -> Option<Found> {
    let ground = Ground::around(plane, inverted, trace)?;
    let mut fits = Vec::new();
    for &(_, size) in fit::sizes(&ground, trace).iter().take(SIZES) {
        let layout = Layout::new(size)?;
        let best = fit::fits(&ground, trace, &layout).into_iter().next()?;
        fits.push((best, layout));
        if until.over() {
            return None;
        }
    }
    let best = fits
        .iter()
        .map(|(fit, _)| fit.score)
        .fold(READABLE, f32::max);
    fits.retain(|(fit, _)| fit.score > best - CLOSE);
    fits.sort_by(|a, b| b.0.score.total_cmp(&a.0.score));
    if best <= READABLE {
        return None;
    }
    let plainly = |(fit, layout): &(Fit, Layout)| read_fit(&ground, fit, layout, 1, until);
    fits.iter().find_map(plainly).or_else(|| {
        let (fit, layout) = fits
            .into_iter()
            .find(|(fit, layout)| promising(&ground, fit, layout))?;
        let curved = fit::bent(&ground, fit.clone(), &layout);
        let meshed = meshed(&ground, &curved, &layout);
        let attempts = [
            (&meshed, 1),
            (&curved, 1),
            (&fit, restore::WAYS),
            (&meshed, restore::WAYS),
        ];
        attempts
            .iter()
            .find_map(|(fit, ways)| read_fit(&ground, fit, &layout, *ways, until))
    })
}

fn meshed(ground: &Ground, fit: &Fit, layout: &Layout) -> Fit {
    let module = fit::module(&fit.warp);
    let warp = mesh::meshed(ground, fit.warp.clone(), layout, module);
    Fit {
        warp,
        ..fit.clone()
    }
}

/// Whether enough of the fixed modules look right for bends and blur to be worth undoing.
fn promising(ground: &Ground, fit: &Fit, layout: &Layout) -> bool {
    let plain = restore::readings(ground, &fit.warp, layout).next();
    plain.is_some_and(|values| Modules { layout, values }.fit() >= PROMISING)
}

/// Reads the modules where a fit says that they are, in so many ways.
fn read_fit(
    ground: &Ground,
    fit: &Fit,
    layout: &Layout,
    ways: usize,
    until: Deadline,
) -> Option<Found> {
    let readings = restore::readings(ground, &fit.warp, layout);
    let symbol = readings
        .take(ways)
        .take_while(|_| !until.over())
        .find_map(|values| symbol::read(&Modules { layout, values }))?;
    #[expect(clippy::cast_precision_loss, reason = "at most 177")]
    let end = layout.size as f32;
    let corners = [[0.0, 0.0], [end, 0.0], [end, end], [0.0, end]];
    Some(Found {
        content: symbol.content,
        margin: Some(symbol.margin),
        corners: corners.map(|corner| ground.outside(fit.warp.map(corner))),
    })
}
