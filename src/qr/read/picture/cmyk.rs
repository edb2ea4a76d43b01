//! CMYK JPEGs without Adobe's marker.
//!
//! With the marker, the values are inverted (0 is full ink). `image` assumes that for all CMYK JPEGs,
//! which turns those without the marker black.

use image::GrayImage;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// The start of Adobe's marker, with its length.
const ADOBE: &[u8] = b"\xFF\xEE\0\x0EAdobe";

/// Decodes a CMYK JPEG without the marker; none for everything else. Check its size before.
pub(super) fn decode_without_marker(bytes: &[u8]) -> Option<GrayImage> {
    let options = DecoderOptions::default()
        .set_strict_mode(false)
        .jpeg_set_out_colorspace(ColorSpace::CMYK);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().ok()?;
    let is_cmyk = decoder.input_colorspace() == Some(ColorSpace::CMYK);
    if !is_cmyk || bytes.windows(ADOBE.len()).any(|window| window == ADOBE) {
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
