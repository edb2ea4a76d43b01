//! The frames of an animation after the first one.

use std::io::Cursor;

use image::codecs::gif::GifDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::{AnimationDecoder, Frames, ImageDecoder, ImageFormat, ImageResult, Limits};

use super::{Picture, recognise};
use crate::qr::read::limits::{MAX_MEMORY, MAX_SIDE};

/// The later frames of an animated GIF, WebP or PNG, as they are displayed. Empty for other
/// pictures; ends at a damaged frame.
pub(crate) fn later_frames(bytes: &[u8]) -> impl Iterator<Item = Picture> {
    let frames = recognise(bytes)
        .ok()
        .and_then(|format| frames(bytes, format).ok().flatten());
    let frames = frames.into_iter().flatten().map_while(Result::ok).skip(1);
    frames.map(|frame| Picture::from_pixels(frame.into_buffer().into()))
}

fn frames(bytes: &[u8], format: ImageFormat) -> ImageResult<Option<Frames<'_>>> {
    let reader = Cursor::new(bytes);
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_MEMORY);
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    Ok(match format {
        ImageFormat::Gif => {
            let mut decoder = GifDecoder::new(reader)?;
            decoder.set_limits(limits)?;
            Some(decoder.into_frames())
        }
        ImageFormat::WebP => {
            let mut decoder = WebPDecoder::new(reader)?;
            decoder.set_limits(limits)?;
            decoder.has_animation().then(|| decoder.into_frames())
        }
        ImageFormat::Png => {
            let mut decoder = PngDecoder::new(reader)?;
            decoder.set_limits(limits)?;
            if decoder.is_apng()? {
                Some(decoder.apng()?.into_frames())
            } else {
                None
            }
        }
        _ => None,
    })
}
