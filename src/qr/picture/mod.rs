//! Bytes of a picture file to grey planes, within limits.

mod format;
mod frames;
mod ink;

use std::borrow::Cow;
use std::io::Cursor;

use image::metadata::Orientation;
use image::{
    DynamicImage, GrayAlphaImage, GrayImage, ImageDecoder, ImageFormat, ImageReader, Limits,
};

use super::decode::contain;
use super::error::PictureError;
use super::limits::{MAX_BYTES, MAX_MEMORY, MAX_SIDE};
pub(crate) use format::is_picture;
use format::{INVALID, explain, name, recognise};
pub(crate) use frames::later;

/// A decoded picture, in shades of grey: 0 is black, 255 is white.
pub(crate) struct Picture {
    /// The picture as it looks on a white page.
    pub white: GrayImage,
    /// The picture as it looks on a black page; none when nothing in it is transparent.
    pub black: Option<GrayImage>,
    /// The picture with its colours; none when it has none, or is too large to keep it twice.
    pub colour: Option<DynamicImage>,
}

/// One of the grey pictures that a picture holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// On a white page.
    White,
    /// On a black page; there is none for pictures without transparency.
    Black,
    /// Only what is red (0), green (1) or blue (2) of a coloured picture.
    Channel(usize),
}

/// The most pixels for which the colours are kept: screenshots of the largest screens are mostly
/// black on white, and a phone's photo has colours of its own.
const MOST_COLOURED: u64 = 4_000_000;

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
        let (pixels, orientation) = pixels;
        Ok(Self::from_pixels(pixels).turned(orientation))
    }

    /// One of the planes; none when it would be the same as another, or costs too much.
    pub fn plane(&self, source: Source) -> Option<Cow<'_, GrayImage>> {
        match source {
            Source::White => Some(Cow::Borrowed(&self.white)),
            Source::Black => self.black.as_ref().map(Cow::Borrowed),
            Source::Channel(index) => self.colour.as_ref().map(|colour| {
                let shades = colour
                    .to_rgb8()
                    .pixels()
                    .map(|pixel| pixel.0[index])
                    .collect();
                let plane = GrayImage::from_raw(colour.width(), colour.height(), shades);
                Cow::Owned(plane.unwrap_or_default())
            }),
        }
    }

    /// Turns it the way it is shown: a phone stores what its sensor saw, and how it was held.
    fn turned(self, orientation: Orientation) -> Self {
        let turn = |grey: GrayImage| {
            let mut image = DynamicImage::from(grey);
            image.apply_orientation(orientation);
            image.into_luma8()
        };
        if orientation == Orientation::NoTransforms {
            return self;
        }
        Self {
            white: turn(self.white),
            black: self.black.map(turn),
            colour: self.colour.map(|mut image| {
                image.apply_orientation(orientation);
                image
            }),
        }
    }

    /// Flattens pixels of any kind to grey. `image` is consumed so that the two never coexist
    /// for longer than the conversion: a large picture is some hundred megabytes.
    fn from_pixels(image: DynamicImage) -> Self {
        let pixels = u64::from(image.width()) * u64::from(image.height());
        let keep = image.color().has_color() && pixels <= MOST_COLOURED;
        if !image.color().has_alpha() {
            let (white, colour) = if keep {
                (image.to_luma8(), Some(image))
            } else {
                (image.into_luma8(), None)
            };
            let black = None;
            return Self {
                white,
                black,
                colour,
            };
        }
        let mixed = image.to_luma_alpha8();
        let colour = keep.then_some(image);
        let transparent = mixed.pixels().any(|pixel| pixel.0[1] < u8::MAX);
        Self {
            white: flatten(&mixed, u8::MAX),
            black: transparent.then(|| flatten(&mixed, u8::MIN)),
            colour,
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

/// Decodes the pixels, after the checks of the declared size; and how they are to be turned.
fn pixels(bytes: &[u8], format: ImageFormat) -> Result<(DynamicImage, Orientation), PictureError> {
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
    // A broken note of it is no reason to refuse the picture.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    if format == ImageFormat::Jpeg
        && let Some(grey) = ink::plain(bytes)
    {
        return Ok((grey.into(), orientation));
    }
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    decoder
        .set_limits(limits)
        .and_then(|()| DynamicImage::from_decoder(decoder))
        .map(|pixels| (pixels, orientation))
        .map_err(|error| explain(&error, format))
}
