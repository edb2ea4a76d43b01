//! The pictures inside an SVG: `data:` only, decoded under the limits of picture files.

use std::io::Cursor;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{DynamicImage, imageops};
use resvg::usvg::{ImageHrefResolver, ImageKind};

use super::{budget, parse, text};
use crate::qr::read::limits::MAX_BYTES;
use crate::qr::read::picture::{decode_pixels, format};

/// The most pictures in one SVG.
const MOST_PICTURES: usize = 16;
/// Larger ones are reduced to this side, in pixels.
const LONGEST_SIDE: u32 = 2000;

/// Decodes what is inside the file. Nothing outside is loaded, and an SVG within one within one is
/// ignored.
pub(super) fn resolver(is_inner: bool) -> ImageHrefResolver<'static> {
    let count = AtomicUsize::new(0);
    ImageHrefResolver {
        resolve_data: Box::new(move |_, data, _| {
            if count.fetch_add(1, Ordering::Relaxed) >= MOST_PICTURES || data.len() > MAX_BYTES {
                return None;
            }
            if super::is_svg(&data) {
                return inner(&data).filter(|_| !is_inner);
            }
            plain(&data)
        }),
        resolve_string: Box::new(|_, _| None),
    }
}

fn inner(bytes: &[u8]) -> Option<ImageKind> {
    let tree = parse(&text(bytes, MAX_BYTES)?, true).ok()?;
    budget::check_tree(&tree).ok()?;
    Some(ImageKind::SVG(tree))
}

/// Any picture as a PNG, which resvg draws without limits of its own.
fn plain(bytes: &[u8]) -> Option<ImageKind> {
    let format = format::recognise(bytes).ok()?;
    let (mut image, orientation) = decode_pixels(bytes, format).ok()?;
    image.apply_orientation(orientation);
    let longest = image.width().max(image.height());
    if longest > LONGEST_SIDE {
        let side = |length: u32| (length * LONGEST_SIDE / longest).max(1);
        let (width, height) = (side(image.width()), side(image.height()));
        image = imageops::thumbnail(&image.into_rgba8(), width, height).into();
    }
    let mut png = Cursor::new(Vec::new());
    let encoder =
        PngEncoder::new_with_quality(&mut png, CompressionType::Fast, FilterType::NoFilter);
    DynamicImage::from(image.into_rgba8())
        .write_with_encoder(encoder)
        .ok()?;
    Some(ImageKind::PNG(Arc::new(png.into_inner())))
}
