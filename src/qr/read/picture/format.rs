//! Recognises formats, and explains decoding errors.

use std::error::Error;
use std::io;

use image::{ImageError, ImageFormat};

use super::foreign;
use crate::qr::read::error::PictureError;

/// Recognises the format from the first bytes.
pub(super) fn recognise(bytes: &[u8]) -> Result<ImageFormat, PictureError> {
    let format = image::guess_format(bytes).ok();
    if let Some(format) = format.filter(ImageFormat::reading_enabled) {
        return Ok(format);
    }
    match foreign::name(bytes) {
        Some(format) => Err(PictureError::Unsupported { format }),
        None => Err(PictureError::NotAPicture),
    }
}

/// Said of content that breaks the rules of its format.
pub(super) const INVALID: &str = "its content is not valid";

/// Our error for one of the `image` crate. Its text is left out because it may quote the file.
pub(super) fn explain(error: &ImageError, format: ImageFormat) -> PictureError {
    let reason = match error {
        ImageError::Limits(_) => "it asks for too much memory",
        ImageError::Unsupported(_) => "it uses a feature that is not supported",
        error if ends_early(error) => "the file ends too early",
        _ => INVALID,
    };
    let format = name(format);
    PictureError::Damaged { format, reason }
}

/// Whether the file is truncated.
fn ends_early(error: &ImageError) -> bool {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        let io = error.downcast_ref::<io::Error>();
        if io.is_some_and(|io| io.kind() == io::ErrorKind::UnexpectedEof) {
            return true;
        }
        cause = error.source();
    }
    // Some decoders keep only the text of the cause.
    let text = error.to_string().to_lowercase();
    text.contains("unexpected end") || text.contains("unexpected eof")
}

/// The name of a format as people write it.
pub(super) fn name(format: ImageFormat) -> &'static str {
    match format {
        ImageFormat::Png => "PNG",
        ImageFormat::Jpeg => "JPEG",
        ImageFormat::WebP => "WebP",
        ImageFormat::Gif => "GIF",
        ImageFormat::Bmp => "BMP",
        ImageFormat::Tiff => "TIFF",
        ImageFormat::Pnm => "PNM",
        ImageFormat::Ico => "ICO",
        _ => "unknown",
    }
}
