//! Explains why nothing was read, from what was seen instead.

use image::GrayImage;

use super::decode::FinderPattern;
use super::error::PictureError;
use super::geometry::{Point, distance, to_index};
use super::pipeline::{Candidate, Outcome};
use super::soft_decode;

/// Codes with modules below this many pixels can hardly be read.
const SMALL_MODULE: f32 = 2.0;
/// A picture counts as blurred if the contrast between single modules is below this, relative to
/// the contrast of the large parts of a finder pattern.
const BLURRED: f32 = 0.45;
/// A finder pattern reaches 3.5 modules from its centre. With less than this inside the picture, it
/// is cut off.
const WHOLE_FINDER: f32 = 2.7;
/// The most candidates that are considered.
const MAX_CANDIDATES: usize = 8;

/// A picture is plain if its darkest and its lightest shade are no further apart than this.
const MIN_SPAN: usize = 40;
/// In a picture in focus, the steepest edges have at least this share of the span, in percent.
const STEEP_PERCENT: usize = 25;
/// Below this share, in percent, there are no edges at all, only a gradient.
const FLAT_PERCENT: usize = 2;
/// About how many pixels are sampled for the focus.
const SAMPLES: usize = 1 << 20;

/// Explains why a picture gave nothing.
pub(crate) fn explain(plane: &GrayImage, outcome: &Outcome) -> PictureError {
    let mut candidates: Vec<&Candidate> = outcome.candidates.iter().collect();
    candidates.sort_by(|a, b| b.plausibility.total_cmp(&a.plausibility));
    if let Some(best) = candidates.first()
        && soft_decode::is_likely(best.plausibility)
    {
        return explain_candidate(plane, best);
    }
    if is_cut_off(plane, &outcome.finders) {
        return PictureError::CutOff;
    }
    let has_finders = |candidate: &&&Candidate| {
        soft_decode::has_finders(plane, candidate.plane.inverted, &candidate.triple)
    };
    match candidates.iter().take(MAX_CANDIDATES).find(has_finders) {
        Some(candidate) => explain_candidate(plane, candidate),
        None if is_out_of_focus(plane) => PictureError::OutOfFocus,
        None => PictureError::NoCode,
    }
}

/// Whether something was seen that is almost certainly a code.
pub(crate) fn has_seen_a_code(outcome: &Outcome) -> bool {
    let mut candidates = outcome.candidates.iter();
    candidates.any(|candidate| soft_decode::is_likely(candidate.plausibility))
}

fn explain_candidate(plane: &GrayImage, candidate: &Candidate) -> PictureError {
    let triple = &candidate.triple;
    let module_size = triple.module_size();
    let is_whole =
        |finder: &FinderPattern| inside(plane, finder.centre, WHOLE_FINDER * finder.module_size);
    if !inside(plane, triple.fourth_centre(), 0.0) || !triple.0.iter().all(is_whole) {
        PictureError::CutOff
    } else if module_size < SMALL_MODULE {
        PictureError::TooSmall {
            tenths: tenths(module_size),
        }
    } else if triple
        .0
        .iter()
        .all(|finder| sharpness(plane, finder) < BLURRED)
    {
        PictureError::Blurred
    } else {
        PictureError::Unreadable
    }
}

/// Whether a point is inside the picture, at least `margin` pixels from its edges.
fn inside(plane: &GrayImage, [x, y]: Point, margin: f32) -> bool {
    #[expect(clippy::cast_precision_loss, reason = "sides of a picture are small")]
    let (width, height) = (plane.width() as f32, plane.height() as f32);
    x >= margin && y >= margin && x < width - margin && y < height - margin
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is a few pixels"
)]
fn tenths(pixels: f32) -> u32 {
    (pixels * 10.0).round() as u32
}

