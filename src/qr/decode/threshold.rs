//! Grey to black and white by local levels: zxing's hybrid method.
//!
//! This is what rxing's `HybridBinarizer` (Apache-2.0, from zxing) does, a row at a time rather
//! than a bit at a time: that was a third of the time that a screenshot took.

use image::GrayImage;
use rxing::common::{BitArray, BitMatrix};

/// The side of the blocks that have a level of their own, in pixels.
const BLOCK: usize = 8;
/// So many blocks on either side of a block have a say in its threshold.
const AROUND: usize = 2;
/// A block with less contrast than this, in shades, is all light or all dark.
const CONTRAST: u8 = 24;
/// The pixels in a word of a bit row.
const WORD: usize = usize::BITS as usize;

/// The picture in black and white; none if it is too small for this method.
pub(crate) fn black(grey: &GrayImage) -> Option<BitMatrix> {
    let (width, height) = (side(grey.width()), side(grey.height()));
    let least = BLOCK * (2 * AROUND + 1);
    if width < least || height < least {
        return None;
    }
    let columns = width.div_ceil(BLOCK);
    let levels = levels(grey.as_raw(), width, height);
    let mut bits = BitMatrix::new(grey.width(), grey.height()).ok()?;
    let mut line = BitArray::with_size(width);
    let mut limits = vec![0; columns];
    for (y, row) in (0..grey.height()).zip(grey.chunks_exact(width)) {
        if side(y).is_multiple_of(BLOCK) {
            spread(&levels, columns, side(y) / BLOCK, &mut limits);
        }
        pack(row, &limits, &mut line);
        bits.setRow(y, &line);
    }
    Some(bits)
}

/// The level of each block: the mean where there is contrast, else what its neighbours say.
fn levels(pixels: &[u8], width: usize, height: usize) -> Vec<u32> {
    let columns = width.div_ceil(BLOCK);
    let mut levels: Vec<u32> = Vec::with_capacity(columns * height.div_ceil(BLOCK));
    // The last blocks end at the edge, and begin in the ones before.
    for top in (0..height).step_by(BLOCK).map(|y| y.min(height - BLOCK)) {
        for left in (0..width).step_by(BLOCK).map(|x| x.min(width - BLOCK)) {
            let (sum, low, high) = block(&pixels[top * width + left..], width);
            let level = if high - low > CONTRAST {
                sum / 64
            } else {
                let low = u32::from(low);
                let known = near(&levels, columns).filter(|&near| low < near);
                known.unwrap_or(low / 2)
            };
            levels.push(level);
        }
    }
    levels
}

/// The sum, the darkest and the lightest shade of the block at the start of the pixels.
fn block(pixels: &[u8], width: usize) -> (u32, u8, u8) {
    // By columns first, which a processor does eight at a time.
    let (mut sums, mut low, mut high) = ([0_u16; BLOCK], [u8::MAX; BLOCK], [u8::MIN; BLOCK]);
    let rows = pixels.chunks(width).take(BLOCK);
    for shades in rows.filter_map(<[u8]>::first_chunk::<BLOCK>) {
        for (i, &shade) in shades.iter().enumerate() {
            sums[i] += u16::from(shade);
            low[i] = low[i].min(shade);
            high[i] = high[i].max(shade);
        }
    }
    (
        sums.into_iter().map(u32::from).sum(),
        low.into_iter().fold(u8::MAX, u8::min),
        high.into_iter().fold(u8::MIN, u8::max),
    )
}

/// What the blocks above and to the left say of the next one.
fn near(levels: &[u32], columns: usize) -> Option<u32> {
    let above = levels.len().checked_sub(columns)?;
    let left = (!levels.len().is_multiple_of(columns)).then(|| levels.len() - 1)?;
    Some((levels[above] + 2 * levels[left] + levels[above - 1]) / 4)
}

/// Writes the thresholds of a row of blocks: the mean of the blocks around each.
fn spread(levels: &[u32], columns: usize, row: usize, limits: &mut [u8]) {
    let rows = levels.len() / columns;
    let top = row.clamp(AROUND, rows - 1 - AROUND) - AROUND;
    for (column, limit) in limits.iter_mut().enumerate() {
        let left = column.clamp(AROUND, columns - 1 - AROUND) - AROUND;
        let rows = levels.chunks_exact(columns).skip(top).take(5);
        let sum: u32 = rows.flat_map(|row| &row[left..left + 5]).sum();
        *limit = u8::try_from(sum / 25).unwrap_or(u8::MAX);
    }
}

/// Sets the bits of what is not lighter than its threshold.
fn pack(row: &[u8], limits: &[u8], line: &mut BitArray) {
    let words = row.chunks(WORD).zip(limits.chunks(WORD / BLOCK));
    for (index, (shades, limits)) in words.enumerate() {
        let blocks = shades.chunks(BLOCK).zip(limits).enumerate();
        let word = blocks.fold(0, |word, (place, (shades, &limit))| {
            word | usize::from(dark(shades, limit)) << (place * BLOCK)
        });
        line.setBulk(index * WORD, word);
    }
}

/// One bit for each of up to eight shades, the lowest for the first.
fn dark(shades: &[u8], limit: u8) -> u8 {
    let Some(shades) = shades.first_chunk::<BLOCK>() else {
        let bits = shades.iter().enumerate();
        return bits.fold(0, |byte, (i, &shade)| byte | u8::from(shade <= limit) << i);
    };
    let dark = shades.map(|shade| u8::from(shade <= limit));
    // Multiplied, each byte's lowest bit comes to its place in the highest byte.
    let gathered = u64::from_le_bytes(dark).wrapping_mul(0x0102_0408_1020_4080);
    gathered.to_be_bytes()[0]
}

fn side(pixels: u32) -> usize {
    usize::try_from(pixels).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use image::Luma;
    use rxing::Binarizer;
    use rxing::Luma8Source;
    use rxing::common::HybridBinarizer;

    use super::*;

    #[test]
    fn it_is_what_rxing_gives() {
        let shade = |x: u32, y: u32| {
            let dark = (x / 5 + y / 7 + x * y / 90).is_multiple_of(3);
            let light = 90 + x + y / 2;
            u8::try_from(if dark { light / 3 } else { light }).unwrap()
        };
        let grey = GrayImage::from_fn(104, 88, |x, y| Luma([shade(x, y)]));
        let source = Luma8Source::new_with_slice(grey.as_raw(), 104, 88).unwrap();
        let wanted = HybridBinarizer::new(source);
        assert!(black(&grey).unwrap() == *wanted.get_black_matrix().unwrap());
    }

    #[test]
    fn any_size_is_covered_or_refused() {
        for (width, height) in [(40, 40), (41, 63), (65, 47), (130, 200)] {
            let bits = black(&GrayImage::new(width, height)).unwrap();
            assert!(bits.get(width - 1, height - 1) && bits.get(0, 0));
        }
        assert!(black(&GrayImage::new(39, 400)).is_none());
    }
}
