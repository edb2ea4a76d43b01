//! Draws a text as a QR code, for a terminal or a file.

mod file;
mod mask;
mod terminal;

use qrcode::{Color, EcLevel};
use thiserror::Error;
use zeroize::Zeroizing;

pub use file::DEFAULT_SCALE;
pub use terminal::TerminalStyle;

/// Why a code could not be drawn. No message quotes the text.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DrawError {
    /// Longer than the largest code holds (version 40, level L: 2953 bytes).
    #[error("too long for a QR code: {length} bytes, at most 2953 fit")]
    TooLong {
        /// The length of the text in bytes.
        length: usize,
    },

    /// The PNG could not be written.
    #[error("the picture could not be encoded as PNG")]
    Encoding,
}

/// The width of the light margin around a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum QuietZone {
    /// 4 modules, as ISO/IEC 18004 requires.
    #[default]
    Full,
    /// 2 modules, for small terminals. Nearly all scanners accept it.
    Narrow,
}

impl QuietZone {
    /// The width in modules.
    pub(crate) fn modules(self) -> usize {
        match self {
            Self::Full => 4,
            Self::Narrow => 2,
        }
    }
}

/// A QR code as a square of dark and light modules, without a quiet zone.
pub struct Matrix {
    size: usize,
    dark: Zeroizing<Vec<bool>>,
}

impl Matrix {
    /// Encodes `text` with error correction level M (15 %), or L (7 %) if it is too long for M.
    ///
    /// # Errors
    ///
    /// [`DrawError::TooLong`] if it does not fit into the largest code.
    pub fn new(text: &str) -> Result<Self, DrawError> {
        let encode = |level| mask::encode(text, level);
        let (colors, size) = encode(EcLevel::M)
            .or_else(|_| encode(EcLevel::L))
            .map_err(|_| DrawError::TooLong { length: text.len() })?;
        let colors = Zeroizing::new(colors.into_iter().map(is_dark).collect());
        Ok(Self { size, dark: colors })
    }

    /// Encodes `text` as the smallest code: in the lowest version, which needs level L, and then with the
    /// most error correction that this version has room for. A screen is never damaged or dirty.
    ///
    /// # Errors
    ///
    /// [`DrawError::TooLong`] if it does not fit into the largest code.
    pub fn smallest(text: &str) -> Result<Self, DrawError> {
        let length = text.len();
        let version = |level| mask::version(text, level);
        let least = version(EcLevel::L).map_err(|_| DrawError::TooLong { length })?;
        let levels = [EcLevel::H, EcLevel::Q, EcLevel::M];
        let level = levels
            .into_iter()
            .find(|level| version(*level) == Ok(least));
        let (colors, size) = mask::encode(text, level.unwrap_or(EcLevel::L))
            .map_err(|_| DrawError::TooLong { length })?;
        let dark = Zeroizing::new(colors.into_iter().map(is_dark).collect());
        Ok(Self { size, dark })
    }

    /// The side of the code in modules: 21 to 177.
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// Whether the module in column `x` and row `y` is dark. Everything outside is light.
    pub(crate) fn dark(&self, x: usize, y: usize) -> bool {
        let inside = x < self.size && y < self.size;
        inside && self.dark[y * self.size + x]
    }

    /// [`Self::dark`] with `x` and `y` counted from the corner of a quiet zone of `quiet` modules.
    fn dark_within(&self, quiet: usize, x: usize, y: usize) -> bool {
        let inner = x.checked_sub(quiet).zip(y.checked_sub(quiet));
        inner.is_some_and(|(x, y)| self.dark(x, y))
    }
}

fn is_dark(color: Color) -> bool {
    color == Color::Dark
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_finder_patterns_and_light_around() {
        let matrix = Matrix::new("hello").unwrap();
        assert_eq!(matrix.size(), 21);
        let row: Vec<bool> = (0..9).map(|x| matrix.dark(x, 1)).collect();
        let pattern = [true, false, false, false, false, false, true, false];
        assert_eq!(row[..8], pattern);
        assert!(!matrix.dark(21, 0) && !matrix.dark(0, usize::MAX));
        assert!(!matrix.dark_within(4, 3, 4) && matrix.dark_within(4, 4, 4));
    }

    #[test]
    fn a_long_text_falls_back_to_less_correction() {
        // Level M holds at most 2331 bytes, in version 40 with a side of 177. With L, 2332 bytes fit
        // into version 36.
        assert_eq!(Matrix::new(&"x".repeat(2332)).unwrap().size(), 161);
        assert_eq!(Matrix::new(&"x".repeat(2953)).unwrap().size(), 177);
    }

    #[test]
    fn the_smallest_code_has_the_most_correction_that_fits() {
        // Version 1 holds 7 bytes with level H, 11 with Q, 14 with M and 17 with L.
        for (length, size) in [(7, 21), (11, 21), (14, 21), (17, 21), (18, 25), (2953, 177)] {
            assert_eq!(Matrix::smallest(&"x".repeat(length)).unwrap().size(), size);
        }
        assert!(Matrix::smallest(&"x".repeat(2954)).is_err());
        let (same, level_h) = (
            Matrix::smallest("x").unwrap(),
            mask::encode("x", EcLevel::H),
        );
        let level_h: Vec<_> = level_h.unwrap().0.into_iter().map(is_dark).collect();
        assert!(*same.dark == level_h);
    }

    #[test]
    fn the_smallest_code_mixes_its_modes() {
        // 64 characters of a key take 44 bytes in alphanumeric mode.
        let key = "otpauth://totp/x?secret=".to_owned() + &"JBSWY3DP".repeat(8);
        assert_eq!(Matrix::smallest(&key).unwrap().size(), 33);
        assert_eq!(Matrix::smallest(&key.to_lowercase()).unwrap().size(), 37);
    }

    #[test]
    fn the_longest_is_the_longest() {
        let error = Matrix::new(&"x".repeat(2954)).err().unwrap();
        assert_eq!(error, DrawError::TooLong { length: 2954 });
        assert_eq!(
            error.to_string(),
            "too long for a QR code: 2954 bytes, at most 2953 fit"
        );
    }
}
