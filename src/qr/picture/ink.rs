//! JPEGs in the inks of a press, without Adobe's marker.
//!
//! With the marker, what is stored is the ink that is missing, and `image` reads all of them like
//! that. Without it, 0 is no ink, and `image` multiplies every shade to black.

use image::GrayImage;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// How Adobe's marker begins, its length included.
const ADOBE: &[u8] = b"\xFF\xEE\0\x0EAdobe";

/// The picture, when it is such a JPEG; its size must have been checked before.
pub(super) fn plain(bytes: &[u8]) -> Option<GrayImage> {
    let options = DecoderOptions::default()
        .set_strict_mode(false)
        .jpeg_set_out_colorspace(ColorSpace::CMYK);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().ok()?;
    let inks = decoder.input_colorspace() == Some(ColorSpace::CMYK);
    if !inks || bytes.windows(ADOBE.len()).any(|start| start == ADOBE) {
        return None;
    }
    let (width, height) = decoder.dimensions()?;
    let pixels = decoder.decode().ok()?;
    let shades = pixels.as_chunks::<4>().0.iter().map(|inks| {
        let [cyan, magenta, yellow, black] = inks.map(|ink| u32::from(u8::MAX - ink));
        u8::try_from((cyan + magenta + yellow) * black / (3 * 255)).unwrap_or(u8::MAX)
    });
    let [width, height] = [width, height].map(|side| u32::try_from(side).ok());
    GrayImage::from_raw(width?, height?, shades.collect())
}
