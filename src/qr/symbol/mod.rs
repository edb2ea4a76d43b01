//! The modules of a code to its text, with doubt taken into account.
//!
//! rxing takes modules as dark or light; here each comes with how sure that is. The format is
//! the one that fits best, and codewords with doubtful modules are given up before the others
//! when there are too many errors (generalised minimum distance decoding, Forney 1966).

mod content;
mod layout;
mod solomon;

use rxing::qrcode::common::{ErrorCorrectionLevel, FORMAT_INFO_DECODE_LOOKUP};
use rxing::qrcode::cpp_port::decoder::DecodeBitStream;
use rxing::qrcode::decoder::DataBlock;
use zeroize::Zeroizing;

pub(crate) use content::Content;
pub use content::Part;
pub(crate) use layout::{Cell, Layout};

/// The modules of one code as they look.
pub(crate) struct Modules<'a> {
    pub layout: &'a Layout,
    /// Row by row: above 0 is dark, below is light, and about 1 or -1 is sure.
    pub values: Vec<f32>,
}

impl Modules<'_> {
    fn at(&self, x: usize, y: usize) -> f32 {
        self.values[y * self.layout.size + x]
    }

    /// The same code seen from behind: columns and rows exchanged.
    fn mirrored(&self) -> Self {
        let size = self.layout.size;
        let places = (0..size).flat_map(|y| (0..size).map(move |x| (x, y)));
        Self {
            layout: self.layout,
            values: places.map(|(x, y)| self.at(y, x)).collect(),
        }
    }

    /// The share of the modules that are fixed which look as they should, 0 to 1.
    pub(crate) fn fit(&self) -> f32 {
        let (mut right, mut all) = (0_u16, 0_u16);
        for (x, y, dark) in self.layout.fixed() {
            right += u16::from((self.at(x, y) > 0.0) == dark);
            all += 1;
        }
        f32::from(right) / f32::from(all.max(1))
    }
}

/// What was read, and how much of the error correction was left over, 0 to 1.
pub(crate) struct Symbol {
    pub content: Content,
    pub margin: f32,
}

/// The share of the fixed modules that must look right in what is read: the error correction
/// of small codes is too weak to tell them from noise.
const RIGHT: f32 = 0.75;

/// Reads the modules, as they are or mirrored.
pub(crate) fn read(modules: &Modules<'_>) -> Option<Symbol> {
    if modules.fit() < RIGHT {
        return None;
    }
    read_upright(modules).or_else(|| read_upright(&modules.mirrored()))
}

fn read_upright(modules: &Modules<'_>) -> Option<Symbol> {
    formats(modules)
        .into_iter()
        .find_map(|format| read_as(modules, format))
}

/// The two formats (error correction level and mask, 5 bits) that fit best, best first.
fn formats(modules: &Modules<'_>) -> [u8; 2] {
    let seen = format_bits(modules);
    let fit = |code: u32| -> f32 {
        let bits = seen.iter().enumerate();
        bits.map(|(bit, &value)| if code >> bit & 1 == 1 { value } else { -value })
            .sum()
    };
    let mut ranked = FORMAT_INFO_DECODE_LOOKUP.map(|[code, data]| (fit(code), data));
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    [ranked[0].1, ranked[1].1].map(|data| u8::try_from(data).unwrap_or_default())
}

/// The 15 bits of the format, lowest first, each the sum of its two places.
fn format_bits(modules: &Modules<'_>) -> [f32; 15] {
    let last = modules.layout.size - 1;
    let mut bits = [0.0; 15];
    for (i, bit) in bits.iter_mut().enumerate() {
        let first = match i {
            0..6 => modules.at(8, i),
            6 | 7 => modules.at(8, i + 1),
            8 => modules.at(7, 8),
            _ => modules.at(14 - i, 8),
        };
        let second = if i < 8 {
            modules.at(last - i, 8)
        } else {
            modules.at(8, last + i - 14)
        };
        *bit = first.clamp(-1.0, 1.0) + second.clamp(-1.0, 1.0);
    }
    bits
}

/// Reads the modules under the assumption of a format.
fn read_as(modules: &Modules<'_>, format: u8) -> Option<Symbol> {
    let level = ErrorCorrectionLevel::forBits(format >> 3).ok()?;
    let (codewords, doubts) = codewords(modules, format & 7);
    let version = modules.layout.version;
    let blocks = DataBlock::getDataBlocks(&codewords, version, level).ok()?;
    let doubts = DataBlock::getDataBlocks(&doubts, version, level).ok()?;
    let mut bytes = Zeroizing::new(Vec::new());
    let mut margin = 1.0_f32;
    for (block, doubts) in blocks.iter().zip(&doubts) {
        let data = usize::try_from(block.getNumDataCodewords()).ok()?;
        let mut block = Zeroizing::new(block.getCodewords().to_vec());
        margin = margin.min(repair(&mut block, data, doubts.getCodewords())?);
        bytes.extend_from_slice(&block[..data]);
    }
    let decoded = DecodeBitStream(&bytes, version, level).ok()?;
    let content = Content::of(&decoded)?;
    Some(Symbol { content, margin })
}