/// Whether two finder patterns of the same size are all that is left of a code: so near to an edge
/// of the picture that there is no room for the third.
fn is_cut_off(plane: &GrayImage, finders: &[FinderPattern]) -> bool {
    let [a, b] = finders else {
        return false;
    };
    let low = a.module_size.min(b.module_size);
    let high = a.module_size.max(b.module_size);
    let [dx, dy] = [0, 1].map(|axis| b.centre[axis] - a.centre[axis]);
    let modules = distance(a.centre, b.centre) / high.max(0.1) + 7.0;
    if high > low * 1.3 || !(19.0..180.0).contains(&modules) {
        return false;
    }
    // The other corners lie on one side of the line between the two.
    let has_room = |sign: f32| {
        let corners =
            [a, b].map(|finder| [finder.centre[0] - sign * dy, finder.centre[1] + sign * dx]);
        corners
            .iter()
            .all(|corner| inside(plane, *corner, 2.0 * high))
    };
    !has_room(1.0) && !has_room(-1.0)
}

/// The contrast between the rings of a finder pattern, relative to that between its core and its
/// light ring: 1 when sharp, 0 when the light ring is gone.
fn sharpness(plane: &GrayImage, finder: &FinderPattern) -> f32 {
    let ring = |modules: f32| -> f32 {
        // Sixteen directions, so that the rotation of the code does not matter.
        let angles = (0..16_u8).map(|i| f32::from(i) * std::f32::consts::TAU / 16.0);
        let shades = angles.filter_map(|angle| {
            let reach = modules * finder.module_size;
            shade(
                plane,
                finder.centre,
                [angle.cos() * reach, angle.sin() * reach],
            )
        });
        shades.map(f32::from).sum::<f32>() / 16.0
    };
    let (core, light, dark) = (ring(0.3), ring(2.1), ring(3.1));
    let full = (light - core).abs().max(1.0);
    ((light - dark).abs() / full).min(1.0) * (full / 60.0).min(1.0)
}

/// Whether the picture is not plain, but nothing in it has a sharp edge. Blur of a module or more
/// leaves no finder patterns, so there is nothing else to go by.
fn is_out_of_focus(plane: &GrayImage) -> bool {
    let width = to_index(plane.width());
    let rows: Vec<&[u8]> = plane.as_raw().chunks_exact(width.max(1)).collect();
    let step = (plane.len() / SAMPLES).max(1);
    let (mut shades, mut edges) = ([0_usize; 256], [0_usize; 256]);
    for three in rows.windows(3).step_by(step) {
        for (row, across) in three[0].iter().zip(three[0].iter().skip(2)) {
            edges[usize::from(row.abs_diff(*across))] += 1;
        }
        for (row, down) in three[0].iter().zip(three[2]) {
            shades[usize::from(*row)] += 1;
            edges[usize::from(row.abs_diff(*down))] += 1;
        }
    }
    let light = upper_quantile(&shades, 100);
    shades.reverse();
    let span = (light + upper_quantile(&shades, 100)).saturating_sub(255);
    let steepest = 100 * upper_quantile(&edges, 4000);
    span >= MIN_SPAN && (FLAT_PERCENT * span..STEEP_PERCENT * span).contains(&steepest)
}

/// The value of a histogram that one in `one_in` counts is above.
fn upper_quantile(counts: &[usize], one_in: usize) -> usize {
    let mut above = counts.iter().sum::<usize>() / one_in;
    let passes = |(_, count): &(usize, &usize)| {
        let enough = **count > above;
        above = above.saturating_sub(**count);
        enough
    };
    let mut falling = counts.iter().enumerate().rev();
    falling.find(passes).map_or(0, |(value, _)| value)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "negative values become 0; pixels outside are `None`"
)]
fn shade(plane: &GrayImage, [x, y]: Point, [dx, dy]: Point) -> Option<u8> {
    let pixel = plane.get_pixel_checked((x + dx) as u32, (y + dy) as u32);
    pixel.map(|pixel| pixel.0[0])
}
