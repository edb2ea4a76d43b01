//! Bytes of a picture file to grey planes, within limits.

use std::error::Error;
use std::io::{self, Cursor};

use image::{
    DynamicImage, GrayAlphaImage, GrayImage, ImageDecoder, ImageError, ImageFormat, ImageReader,
    Limits,
};

use super::decode::contain;
use super::error::PictureError;

/// The largest file that is read, in bytes (64 MiB).
pub const MAX_BYTES: usize = 64 << 20;
/// The largest width and the largest height, in pixels.
pub const MAX_SIDE: u32 = 8192;
/// The most memory for the decoded pixels, in bytes (512 MiB).
pub(crate) const MAX_MEMORY: u64 = 512 << 20;

/// A decoded picture, in shades of grey: 0 is black, 255 is white.
pub(crate) struct Picture {
    /// The picture as it looks on a white page.
    pub white: GrayImage,
    /// The picture as it looks on a black page; none when nothing in it is transparent.
    pub black: Option<GrayImage>,
}

impl Picture {
    /// Decodes the (first) picture in `bytes`.
    ///
    /// The sizes are checked before any pixel is decoded, so that a small file that declares a
    /// huge picture costs nothing. A panic of a decoder counts as damage.
    ///
    /// # Errors
    ///
    /// All of [`PictureError`] but `NoCode`.
    pub fn decode(bytes: &[u8]) -> Result<Self, PictureError> {
        if bytes.is_empty() {
            return Err(PictureError::Empty);
        }
        if bytes.len() > MAX_BYTES {
            return Err(PictureError::TooManyBytes { size: bytes.len() });
        }
        let format = recognise(bytes)?;
        let pixels = contain(|| pixels(bytes, format)).unwrap_or(Err(PictureError::Damaged {
            format: name(format),
            reason: INVALID,
        }))?;
        Ok(Self::from_pixels(pixels))
    }

    /// Flattens pixels of any kind to grey. `image` is consumed so that the two never coexist
    /// for longer than the conversion: a large picture is some hundred megabytes.
    fn from_pixels(image: DynamicImage) -> Self {
        if !image.color().has_alpha() {
            let white = image.into_luma8();
            return Self { white, black: None };
        }
        let mixed = image.into_luma_alpha8();
        let transparent = mixed.pixels().any(|pixel| pixel.0[1] < u8::MAX);
        Self {
            white: flatten(&mixed, u8::MAX),
            black: transparent.then(|| flatten(&mixed, u8::MIN)),
        }
    }
}

/// Lays a picture with alpha on a page of the shade `ground`.
///
/// Grey first and flattened then is the same as flattened first, as both are linear.
fn flatten(mixed: &GrayAlphaImage, ground: u8) -> GrayImage {
    let mut flat = GrayImage::new(mixed.width(), mixed.height());
    for (out, pixel) in flat.iter_mut().zip(mixed.pixels()) {
        let [shade, alpha] = pixel.0.map(u32::from);
        let sum = shade * alpha + u32::from(ground) * (255 - alpha);
        *out = u8::try_from((sum + 127) / 255).unwrap_or(u8::MAX);
    }
    flat
}

/// Decodes the pixels, after the checks of the declared size.
fn pixels(bytes: &[u8], format: ImageFormat) -> Result<DynamicImage, PictureError> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_MEMORY);
    reader.limits(limits.clone());
    let mut decoder = reader
        .into_decoder()
        .map_err(|error| explain(&error, format))?;

    // The sides are checked here and not by `Limits`, whose error does not tell them.
    let (width, height) = decoder.dimensions();
    let memory = decoder.total_bytes();
    if width > MAX_SIDE || height > MAX_SIDE || memory > MAX_MEMORY {
        return Err(PictureError::TooLarge { width, height });
    }
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    decoder
        .set_limits(limits)
        .and_then(|()| DynamicImage::from_decoder(decoder))
        .map_err(|error| explain(&error, format))
}

/// Recognises the format from the first bytes.
fn recognise(bytes: &[u8]) -> Result<ImageFormat, PictureError> {
    let format = image::guess_format(bytes).ok();
    if let Some(format) = format.filter(ImageFormat::reading_enabled) {
        return Ok(format);
    }
    match foreign(bytes) {
        Some(format) => Err(PictureError::Unsupported { format }),
        None => Err(PictureError::NotAPicture),
    }
}

/// Names a format that people do send, but that is not read here.
fn foreign(bytes: &[u8]) -> Option<&'static str> {
    let brand = bytes.get(4..12).unwrap_or_default();
    match brand {
        b"ftypheic" | b"ftypheix" | b"ftypmif1" | b"ftypheim" => return Some("HEIC"),
        b"ftypavif" | b"ftypavis" => return Some("AVIF"),
        _ => {}
    }
    let start = bytes.trim_ascii_start();
    if start.starts_with(b"%PDF-") {
        return Some("PDF");
    }
    let head = &start[..start.len().min(512)];
    let is_svg = head.starts_with(b"<") && head.windows(4).any(|word| word == b"<svg");
    is_svg.then_some("SVG")
}

const INVALID: &str = "its content is not valid";

/// Turns an error of the `image` crate into ours.
///
/// Its text is left out: it may quote the file, and a file may hold anything.
fn explain(error: &ImageError, format: ImageFormat) -> PictureError {
    let reason = match error {
        ImageError::Limits(_) => "it asks for too much memory",
        ImageError::Unsupported(_) => "it uses a feature that is not supported",
        error if ends_early(error) => "the file ends too early",
        _ => INVALID,
    };
    let format = name(format);
    PictureError::Damaged { format, reason }
}

/// Whether the file ended before its content did.
fn ends_early(error: &ImageError) -> bool {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        let io = error.downcast_ref::<io::Error>();
        if io.is_some_and(|io| io.kind() == io::ErrorKind::UnexpectedEof) {
            return true;
        }
        cause = error.source();
    }
    // Some decoders keep the cause as text only.
    let text = error.to_string().to_lowercase();
    text.contains("unexpected end") || text.contains("unexpected eof")
}

/// The name of a format as people write it.
fn name(format: ImageFormat) -> &'static str {
    match format {
        ImageFormat::Png => "PNG",
        ImageFormat::Jpeg => "JPEG",
        ImageFormat::WebP => "WebP",
        ImageFormat::Gif => "GIF",
        ImageFormat::Bmp => "BMP",
        ImageFormat::Tiff => "TIFF",
        ImageFormat::Pnm => "PNM",
        _ => "unknown",
    }
}