/// The codewords as they stand in the code, and for each how doubtful it is: 0 (sure) to 255.
fn codewords(modules: &Modules<'_>, mask: u8) -> (Zeroizing<Vec<u8>>, Vec<u8>) {
    let places = modules.layout.data();
    let mut codewords = Zeroizing::new(Vec::with_capacity(places.len() / 8));
    let mut doubts = Vec::with_capacity(places.len() / 8);
    for places in places.chunks_exact(8) {
        let (mut codeword, mut surest) = (0, 1.0_f32);
        for &(x, y) in places {
            let value = modules.at(x, y);
            let dark = (value > 0.0) != masked(mask, x, y);
            codeword = codeword << 1 | u8::from(dark);
            surest = surest.min(value.abs());
        }
        codewords.push(codeword);
        doubts.push(share(1.0 - surest));
    }
    (codewords, doubts)
}

/// A share of 0 to 1 as 0 to 255.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped"
)]
fn share(share: f32) -> u8 {
    (share.clamp(0.0, 1.0) * 255.0) as u8
}

/// Whether the mask turns the module at column `x`, row `y` (ISO/IEC 18004, table 10).
fn masked(mask: u8, x: usize, y: usize) -> bool {
    let value = match mask {
        0 => (x + y) % 2,
        1 => y % 2,
        2 => x % 3,
        3 => (x + y) % 3,
        4 => (y / 2 + x / 3) % 2,
        5 => x * y % 2 + x * y % 3,
        6 => (x * y % 2 + x * y % 3) % 2,
        _ => ((x + y) % 2 + x * y % 3) % 2,
    };
    value == 0
}

/// So many check bytes stay unused when doubtful bytes are given up: a wrong repair of a block
/// then passes once in four thousand million times.
const KEPT: usize = 4;

/// Corrects a block in place, giving up more and more of its doubtful bytes; how much of its
/// error correction is left over, 0 to 1.
fn repair(block: &mut [u8], data: usize, doubts: &[u8]) -> Option<f32> {
    let parity = block.len().checked_sub(data)?;
    let mut order: Vec<usize> = (0..block.len())
        .filter(|&index| doubts[index] > 0)
        .collect();
    order.sort_by_key(|&index| std::cmp::Reverse(doubts[index]));
    // Some check bytes must be left to tell a repair from an invention.
    let most = parity.saturating_sub(KEPT).max(parity / 2).min(order.len());
    let mut counts: Vec<usize> = (0..=6).map(|sixth| most * sixth / 6).collect();
    counts.dedup();
    for count in counts {
        let erased = &order[..count];
        let mut fixed = Zeroizing::new(block.to_vec());
        let Some(wrong) = solomon::correct(&mut fixed, parity, erased) else {
            continue;
        };
        let used = 2 * wrong - erased.len().min(wrong);
        if erased.is_empty() || used + KEPT.min(parity / 2) <= parity {
            block.copy_from_slice(&fixed);
            return Some(1.0 - ratio(used, parity));
        }
    }
    None
}

#[expect(clippy::cast_precision_loss, reason = "both are below 256")]
fn ratio(part: usize, whole: usize) -> f32 {
    (part as f32 / whole.max(1) as f32).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(code: &qrcode::QrCode) -> Vec<f32> {
        let colors = code.to_colors();
        let value = |color: &qrcode::Color| {
            if *color == qrcode::Color::Dark {
                1.0
            } else {
                -1.0
            }
        };
        colors.iter().map(value).collect()
    }

    #[test]
    fn drawn_codes_of_any_size_and_level_are_read() {
        use qrcode::EcLevel::{H, L, M, Q};
        for (level, length) in [(L, 7), (M, 90), (Q, 300), (H, 900), (L, 2900)] {
            let text = "aZ9/".repeat(length / 4 + 1);
            let code = qrcode::QrCode::with_error_correction_level(&text, level).unwrap();
            let layout = Layout::new(code.width()).unwrap();
            let modules = Modules {
                layout: &layout,
                values: values(&code),
            };
            for modules in [modules.mirrored(), modules] {
                let symbol = read(&modules).unwrap();
                assert_eq!(symbol.content.payload.as_str(), text);
                assert!((symbol.margin - 1.0).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn doubtful_modules_are_given_up_first() {
        // A grey patch over more than errors alone could be corrected for: 11 of 30.
        let code = qrcode::QrCode::with_error_correction_level([b'x'; 55], qrcode::EcLevel::L);
        let code = code.unwrap();
        let layout = Layout::new(code.width()).unwrap();
        let size = layout.size;
        let mut values = values(&code);
        for (x, y) in (12..18).flat_map(|y| (12..18).map(move |x| (x, y))) {
            values[y * size + x] *= -0.05;
        }
        let modules = Modules {
            layout: &layout,
            values,
        };
        assert!(modules.fit() > 0.95);
        let symbol = read(&modules).unwrap();
        assert_eq!(symbol.content.payload.len(), 55);
        assert!(symbol.margin < 0.9);
    }

    #[test]
    fn noise_is_not_repaired_however_many_bytes_are_doubtful() {
        // The block of version 2-L, of which half were once given up: then noise was a text.
        let mut state = 1_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        };
        for _ in 0..2000 {
            let mut block: Vec<u8> = (0..44).map(|_| next()).collect();
            let doubts: Vec<u8> = (0..44).map(|_| next()).collect();
            assert!(repair(&mut block, 34, &doubts).is_none());
        }
    }
}
