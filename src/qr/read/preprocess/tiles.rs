//! Where on a large page a small code may be.
//!
//! A code is half dark and half light everywhere, text is mostly paper. So only the tiles around
//! evenly mixed blocks are searched, and most of a page is not.

use image::GrayImage;

use crate::qr::read::geometry::to_index;

/// The side of a tile, in pixels. Larger codes are readable in a view of the whole page.
pub(crate) const SIDE: u32 = 480;

/// The side of a block, in pixels.
const BLOCK: usize = 16;
/// The side of a window, in blocks: about a small code.
const WINDOW: usize = 5;
/// A block with less contrast than this, in shades, is plain.
const MIN_CONTRAST: u8 = 16;
/// The least weight of a window that is searched; each of its blocks adds up to 255.
const MIN_WEIGHT: u32 = 80 * 25;

/// The top left corners of up to `most` tiles, most promising first. In a picture smaller than a
/// tile, the corner is (0, 0).
pub(crate) fn promising(grey: &GrayImage, most: usize) -> Vec<[u32; 2]> {
    let columns = to_index(grey.width()) / BLOCK;
    let weights = block_weights(grey, columns);
    let mut windows = weigh_windows(&weights, columns);
    windows.sort_by_key(|window| std::cmp::Reverse(window.0));
    let mut tiles: Vec<[u32; 2]> = Vec::new();
    for (_, middle) in windows {
        let near =
            |tile: &[u32; 2]| (0..2).all(|axis| middle[axis].abs_diff(tile[axis]) < SIDE / 3);
        if tiles.len() < most && !tiles.iter().any(near) {
            tiles.push(middle);
        }
    }
    let corner = |middle: u32, side: u32| {
        middle
            .saturating_sub(SIDE / 2)
            .min(side.saturating_sub(SIDE))
    };
    tiles
        .into_iter()
        .map(|[x, y]| [corner(x, grey.width()), corner(y, grey.height())])
        .collect()
}

/// How evenly each block is mixed of dark and light, 0 to 255.
fn block_weights(grey: &GrayImage, columns: usize) -> Vec<u32> {
    let width = to_index(grey.width());
    let bands = grey.as_raw().chunks_exact((width * BLOCK).max(1));
    let mut weights = Vec::new();
    for band in bands {
        // All blocks of a band at once, row by row.
        let mut sums = vec![([0_u16; BLOCK], [u8::MAX; BLOCK], [u8::MIN; BLOCK]); columns];
        for row in band.chunks_exact(width.max(1)).step_by(2) {
            let blocks = row
                .chunks_exact(BLOCK)
                .filter_map(<[u8]>::first_chunk::<BLOCK>);
            for ((sum, low, high), shades) in sums.iter_mut().zip(blocks) {
                for (i, &shade) in shades.iter().enumerate() {
                    sum[i] += u16::from(shade);
                    low[i] = low[i].min(shade);
                    high[i] = high[i].max(shade);
                }
            }
        }
        weights.extend(sums.iter().map(|(sum, low, high)| {
            let count = u32::try_from(BLOCK * BLOCK / 2).unwrap_or(1);
            let mean = sum.iter().map(|&sum| u32::from(sum)).sum::<u32>() / count;
            let low = low.iter().copied().min().unwrap_or_default();
            let high = high.iter().copied().max().unwrap_or_default();
            mixture(mean, low, high)
        }));
    }
    weights
}

/// How near a mean is to the middle between the darkest and the lightest shade, 0 to 255.
fn mixture(mean: u32, low: u8, high: u8) -> u32 {
    let span = u32::from(high - low);
    if span < u32::from(MIN_CONTRAST) {
        return 0;
    }
    let above = mean.saturating_sub(u32::from(low)).min(span);
    510 * above.min(span - above) / span
}

/// The weight and the middle of each window that is worth searching.
fn weigh_windows(weights: &[u32], columns: usize) -> Vec<(u32, [u32; 2])> {
    let mut windows = Vec::new();
    let rows = weights.len() / columns.max(1);
    for top in 0..(rows + 1).saturating_sub(WINDOW) {
        for left in 0..(columns + 1).saturating_sub(WINDOW) {
            let lines = weights.chunks_exact(columns).skip(top).take(WINDOW);
            let weight = lines.flat_map(|line| &line[left..left + WINDOW]).sum();
            let middle = |block: usize| u32::try_from(block * BLOCK + WINDOW * BLOCK / 2);
            if let (true, Ok(x), Ok(y)) = (weight > MIN_WEIGHT, middle(left), middle(top)) {
                windows.push((weight, [x, y]));
            }
        }
    }
    windows
}

#[cfg(test)]
mod tests {
    use image::{Luma, imageops};

    use super::*;

    #[test]
    fn a_code_is_more_promising_than_text_or_a_plain_page() {
        let mut page = GrayImage::from_pixel(1700, 1300, Luma([250]));
        assert!(promising(&page, 4).is_empty());
        // Lines of something like text, which is mostly paper.
        for (x, y) in (0..1700).flat_map(|x| (0..1300).map(move |y| (x, y))) {
            if y % 20 < 2 && x % 7 < 4 {
                page.put_pixel(x, y, Luma([20]));
            }
        }
        let png = crate::qr::Matrix::new(&"small ".repeat(20))
            .unwrap()
            .to_png(2);
        let code = image::load_from_memory(&png.unwrap()).unwrap().into_luma8();
        imageops::replace(&mut page, &code, 1500, 900);
        let [x, y] = promising(&page, 4)[0];
        assert!(
            x <= 1500 && y <= 900 && x + SIDE >= 1640 && y + SIDE >= 1040,
            "{x} {y}"
        );
    }

    #[test]
    fn the_smallest_pictures_have_no_tiles() {
        for (width, height) in [(1, 1), (15, 900), (900, 15), (79, 79)] {
            assert!(promising(&GrayImage::new(width, height), 4).is_empty());
        }
    }
}
