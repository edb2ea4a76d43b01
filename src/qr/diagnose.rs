//! What was seen when nothing could be read.

use image::GrayImage;

use super::chain::{Clue, Outcome};
use super::decode::{Finder, Trace};
use super::error::PictureError;
use super::rescue;

/// Below this, in pixels, hardly any code can be read.
const SMALL_MODULE: f32 = 2.0;
/// The contrast between single modules, relative to that of the large parts of a finder
/// pattern, below which a picture counts as blurred.
const BLURRED: f32 = 0.45;

/// From its middle to its edge a finder pattern has 3.5 modules; one that has less than this within
/// the picture is cut through.
const WHOLE: f32 = 2.7;

/// The most clues that are considered.
const CONSIDERED: usize = 8;
/// A picture with less between its darkest and its lightest shades is plain.
const PLAIN: usize = 40;
/// The share of that, in percent, that the steepest edges of a picture in focus have at least.
const STEEP: usize = 25;
/// The share, in percent, below which there are no edges at all, but a soft change of light.
const FLAT: usize = 2;
/// About how many pixels are looked at for it.
const SAMPLES: usize = 1 << 20;

/// Says why a picture gave nothing.
pub(crate) fn explain(plane: &GrayImage, outcome: &Outcome) -> PictureError {
    let mut clues: Vec<&Clue> = outcome.clues.iter().collect();
    clues.sort_by(|a, b| b.plausibility.total_cmp(&a.plausibility));
    let possible = |clue: &&&Clue| rescue::possible(plane, clue.plane.inverted, &clue.trace);
    match clues.first() {
        Some(clue) if rescue::likely(clue.plausibility) => of_trace(plane, clue),
        _ if cut_off(plane, &outcome.finders) => PictureError::CutOff,
        _ => match clues.iter().take(CONSIDERED).find(possible) {
            Some(clue) => of_trace(plane, clue),
            None if soft(plane) => PictureError::OutOfFocus,
            None => PictureError::NoCode,
        },
    }
}

fn of_trace(plane: &GrayImage, clue: &Clue) -> PictureError {
    let module = clue.trace.module();
    let finders = clue.trace.finders();
    let is_whole = |finder: &Finder| inside(plane, finder.centre, WHOLE * finder.module);
    if !inside(plane, fourth(&clue.trace), 0.0) || !finders.iter().all(is_whole) {
        PictureError::CutOff
    } else if module < SMALL_MODULE {
        PictureError::TooSmall {
            tenths: tenths(module),
        }
    } else if finders
        .iter()
        .all(|finder| sharpness(plane, finder) < BLURRED)
    {
        PictureError::Blurred
    } else {
        PictureError::Unreadable
    }
}

/// The corner that has no finder pattern.
fn fourth(trace: &Trace) -> [f32; 2] {
    let [a, b, c] = trace.finders().map(|finder| finder.centre);
    [0, 1].map(|axis| b[axis] + c[axis] - a[axis])
}

fn inside(plane: &GrayImage, [x, y]: [f32; 2], margin: f32) -> bool {
    #[expect(clippy::cast_precision_loss, reason = "sides of a picture")]
    let (width, height) = (plane.width() as f32, plane.height() as f32);
    x >= margin && y >= margin && x < width - margin && y < height - margin
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a few pixels"
)]
fn tenths(pixels: f32) -> u32 {
    (pixels * 10.0).round() as u32
}

/// Whether two finder patterns of one size are all there is of a code, in line with an axis and
/// so near to an edge that the third one has no room within the picture.
fn cut_off(plane: &GrayImage, finders: &[Finder]) -> bool {
    let [a, b] = finders else {
        return false;
    };
    let (low, high) = (a.module.min(b.module), a.module.max(b.module));
    let [dx, dy] = [0, 1].map(|axis| b.centre[axis] - a.centre[axis]);
    let modules = dx.hypot(dy) / high.max(0.1) + 7.0;
    if high > low * 1.3 || !(19.0..180.0).contains(&modules) {
        return false;
    }
    // The other corners lie on one side of the line between the two: either must have room.
    let side = |sign: f32| {
        let corners =
            [a, b].map(|finder| [finder.centre[0] - sign * dy, finder.centre[1] + sign * dx]);
        corners
            .iter()
            .all(|corner| inside(plane, *corner, 2.0 * high))
    };
    !side(1.0) && !side(-1.0)
}

/// The contrast between the rings of a finder pattern, relative to that between its middle and
/// the ring where it is lightest: 1 when sharp, 0 when the light ring is gone.
fn sharpness(plane: &GrayImage, finder: &Finder) -> f32 {
    let ring = |modules: f32| -> f32 {
        // Sixteen directions, so that how the code is turned does not matter.
        let points = (0..16_u8).map(|i| f32::from(i) * std::f32::consts::TAU / 16.0);
        let shades = points.filter_map(|angle| {
            let reach = modules * finder.module;
            shade(
                plane,
                finder.centre,
                [angle.cos() * reach, angle.sin() * reach],
            )
        });
        shades.map(f32::from).sum::<f32>() / 16.0
    };
    let (middle, light, dark) = (ring(0.3), ring(2.1), ring(3.1));
    let full = (light - middle).abs().max(1.0);
    ((light - dark).abs() / full).min(1.0) * (full / 60.0).min(1.0)
}

/// Whether nothing in the picture has a sharp edge, though it is not plain: blur by a module or
/// more leaves nothing of the finder patterns, and so nothing else can be said.
fn soft(plane: &GrayImage) -> bool {
    let width = usize::try_from(plane.width()).unwrap_or(usize::MAX);
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
    let light = highest(&shades, 100);
    shades.reverse();
    let span = (light + highest(&shades, 100)).saturating_sub(255);
    let steepest = 100 * highest(&edges, 4000);
    span >= PLAIN && (FLAT * span..STEEP * span).contains(&steepest)
}

/// The value that one in so many is above.
fn highest(counts: &[usize], one_in: usize) -> usize {
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
    reason = "what is below 0 becomes 0, and what is outside has no pixel"
)]
fn shade(plane: &GrayImage, [x, y]: [f32; 2], [dx, dy]: [f32; 2]) -> Option<u8> {
    let pixel = plane.get_pixel_checked((x + dx) as u32, (y + dy) as u32);
    pixel.map(|pixel| pixel.0[0])
}
