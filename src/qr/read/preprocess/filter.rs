//! Small filters on grey pictures, 8 bits a pixel. At the borders a window is cut off.

use image::GrayImage;

use crate::qr::read::geometry::to_index;

/// Exchanges black and white.
pub(crate) fn invert(grey: &GrayImage) -> GrayImage {
    map(grey, |shade| u8::MAX - shade)
}

/// The mean of the square window of `2 * radius + 1` pixels around each pixel.
pub(crate) fn box_mean(grey: &GrayImage, radius: usize) -> GrayImage {
    mean_down(&mean_across(grey, radius), radius)
}

/// The darkest shade in the window of `2 * radius + 1` pixels: dilates what is dark.
pub(crate) fn min_filter(grey: &GrayImage, radius: usize) -> GrayImage {
    extreme_filter(grey, radius, u8::min)
}

/// The lightest shade in the window of `2 * radius + 1` pixels: erodes what is dark.
pub(crate) fn max_filter(grey: &GrayImage, radius: usize) -> GrayImage {
    extreme_filter(grey, radius, u8::max)
}

/// An extreme of a square window, one axis after the other. For small radii: it takes a vectorised
/// pass for each pixel of the radius.
fn extreme_filter(grey: &GrayImage, radius: usize, choose: fn(u8, u8) -> u8) -> GrayImage {
    let (width, height) = (to_index(grey.width()), to_index(grey.height()));
    let mut across = grey.clone();
    let lines = across.chunks_exact_mut(width.max(1));
    for (row, out) in grey.chunks_exact(width.max(1)).zip(lines) {
        for step in 1..=radius.min(width.saturating_sub(1)) {
            combine_rows(&mut out[step..], row, choose);
            combine_rows(out, &row[step..], choose);
        }
    }
    let mut out = across.clone();
    let row = |y: usize| &across.as_raw()[y * width..(y + 1) * width];
    for (y, out) in out.chunks_exact_mut(width.max(1)).enumerate() {
        for step in 1..=radius {
            if let Some(above) = y.checked_sub(step) {
                combine_rows(out, row(above), choose);
            }
            if y + step < height {
                combine_rows(out, row(y + step), choose);
            }
        }
    }
    out
}

/// Replaces each shade by the choice between it and its counterpart.
fn combine_rows(shades: &mut [u8], others: &[u8], choose: impl Fn(u8, u8) -> u8) {
    for (shade, &other) in shades.iter_mut().zip(others) {
        *shade = choose(*shade, other);
    }
}

/// Sharpens: adds `amount` times the difference to the local mean of `radius`.
pub(crate) fn unsharp(grey: &GrayImage, radius: usize, amount: i32) -> GrayImage {
    combine(grey, &box_mean(grey, radius), |shade, mean| {
        let sharp = i32::from(shade) + amount * (i32::from(shade) - i32::from(mean));
        u8::try_from(sharp.clamp(0, 255)).unwrap_or(u8::MAX)
    })
}

/// Black where a pixel is darker than the mean around it, white elsewhere.
pub(crate) fn mean_threshold(grey: &GrayImage, radius: usize) -> GrayImage {
    combine(grey, &box_mean(grey, radius), |shade, mean| {
        // By a margin, so that plain areas stay white in spite of noise.
        black_if(u16::from(shade) + 4 < u16::from(mean))
    })
}

/// Black and white, split by the one level that separates them best (Otsu 1979).
pub(crate) fn otsu(grey: &GrayImage) -> GrayImage {
    let level = otsu_level(grey);
    map(grey, |shade| black_if(shade <= level))
}

/// The shade that maximises the variance between the classes up to it and above it.
fn otsu_level(grey: &GrayImage) -> u8 {
    let mut counts = [0_u32; 256];
    for &shade in grey.iter() {
        counts[usize::from(shade)] += 1;
    }
    let weighted = |(shade, &count): (usize, &u32)| f64::from(count) * shade_of(shade);
    let total: f64 = counts.iter().map(|&count| f64::from(count)).sum();
    let total_sum: f64 = counts.iter().enumerate().map(weighted).sum();
    let (mut below, mut below_sum) = (0.0, 0.0);
    let mut best = (0.0, 127);
    for (shade, count) in (0..=u8::MAX).zip(&counts) {
        below += f64::from(*count);
        below_sum += f64::from(*count) * f64::from(shade);
        let above = total - below;
        if below == 0.0 || above == 0.0 {
            continue;
        }
        let distance = below_sum / below - (total_sum - below_sum) / above;
        let variance = below * above * distance * distance;
        if variance > best.0 {
            best = (variance, shade);
        }
    }
    best.1
}

/// The shade of a histogram's index.
fn shade_of(index: usize) -> f64 {
    u8::try_from(index).map_or(255.0, f64::from)
}

fn black_if(dark: bool) -> u8 {
    if dark { u8::MIN } else { u8::MAX }
}

fn map(grey: &GrayImage, change: impl Fn(u8) -> u8) -> GrayImage {
    let mut out = grey.clone();
    for shade in out.iter_mut() {
        *shade = change(*shade);
    }
    out
}

