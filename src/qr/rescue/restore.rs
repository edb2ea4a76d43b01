//! The shades of a code's modules to dark and light.

use super::ground::Ground;
use super::warp::Warp;
use crate::qr::symbol::Layout;

/// The most light and the most dark that is near, in modules to each side.
const NEAR: usize = 4;
/// The same, to tell whether there is anything to see at all.
const NEAREST: usize = 2;
/// Where else a module is looked at, beside its middle, in modules.
const LOOKS: [[f32; 2]; 5] = [
    [0.0, 0.0],
    [0.22, 0.0],
    [-0.22, 0.0],
    [0.0, 0.22],
    [0.0, -0.22],
];
/// The blurs that are undone: the standard deviation, in modules.
const BLURS: [f32; 6] = [0.42, 0.53, 0.62, 0.7, 0.78, 0.87];
/// How many readings there are of a code.
pub(crate) const WAYS: usize = 1 + BLURS.len();
/// How often the estimate is improved while a blur is undone.
const ROUNDS: usize = 40;
/// And how often while its modules are decided.
const TURNS: usize = 25;
/// How far a module goes towards its goal each time: all go at once, and must not overshoot.
const DAMPING: f32 = 0.3;

/// All ways to see the modules of a code, the plain one first: row by row, dark above 0.
pub(crate) fn readings(
    ground: &Ground,
    warp: &Warp,
    layout: &Layout,
) -> impl Iterator<Item = Vec<f32>> {
    let shades = shades(ground, warp, layout.size);
    let plain = levelled(&shades, layout.size);
    let seen = plain.clone();
    let trust = trust(&shades, layout.size);
    let sharper = BLURS
        .into_iter()
        .map(move |blur| unblurred(&shades, &seen, layout, blur));
    std::iter::once(plain).chain(sharper).map(move |values| {
        let trusted = values
            .iter()
            .zip(&trust)
            .map(|(value, trust)| value * trust);
        trusted.collect()
    })
}

/// The shade of each module, 0 to 255; those outside of the picture are as light as can be.
fn shades(ground: &Ground, warp: &Warp, size: usize) -> Vec<f32> {
    let places = (0..size).flat_map(|y| (0..size).map(move |x| [x, y]));
    let shade = |place: [usize; 2]| {
        let [x, y] = place.map(middle);
        let looks = LOOKS.map(|[dx, dy]| ground.shade(warp.map([x + dx, y + dy])));
        looks.iter().map(|look| look.unwrap_or(255.0)).sum::<f32>() / 5.0
    };
    places.map(shade).collect()
}

#[expect(clippy::cast_precision_loss, reason = "at most 177")]
fn middle(index: usize) -> f32 {
    index as f32 + 0.5
}

/// Relative to the lightest and the darkest module nearby: 1 is dark, -1 is light.
fn levelled(shades: &[f32], size: usize) -> Vec<f32> {
    let dark = spread(shades, size, NEAR, |window| {
        window.iter().copied().fold(255.0, f32::min)
    });
    let light = spread(shades, size, NEAR, |window| {
        window.iter().copied().fold(0.0, f32::max)
    });
    let (dark, light) = (
        spread(&dark, size, NEAR, mean),
        spread(&light, size, NEAR, mean),
    );
    let least = mean_distance(&dark, &light) * 0.2 + 2.0;
    let levels = dark.iter().zip(&light);
    shades
        .iter()
        .zip(levels)
        .map(|(&shade, (&dark, &light))| {
            let half = ((light - dark) / 2.0).max(least / 2.0);
            (f32::midpoint(dark, light) - shade) / half
        })
        .collect()
}

/// How much each module is to be trusted, near 0 to 1: where nothing near it differs from it,
/// there is glare, or something lies on the code.
fn trust(shades: &[f32], size: usize) -> Vec<f32> {
    let dark = spread(shades, size, NEAREST, |window| {
        window.iter().copied().fold(255.0, f32::min)
    });
    let light = spread(shades, size, NEAREST, |window| {
        window.iter().copied().fold(0.0, f32::max)
    });
    let usual = mean_distance(&dark, &light).max(1.0);
    let levels = dark.iter().zip(&light);
    levels
        .map(|(dark, light)| (2.0 * (light - dark) / usual).clamp(0.02, 1.0))
        .collect()
}

