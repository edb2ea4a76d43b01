//! The modules of a code to its text, using how certain each module is.
//!
//! rxing takes a module as dark or light. Here each comes with its certainty: the format that
//! fits best wins, and with too many errors the least certain codewords become erasures, which
//! cost half as much as errors (generalised minimum distance decoding, Forney 1966).
//!
//! | file | what it does |
//! | --- | --- |
//! | [`layout`] | which module is what, by version |
//! | [`reed_solomon`] | corrects errors and erasures |
//! | [`content`] | corrected bytes to text |

mod content;
mod layout;
mod reed_solomon;

use rxing::qrcode::common::{ErrorCorrectionLevel, FORMAT_INFO_DECODE_LOOKUP};
use rxing::qrcode::cpp_port::decoder::DecodeBitStream;
use rxing::qrcode::decoder::DataBlock;
use zeroize::Zeroizing;

pub(crate) use content::Content;
pub use content::Part;
pub(crate) use layout::{Layout, ModuleKind};

/// The modules of one code, as sampled.
pub(crate) struct SoftModules<'a> {
    pub(crate) layout: &'a Layout,
    /// Row by row: positive is dark, negative is light. 1 and -1 are certain, 0 is unknown.
    pub(crate) values: Vec<f32>,
}

impl SoftModules<'_> {
    fn at(&self, x: usize, y: usize) -> f32 {
        self.values[y * self.layout.size + x]
    }

    /// The mirrored code: columns and rows exchanged.
    fn mirrored(&self) -> Self {
        let size = self.layout.size;
        let places = (0..size).flat_map(|y| (0..size).map(move |x| (x, y)));
        Self {
            layout: self.layout,
            values: places.map(|(x, y)| self.at(y, x)).collect(),
        }
    }

    /// The share of the function patterns' modules that have the right colour, 0 to 1.
    pub(crate) fn function_match(&self) -> f32 {
        let (mut right, mut all) = (0_u16, 0_u16);
        for (x, y, dark) in self.layout.function_modules() {
            right += u16::from((self.at(x, y) > 0.0) == dark);
            all += 1;
        }
        f32::from(right) / f32::from(all.max(1))
    }
}

/// The least [`SoftModules::function_match`] of a code: the error correction of small codes is
/// too weak to tell them from noise.
const MIN_FUNCTION_MATCH: f32 = 0.75;

/// Decodes the modules, as they are or mirrored.
pub(crate) fn decode(modules: &SoftModules<'_>) -> Option<Content> {
    if modules.function_match() < MIN_FUNCTION_MATCH {
        return None;
    }
    decode_upright(modules).or_else(|| decode_upright(&modules.mirrored()))
}

fn decode_upright(modules: &SoftModules<'_>) -> Option<Content> {
    best_formats(modules)
        .into_iter()
        .find_map(|format| decode_with_format(modules, format))
}

/// The two formats (error correction level and mask, 5 bits) that fit best, best first.
fn best_formats(modules: &SoftModules<'_>) -> [u8; 2] {
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

/// The 15 bits of the format information, lowest first, each the sum of its two copies.
fn format_bits(modules: &SoftModules<'_>) -> [f32; 15] {
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

fn decode_with_format(modules: &SoftModules<'_>, format: u8) -> Option<Content> {
    let level = ErrorCorrectionLevel::forBits(format >> 3).ok()?;
    let (codewords, doubts) = codewords(modules, format & 7);
    let version = modules.layout.version;
    let blocks = DataBlock::getDataBlocks(&codewords, version, level).ok()?;
    let doubts = DataBlock::getDataBlocks(&doubts, version, level).ok()?;
    let mut bytes = Zeroizing::new(Vec::new());
    for (block, doubts) in blocks.iter().zip(&doubts) {
        let data = usize::try_from(block.getNumDataCodewords()).ok()?;
        let block = correct_block(block.getCodewords(), data, doubts.getCodewords())?;
        bytes.extend_from_slice(&block[..data]);
    }
    Content::from_decoded(&DecodeBitStream(&bytes, version, level).ok()?)
}

/// The codewords in the order of the code, and for each its doubt: 0 (certain) to 255.
fn codewords(modules: &SoftModules<'_>, mask: u8) -> (Zeroizing<Vec<u8>>, Vec<u8>) {
    let places = modules.layout.data_modules();
    let mut codewords = Zeroizing::new(Vec::with_capacity(places.len() / 8));
    let mut doubts = Vec::with_capacity(places.len() / 8);
    for places in places.chunks_exact(8) {
        let (mut codeword, mut certainty) = (0, 1.0_f32);
        for &(x, y) in places {
            let value = modules.at(x, y);
            let bit = (value > 0.0) != is_masked(mask, x, y);
            codeword = codeword << 1 | u8::from(bit);
            certainty = certainty.min(value.abs());
        }
        codewords.push(codeword);
        doubts.push(to_byte(1.0 - certainty));
    }
    (codewords, doubts)
}

/// Scales 0 to 1 to 0 to 255.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped"
)]
fn to_byte(share: f32) -> u8 {
    (share.clamp(0.0, 1.0) * 255.0) as u8
}