/// Combines two pictures of the same size, pixel by pixel.
fn combine(grey: &GrayImage, other: &GrayImage, merge: impl Fn(u8, u8) -> u8) -> GrayImage {
    let mut out = grey.clone();
    for (shade, &second) in out.iter_mut().zip(other.iter()) {
        *shade = merge(*shade, second);
    }
    out
}

/// The mean over `radius` to the left and right: a running sum along each row.
fn mean_across(grey: &GrayImage, radius: usize) -> GrayImage {
    let width = to_index(grey.width());
    let mut out = GrayImage::new(grey.width(), grey.height());
    let rows = grey.chunks_exact(width.max(1));
    for (row, out) in rows.zip(out.chunks_exact_mut(width.max(1))) {
        let (mut sum, mut count) = (0_u32, 0_u32);
        for &shade in &row[..radius.min(width)] {
            sum += u32::from(shade);
            count += 1;
        }
        for (x, out) in out.iter_mut().enumerate() {
            if let Some(&entering) = row.get(x + radius) {
                sum += u32::from(entering);
                count += 1;
            }
            if let Some(leaving) = x.checked_sub(radius + 1) {
                sum -= u32::from(row[leaving]);
                count -= 1;
            }
            *out = mean(sum, count);
        }
    }
    out
}

/// The mean over `radius` above and below: a running sum for each column.
fn mean_down(grey: &GrayImage, radius: usize) -> GrayImage {
    let (width, height) = (to_index(grey.width()), to_index(grey.height()));
    let row = |y: usize| &grey.as_raw()[y * width..(y + 1) * width];
    let mut out = GrayImage::new(grey.width(), grey.height());
    let (mut sums, mut count) = (vec![0_u32; width], 0_u32);
    for y in 0..radius.min(height) {
        add(&mut sums, row(y));
        count += 1;
    }
    for (y, out) in out.chunks_exact_mut(width.max(1)).enumerate() {
        if y + radius < height {
            add(&mut sums, row(y + radius));
            count += 1;
        }
        if let Some(leaving) = y.checked_sub(radius + 1) {
            subtract(&mut sums, row(leaving));
            count -= 1;
        }
        for (out, &sum) in out.iter_mut().zip(&sums) {
            *out = mean(sum, count);
        }
    }
    out
}

fn add(sums: &mut [u32], row: &[u8]) {
    for (sum, &shade) in sums.iter_mut().zip(row) {
        *sum += u32::from(shade);
    }
}

fn subtract(sums: &mut [u32], row: &[u8]) {
    for (sum, &shade) in sums.iter_mut().zip(row) {
        *sum -= u32::from(shade);
    }
}

/// The rounded mean. `count` is never 0: a window always holds its own pixel.
fn mean(sum: u32, count: u32) -> u8 {
    u8::try_from((sum + count / 2) / count.max(1)).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(width: u32, height: u32, pixels: &[u8]) -> GrayImage {
        GrayImage::from_raw(width, height, pixels.to_vec()).unwrap()
    }

    #[test]
    fn box_mean_shrinks_its_window_at_the_borders() {
        let spot = grey(3, 3, &[0, 0, 0, 0, 90, 0, 0, 0, 0]);
        // A corner sees 4 pixels, an edge 6, the middle 9; each axis rounds for itself.
        assert_eq!(
            box_mean(&spot, 1).into_raw(),
            [23, 15, 23, 15, 10, 15, 23, 15, 23]
        );
    }

    #[test]
    fn a_window_larger_than_the_picture_is_the_whole_picture() {
        let pair = grey(2, 1, &[10, 30]);
        assert_eq!(box_mean(&pair, 9).into_raw(), [20, 20]);
    }

    #[test]
    fn the_extremes_are_those_of_the_window() {
        let row = grey(5, 1, &[9, 1, 9, 9, 9]);
        assert_eq!(min_filter(&row, 1).into_raw(), [1, 1, 1, 9, 9]);
        assert_eq!(max_filter(&row, 1).into_raw(), [9; 5]);
        let column = grey(1, 5, &[9, 1, 9, 9, 9]);
        assert_eq!(min_filter(&column, 2).into_raw(), [1, 1, 1, 1, 9]);
        assert_eq!(min_filter(&column, 99).into_raw(), [1; 5]);
    }

    #[test]
    fn otsu_separates_two_clusters() {
        let mixed = grey(6, 1, &[60, 70, 65, 160, 170, 165]);
        assert_eq!(otsu(&mixed).into_raw(), [0, 0, 0, 255, 255, 255]);
    }

    #[test]
    fn a_plain_picture_has_no_black_in_it() {
        let plain = grey(20, 20, &[128; 400]);
        assert!(mean_threshold(&plain, 3).iter().all(|&shade| shade == 255));
    }

    #[test]
    fn unsharp_widens_an_edge_and_stays_in_range() {
        let edge = grey(4, 1, &[100, 100, 200, 200]);
        assert_eq!(unsharp(&edge, 1, 1).into_raw(), [100, 67, 233, 200]);
    }

    #[test]
    fn filters_survive_the_smallest_picture() {
        let dot = grey(1, 1, &[7]);
        for out in [
            box_mean(&dot, 2),
            otsu(&dot),
            mean_threshold(&dot, 15),
            min_filter(&dot, 3),
        ] {
            assert_eq!(out.dimensions(), (1, 1));
        }
    }
}
