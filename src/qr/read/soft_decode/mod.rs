//! Soft decoding: a second, slower look at what a decoder detected but could not decode.
//!
//! A decoder samples a black and white picture, where blur, shadow and bends have already done
//! their damage. Soft decoding goes back to the grey plane and keeps every doubt to the end:
//!
//! ```text
//! FinderTriple
//!   -> patch    the grey pixels around it, at about four pixels a module
//!   -> fit      which version, and which perspective makes its fixed patterns match
//!   -> mesh     for bent codes: the local shifts that make the modules stand out
//!   -> deblur   a shade for each module to a value from -1 to 1, blur undone on request
//!   -> symbol   values to text: doubtful codewords become erasures
//! ```
//!
//! [`warp`] is the map from modules to pixels that `fit` and `mesh` improve.
//!
//! What it buys: 7 of 790 made pictures, and 45 of 783 payloads in a public benchmark of photos,
//! are decoded by it alone. `cargo bench --bench qr -- ablation` measures it again.

mod deblur;
mod fit;
mod mesh;
mod patch;
mod warp;

use image::GrayImage;

use super::deadline::Deadline;
use super::decode::{Decoded, FinderTriple};
use super::symbol::{self, Layout, SoftModules};
use fit::Fit;
use patch::Patch;

/// The least plausibility of a triple that is almost certainly a code.
const LIKELY: f32 = 0.6;
/// The least score of the finder patterns of a code that is hard to see.
const MIN_FINDER_SCORE: f32 = 0.48;
/// The least score of all function patterns that is worth decoding.
const MIN_SCORE: f32 = 0.38;
/// Other sizes are tried if they score at most this much less than the best one.
const SCORE_TOLERANCE: f32 = 0.15;
/// The share of function modules that must be right before bends and blur are undone. Chance
/// gives about 0.6.
const MIN_FUNCTION_MATCH: f32 = 0.68;
/// The most sizes that are tried for a triple.
const MAX_SIZES: usize = 3;

/// How much the triple looks like a code, by its finder and timing patterns: -1 to 1.
pub(crate) fn plausibility(plane: &GrayImage, triple: &FinderTriple) -> f32 {
    let patch = Patch::around(plane, false, triple);
    let sizes = patch.map(|patch| fit::rank_sizes(&patch, triple));
    sizes
        .and_then(|sizes| sizes.first().map(|best| best.0))
        .unwrap_or(-1.0)
}

/// Whether a plausibility is that of a code.
pub(crate) fn is_likely(plausibility: f32) -> bool {
    plausibility > LIKELY
}

/// Whether the triple consists of real finder patterns, however hard they are to see.
pub(crate) fn has_finders(plane: &GrayImage, inverted: bool, triple: &FinderTriple) -> bool {
    let patch = Patch::around(plane, inverted, triple);
    patch.is_some_and(|patch| fit::finder_score(&patch, triple) > MIN_FINDER_SCORE)
}

/// Decodes the code at the triple; its corners are in pixels of the plane.
pub(crate) fn decode(
    plane: &GrayImage,
    inverted: bool,
    triple: &FinderTriple,
    deadline: Deadline,
) -> Option<Decoded> {
    let patch = Patch::around(plane, inverted, triple)?;
    let fits = fit_sizes(&patch, triple, deadline)?;
    let plainly = |(fit, layout): &(Fit, Layout)| decode_fit(&patch, fit, layout, 1, deadline);
    if let Some(decoded) = fits.iter().find_map(plainly) {
        return Some(decoded);
    }
    let (flat, layout) = fits
        .into_iter()
        .find(|(fit, layout)| function_match(&patch, fit, layout) >= MIN_FUNCTION_MATCH)?;
    let bent = fit::fit_bends(&patch, flat.clone(), &layout);
    let meshed = Fit {
        warp: mesh::fit_mesh(&patch, bent.warp.clone(), &layout),
        ..bent.clone()
    };
    let attempts = [
        (&meshed, 1),
        (&bent, 1),
        (&flat, deblur::READINGS),
        (&meshed, deblur::READINGS),
    ];
    attempts
        .iter()
        .find_map(|(fit, readings)| decode_fit(&patch, fit, &layout, *readings, deadline))
}

/// The best perspective for each plausible size, best first; none if no size fits.
fn fit_sizes(
    patch: &Patch,
    triple: &FinderTriple,
    deadline: Deadline,
) -> Option<Vec<(Fit, Layout)>> {
    let mut fits = Vec::new();
    for &(_, size) in fit::rank_sizes(patch, triple).iter().take(MAX_SIZES) {
        let layout = Layout::new(size)?;
        let best = fit::fit_perspective(patch, triple, &layout)?;
        fits.push((best, layout));
        if deadline.has_passed() {
            return None;
        }
    }
    let scores = fits.iter().map(|(fit, _)| fit.score);
    let best = scores.fold(MIN_SCORE, f32::max);
    if best <= MIN_SCORE {
        return None;
    }
    fits.retain(|(fit, _)| fit.score > best - SCORE_TOLERANCE);
    fits.sort_by(|a, b| b.0.score.total_cmp(&a.0.score));
    Some(fits)
}

/// The share of function modules that are right without deblurring.
fn function_match(patch: &Patch, fit: &Fit, layout: &Layout) -> f32 {
    let plain = deblur::readings(patch, &fit.warp, layout).next();
    plain.map_or(0.0, |values| {
        SoftModules { layout, values }.function_match()
    })
}

/// Decodes the modules where the fit puts them, from the first `count` readings.
fn decode_fit(
    patch: &Patch,
    fit: &Fit,
    layout: &Layout,
    count: usize,
    deadline: Deadline,
) -> Option<Decoded> {
    let content = deblur::readings(patch, &fit.warp, layout)
        .take(count)
        .take_while(|_| !deadline.has_passed())
        .find_map(|values| symbol::decode(&SoftModules { layout, values }))?;
    #[expect(clippy::cast_precision_loss, reason = "at most 177")]
    let end = layout.size as f32;
    let corners = [[0.0, 0.0], [end, 0.0], [end, end], [0.0, end]];
    Some(Decoded {
        content,
        corners: corners.map(|corner| patch.to_plane(fit.warp.map(corner))),
    })
}