fn mean(window: &[f32]) -> f32 {
    window.iter().sum::<f32>() / count(window.len())
}

#[expect(clippy::cast_precision_loss, reason = "the modules of a code at most")]
fn count(length: usize) -> f32 {
    length.max(1) as f32
}

fn mean_distance(low: &[f32], high: &[f32]) -> f32 {
    let distances = low.iter().zip(high).map(|(low, high)| high - low);
    distances.sum::<f32>() / count(low.len())
}

/// Applies `join` to the windows of `2 * radius + 1` along the rows, then along the columns.
fn spread(values: &[f32], size: usize, radius: usize, join: impl Fn(&[f32]) -> f32) -> Vec<f32> {
    let across = |values: &[f32]| {
        // The result is turned, so that the second time it is the columns' turn.
        let mut turned = vec![0.0; values.len()];
        for (y, row) in values.chunks_exact(size).enumerate() {
            for x in 0..size {
                let window = &row[x.saturating_sub(radius)..(x + radius + 1).min(size)];
                turned[x * size + y] = join(window);
            }
        }
        turned
    };
    across(&across(values))
}

/// Undoes a blur: looks for modules that, blurred, look like `seen`.
///
/// The modules are first told apart on the scale of the levels nearby; what that gives tells the
/// contrast and the brightness of the picture as a whole, and with these it is done again.
fn unblurred(shades: &[f32], seen: &[f32], layout: &Layout, deviation: f32) -> Vec<f32> {
    let size = layout.size;
    let kernel = kernel(deviation);
    let mut guess = sharpened(seen, size, kernel);
    for _ in 0..3 {
        let model = blurred(&hardened(&guess, layout), size, kernel);
        guess = annealed(&relevelled(shades, &model, size), layout, kernel);
    }
    guess
}

/// Values from -1 to 1 that, blurred, come near to `seen`: Van Cittert's iteration, with the
/// limits as a constraint, as no module is darker than dark.
fn sharpened(seen: &[f32], size: usize, kernel: [f32; 3]) -> Vec<f32> {
    let mut guess = seen.to_vec();
    for _ in 0..ROUNDS {
        let blurred = blurred(&guess, size, kernel);
        for ((guess, seen), blurred) in guess.iter_mut().zip(seen).zip(blurred) {
            *guess = (*guess + seen - blurred).clamp(-1.0, 1.0);
        }
    }
    guess
}

/// Modules that, blurred, come near to `seen`: mean field annealing. Each module is drawn to
/// where the error is smallest, softly at first and then more and more to dark or light; so one
/// that is doubtful is decided when its neighbours are. The fixed modules are known.
///
/// On random modules with a blur of 0.8 modules and no noise, 21 % are wrong as they are seen,
/// 2.7 % after 14 rounds of sharpening and none after this.
fn annealed(seen: &[f32], layout: &Layout, kernel: [f32; 3]) -> Vec<f32> {
    let size = layout.size;
    let line = kernel[0].powi(2) + 2.0 * (kernel[1].powi(2) + kernel[2].powi(2));
    let energy = line * line;
    let mut guess = sharpened(seen, size, kernel);
    let mut draw = guess.clone();
    let mut steepness = 0.5;
    for _ in 0..TURNS {
        for (x, y, dark) in layout.fixed() {
            guess[y * size + x] = if dark { 1.0 } else { -1.0 };
        }
        let model = blurred(&guess, size, kernel);
        let rest: Vec<f32> = seen
            .iter()
            .zip(model)
            .map(|(seen, model)| seen - model)
            .collect();
        let pull = blurred_in(0.0, &rest, size, kernel);
        for ((guess, draw), pull) in guess.iter_mut().zip(&mut draw).zip(pull) {
            *draw = *guess + pull / energy;
            let goal = (steepness * *draw).tanh();
            *guess += DAMPING * (goal - *guess);
        }
        steepness *= 1.08;
    }
    draw
}

