//! Pixels as they come from a clipboard or a screen.

use zeroize::Zeroizing;

/// A picture in memory: red, green, blue and alpha, a byte each.
pub(crate) struct Pixels {
    width: usize,
    height: usize,
    rgba: Zeroizing<Vec<u8>>,
}

impl Pixels {
    /// `None` if the number of bytes is not that of the size.
    pub(super) fn new(width: usize, height: usize, rgba: Vec<u8>) -> Option<Self> {
        let rgba = Zeroizing::new(rgba);
        let bytes = width.checked_mul(height)?.checked_mul(4)?;
        (bytes > 0 && bytes == rgba.len()).then_some(Self {
            width,
            height,
            rgba,
        })
    }

    /// A picture file that our reader takes, in the plainest of formats (PAM). Grey if it would have more
    /// than `limit` bytes in colour: a screen of 8K.
    pub(crate) fn to_file(&self, limit: usize) -> Zeroizing<Vec<u8>> {
        let is_grey = self.rgba.len() + 128 > limit;
        let (depth, kind) = if is_grey {
            (1, "GRAYSCALE")
        } else {
            (4, "RGB_ALPHA")
        };
        let header = format!(
            "P7\nWIDTH {}\nHEIGHT {}\nDEPTH {depth}\nMAXVAL 255\nTUPLTYPE {kind}\nENDHDR\n",
            self.width, self.height
        );
        let mut file = Zeroizing::new(Vec::with_capacity(header.len() + self.rgba.len()));
        file.extend_from_slice(header.as_bytes());
        if is_grey {
            let pixels = self.rgba.chunks_exact(4);
            file.extend(pixels.map(|pixel| {
                let sum: u16 = pixel[..3].iter().map(|value| u16::from(*value)).sum();
                u8::try_from(sum / 3).unwrap_or(u8::MAX)
            }));
        } else {
            file.extend_from_slice(&self.rgba);
        }
        file
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_picture_becomes_grey() {
        assert!(Pixels::new(2, 1, vec![0; 7]).is_none());
        assert!(Pixels::new(0, 1, vec![]).is_none());
        let pixels = Pixels::new(2, 1, vec![1, 2, 3, 255, 30, 30, 30, 255]).unwrap();
        let file = pixels.to_file(1000);
        assert!(file.ends_with(&[1, 2, 3, 255, 30, 30, 30, 255]));
        let file = pixels.to_file(10);
        assert!(file.starts_with(b"P7\nWIDTH 2\nHEIGHT 1\nDEPTH 1\n"));
        assert!(file.ends_with(b"ENDHDR\n\x02\x1e"));
    }
}