/// Whether the mask inverts the module at column `x`, row `y` (ISO/IEC 18004, table 10).
fn is_masked(mask: u8, x: usize, y: usize) -> bool {
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

/// This many check codewords are never spent on erasures: a wrong correction of a block then
/// passes once in four thousand million times.
const RESERVED: usize = 4;

/// The most doubtful codewords are erased in this many steps.
const ERASURE_STEPS: usize = 6;

/// Corrects a block that starts with `data` data codewords, erasing more and more of its doubtful
/// codewords; none if that does not help.
fn correct_block(block: &[u8], data: usize, doubts: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let parity = block.len().checked_sub(data)?;
    let mut order: Vec<usize> = (0..block.len())
        .filter(|&index| doubts[index] > 0)
        .collect();
    order.sort_by_key(|&index| std::cmp::Reverse(doubts[index]));
    let most = parity
        .saturating_sub(RESERVED)
        .max(parity / 2)
        .min(order.len());
    let mut counts: Vec<usize> = (0..=ERASURE_STEPS)
        .map(|step| most * step / ERASURE_STEPS)
        .collect();
    counts.dedup();
    counts.into_iter().find_map(|count| {
        let erasures = &order[..count];
        let mut corrected = Zeroizing::new(block.to_vec());
        let wrong = reed_solomon::correct(&mut corrected, parity, erasures)?;
        let spent = 2 * wrong - erasures.len().min(wrong);
        let trusted = erasures.is_empty() || spent + RESERVED.min(parity / 2) <= parity;
        trusted.then_some(corrected)
    })
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
    fn drawn_codes_of_any_size_and_level_are_decoded() {
        use qrcode::EcLevel::{H, L, M, Q};
        for (level, length) in [(L, 7), (M, 90), (Q, 300), (H, 900), (L, 2900)] {
            let text = "aZ9/".repeat(length / 4 + 1);
            let code = qrcode::QrCode::with_error_correction_level(&text, level).unwrap();
            let layout = Layout::new(code.width()).unwrap();
            let modules = SoftModules {
                layout: &layout,
                values: values(&code),
            };
            for modules in [modules.mirrored(), modules] {
                assert_eq!(decode(&modules).unwrap().payload.as_str(), text);
            }
        }
    }

    #[test]
    fn doubtful_modules_are_erased_first() {
        // A grey patch over more codewords (11 of 30) than could be corrected as errors.
        let code = qrcode::QrCode::with_error_correction_level([b'x'; 55], qrcode::EcLevel::L);
        let code = code.unwrap();
        let layout = Layout::new(code.width()).unwrap();
        let size = layout.size;
        let mut values = values(&code);
        for (x, y) in (12..18).flat_map(|y| (12..18).map(move |x| (x, y))) {
            values[y * size + x] *= -0.05;
        }
        let modules = SoftModules {
            layout: &layout,
            values,
        };
        assert!(modules.function_match() > 0.95);
        assert_eq!(decode(&modules).unwrap().payload.len(), 55);
    }

    #[test]
    fn noise_is_not_corrected_however_many_codewords_are_doubtful() {
        // The block of version 2-L. With half of it erased, noise once decoded to a text.
        let mut state = 1_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        };
        for _ in 0..2000 {
            let block: Vec<u8> = (0..44).map(|_| next()).collect();
            let doubts: Vec<u8> = (0..44).map(|_| next()).collect();
            assert!(correct_block(&block, 34, &doubts).is_none());
        }
    }
}