/// Dark and light only, and the fixed modules as they must be.
fn hardened(guess: &[f32], layout: &Layout) -> Vec<f32> {
    let mut hard: Vec<f32> = guess.iter().map(|value| value.signum()).collect();
    for (x, y, dark) in layout.fixed() {
        hard[y * layout.size + x] = if dark { 1.0 } else { -1.0 };
    }
    hard
}

/// The shades on the scale of a model of them: one contrast for all, and a brightness that is
/// compared nearby.
fn relevelled(shades: &[f32], model: &[f32], size: usize) -> Vec<f32> {
    let around = |values: &[f32]| spread(values, size, 2 * NEAR, mean);
    let (shade, level) = (around(shades), around(model));
    let (mut both, mut own) = (0.0, 0.0);
    for index in 0..shades.len() {
        let step = model[index] - level[index];
        both += step * (shade[index] - shades[index]);
        own += step * step;
    }
    let contrast = (both / own.max(1.0)).max(1.0);
    let value = |index: usize| level[index] + (shade[index] - shades[index]) / contrast;
    (0..shades.len()).map(value).collect()
}

/// A Gaussian's weights at distances of 0, 1 and 2 modules.
fn kernel(deviation: f32) -> [f32; 3] {
    let weights = [0.0_f32, 1.0, 2.0].map(|at| (-at * at / (2.0 * deviation * deviation)).exp());
    let sum = weights[0] + 2.0 * (weights[1] + weights[2]);
    weights.map(|weight| weight / sum)
}

/// Blurs rows, then columns; around the code all is light.
fn blurred(values: &[f32], size: usize, kernel: [f32; 3]) -> Vec<f32> {
    blurred_in(-1.0, values, size, kernel)
}

/// The same with another shade around.
fn blurred_in(outside: f32, values: &[f32], size: usize, [own, near, far]: [f32; 3]) -> Vec<f32> {
    let across = |values: &[f32]| {
        let mut turned = vec![0.0; values.len()];
        for (y, row) in values.chunks_exact(size).enumerate() {
            let at = |x: Option<usize>| x.and_then(|x| row.get(x)).copied().unwrap_or(outside);
            for x in 0..size {
                let next = at(x.checked_sub(1)) + at(Some(x + 1));
                let second = at(x.checked_sub(2)) + at(Some(x + 2));
                turned[x * size + y] = own * row[x] + near * next + far * second;
            }
        }
        turned
    };
    across(&across(values))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A pattern without any order, but for the fixed modules.
    fn modules(layout: &Layout) -> Vec<f32> {
        let mut state = 7_u32;
        let mut next = move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            if state >> 31 == 0 { -1.0 } else { 1.0 }
        };
        let random: Vec<f32> = (0..layout.size * layout.size).map(|_| next()).collect();
        hardened(&random, layout)
    }

    fn wrong(values: &[f32], truth: &[f32]) -> usize {
        values
            .iter()
            .zip(truth)
            .filter(|(a, b)| (**a > 0.0) != (**b > 0.0))
            .count()
    }

    #[test]
    fn a_blur_is_undone() {
        let layout = Layout::new(29).unwrap();
        let truth = modules(&layout);
        let seen = blurred(&truth, 29, kernel(0.78));
        let shades: Vec<f32> = seen.iter().map(|value| 130.0 - 70.0 * value).collect();
        assert!(wrong(&seen, &truth) > 50);
        let seen = levelled(&shades, 29);
        assert_eq!(wrong(&unblurred(&shades, &seen, &layout, 0.78), &truth), 0);
    }

    #[test]
    fn levels_follow_a_shadow() {
        let truth = modules(&Layout::new(25).unwrap());
        let shadow = |(index, value): (usize, &f32)| {
            let light = 90.0 + count(index % 25) * 6.0;
            if *value > 0.0 { light * 0.4 } else { light }
        };
        let shades: Vec<f32> = truth.iter().enumerate().map(shadow).collect();
        assert_eq!(wrong(&levelled(&shades, 25), &truth), 0);
    }
}
