//! A code as a picture file: PNG and SVG.

use std::fmt::Write;

use image::ExtendedColorType;
use image::ImageEncoder;
use image::codecs::png::PngEncoder;
use zeroize::Zeroizing;

use super::{DrawError, Matrix, QuietZone};

/// The side of a module in pixels that suits a screen.
pub const DEFAULT_SCALE: u32 = 8;
/// The largest scale; with it, the largest code has a side of 5920 pixels.
const MAX_SCALE: u32 = 32;

impl Matrix {
    /// Draws the code as a PNG, 8-bit grey, with a full quiet zone.
    ///
    /// `scale` is the side of a module in pixels, limited to 1 to 32.
    ///
    /// # Errors
    ///
    /// [`DrawError::Encoding`] if the encoder fails, which is not known to happen.
    pub fn to_png(&self, scale: u32) -> Result<Zeroizing<Vec<u8>>, DrawError> {
        let scale = usize::try_from(scale.clamp(1, MAX_SCALE)).map_err(|_| DrawError::Encoding)?;
        let pixels = self.pixels(scale);
        let side = u32::try_from(self.full_size() * scale).map_err(|_| DrawError::Encoding)?;
        // Enough capacity from the start: a growing vector leaves copies behind that nobody wipes.
        let mut png = Zeroizing::new(Vec::with_capacity(pixels.len() / 2 + 4096));
        PngEncoder::new(&mut *png)
            .write_image(&pixels, side, side, ExtendedColorType::L8)
            .map_err(|_| DrawError::Encoding)?;
        Ok(png)
    }

    /// Draws the code as a standalone SVG document with a full quiet zone. A module is one unit, and
    /// it has no size of its own, so that it scales without blur.
    #[must_use]
    pub fn to_svg(&self) -> Zeroizing<String> {
        let side = self.full_size();
        let mut svg = Zeroizing::new(String::with_capacity(self.size() * self.size() * 8 + 512));
        // Writing to a string cannot fail.
        let _ = write!(
            svg,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" \
             viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\n\
             <rect width=\"{side}\" height=\"{side}\" fill=\"#fff\"/>\n\
             <path fill=\"#000\" d=\"",
        );
        for y in 0..side {
            self.row_to_path(y, &mut svg);
        }
        svg.push_str("\"/>\n</svg>\n");
        svg
    }

    /// The side with the full quiet zone, in modules.
    fn full_size(&self) -> usize {
        self.size() + 2 * QuietZone::Full.modules()
    }

    /// The picture row by row, 0 for dark and 255 for light.
    fn pixels(&self, scale: usize) -> Zeroizing<Vec<u8>> {
        let (quiet, side) = (QuietZone::Full.modules(), self.full_size());
        let mut pixels = Zeroizing::new(Vec::with_capacity(side * side * scale * scale));
        for y in 0..side * scale {
            for x in 0..side {
                let dark = self.dark_within(quiet, x, y / scale);
                let shade = if dark { u8::MIN } else { u8::MAX };
                pixels.extend(std::iter::repeat_n(shade, scale));
            }
        }
        pixels
    }

    /// Adds the dark runs of a row as rectangles of a path.
    fn row_to_path(&self, y: usize, path: &mut String) {
        let quiet = QuietZone::Full.modules();
        let dark = |x: usize| self.dark_within(quiet, x, y);
        let side = self.full_size();
        let mut x = 0;
        while x < side {
            let run = (x..side).take_while(|&x| dark(x)).count();
            if run > 0 {
                let _ = write!(path, "M{x} {y}h{run}v1h-{run}z");
            }
            x += run.max(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_png_has_the_requested_size() {
        let matrix = Matrix::new("hello").unwrap();
        for (asked, used) in [(8, 8), (1, 1), (0, 1), (9999, MAX_SCALE)] {
            let png = matrix.to_png(asked).unwrap();
            let image = image::load_from_memory(&png).unwrap();
            assert_eq!((image.width(), image.height()), (29 * used, 29 * used));
            assert_eq!(image.color(), image::ColorType::L8);
        }
    }

    #[test]
    fn png_and_svg_fit_their_capacity() {
        for text in ["a".to_owned(), "B7~".repeat(900)] {
            let matrix = Matrix::new(&text).unwrap();
            let pixels = matrix.pixels(1).len();
            assert!(matrix.to_png(1).unwrap().len() <= pixels / 2 + 4096);
            let svg = matrix.to_svg().len();
            assert!(svg <= matrix.size() * matrix.size() * 8 + 512);
        }
    }

    #[test]
    fn a_svg_draws_every_dark_module() {
        let matrix = Matrix::new("hello").unwrap();
        let svg = matrix.to_svg();
        assert!(svg.starts_with("<?xml") && svg.ends_with("</svg>\n"));
        assert!(svg.contains("viewBox=\"0 0 29 29\""));
        let path = svg.split(" d=\"").nth(1).unwrap();
        let runs = path.split('M').skip(1);
        let lengths = runs.map(|run| {
            let digits = run.split(['h', 'v']).nth(1).unwrap();
            digits.parse::<usize>().unwrap()
        });
        let modules = 0..21;
        let dark = modules
            .flat_map(|y| (0..21).map(move |x| (x, y)))
            .filter(|&(x, y)| matrix.dark(x, y));
        assert_eq!(lengths.sum::<usize>(), dark.count());
    }
}
