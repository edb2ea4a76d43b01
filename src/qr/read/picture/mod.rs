//! The bytes of a picture file to grey planes, within limits.
//!
//! A code may only be visible in some of the planes: white on transparent needs a black page, and a
//! coloured one may have its contrast in one channel only.

mod cmyk;
pub(crate) mod foreign;
mod format;
mod frames;
mod svg;

use std::borrow::Cow;
use std::io::Cursor;

use image::metadata::Orientation;
use image::{
    DynamicImage, GrayAlphaImage, GrayImage, ImageDecoder, ImageFormat, ImageReader, Limits,
};

use super::catch_panics::catch_panics;
use super::error::PictureError;
use super::limits::{MAX_BYTES, MAX_MEMORY, MAX_SIDE};
use super::preprocess::filter::invert;
use format::{INVALID, explain, name, recognise};
pub(crate) use frames::later_frames;
pub(crate) use svg::{Drawing, is_svg};

/// A decoded picture, in shades of grey: 0 is black, 255 is white.
pub(crate) struct Picture {
    /// The picture on a white page.
    pub(crate) white: GrayImage,
    /// The picture on a black page; none if nothing in it is transparent.
    pub(crate) black: Option<GrayImage>,
    /// The picture with its colours; none if it has none, or is too large to keep it twice.
    pub(crate) colour: Option<DynamicImage>,
}

/// Where the shades of a plane come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// The picture on a white page.
    OnWhite,
    /// The picture on a black page, if something in it is transparent.
    OnBlack,
    /// The red (0), green (1) or blue (2) channel of a coloured picture.
    Channel(usize),
}

/// A grey picture, as it is or with black and white exchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Plane {
    pub(crate) source: Source,
    pub(crate) inverted: bool,
}

impl Plane {
    /// Its name in the ablation benchmark.
    pub(crate) const fn name(self) -> &'static str {
        match (self.source, self.inverted) {
            (Source::OnWhite, false) => "white background",
            (Source::OnWhite, true) => "inverted",
            (Source::OnBlack, _) => "black background",
            (Source::Channel(_), _) => "colour channels",
        }
    }
}

/// The most pixels of a picture whose colours are kept. Codes on larger ones are mostly black on
/// white.
const MAX_COLOURED: u64 = 4_000_000;

/// Whether bytes start like a picture in a format that [`read`](crate::qr::read()) supports.
pub(crate) fn is_picture(bytes: &[u8]) -> bool {
    recognise(bytes).is_ok() || is_svg(bytes)
}

/// Whether bytes are a picture, document or video in a known format that is not supported.
pub(crate) fn is_foreign(bytes: &[u8]) -> bool {
    matches!(recognise(bytes), Err(PictureError::Unsupported { .. })) && !is_svg(bytes)
}

/// Refuses a file that is too small or too large for any picture.
pub(crate) fn check_length(bytes: &[u8]) -> Result<(), PictureError> {
    match bytes.len() {
        0 => Err(PictureError::Empty),
        size if size > MAX_BYTES => Err(PictureError::TooManyBytes { size }),
        _ => Ok(()),
    }
}

impl Picture {
    /// Decodes the picture in `bytes`, or its first frame.
    ///
    /// Sizes are checked before any pixel is decoded, so that a small file that declares a huge
    /// picture costs nothing. A panic of a decoder counts as damage.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, PictureError> {
        let format = recognise(bytes)?;
        let decoded = catch_panics(|| decode_pixels(bytes, format)).unwrap_or(Err(
            PictureError::Damaged {
                format: name(format),
                reason: INVALID,
            },
        ))?;
        let (pixels, orientation) = decoded;
        Ok(Self::from_pixels(pixels).oriented(orientation))
    }

    /// A plane; none if it would be the same as another one, or cost too much.
    pub(crate) fn plane(&self, plane: Plane) -> Option<Cow<'_, GrayImage>> {
        let grey = self.grey(plane.source)?;
        Some(if plane.inverted {
            Cow::Owned(invert(&grey))
        } else {
            grey
        })
    }

    /// Whether there is a plane of this kind.
    pub(crate) fn has(&self, source: Source) -> bool {
        match source {
            Source::OnWhite => true,
            Source::OnBlack => self.black.is_some(),
            Source::Channel(_) => self.colour.is_some(),
        }
    }

    /// A plane that is not inverted.
    pub(crate) fn grey(&self, source: Source) -> Option<Cow<'_, GrayImage>> {
        match source {
            Source::OnWhite => Some(Cow::Borrowed(&self.white)),
            Source::OnBlack => self.black.as_ref().map(Cow::Borrowed),
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

    /// Rotates it as EXIF says: a phone stores what its sensor saw, and how it was held.
    fn oriented(self, orientation: Orientation) -> Self {
        let orient = |grey: GrayImage| {
            let mut image = DynamicImage::from(grey);
            image.apply_orientation(orientation);
            image.into_luma8()
        };
        if orientation == Orientation::NoTransforms {
            return self;
        }
        Self {
            white: orient(self.white),
            black: self.black.map(orient),
            colour: self.colour.map(|mut image| {
                image.apply_orientation(orientation);
                image
            }),
        }
    }

    /// Flattens pixels of any kind to grey. Takes `image` by value, so that a large picture of some
    /// hundred megabytes is not kept twice.
    fn from_pixels(image: DynamicImage) -> Self {
        let pixels = u64::from(image.width()) * u64::from(image.height());
        let keep = image.color().has_color() && pixels <= MAX_COLOURED;
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

/// Blends a picture with alpha onto a background of one shade. Converting to grey before blending
/// gives the same as after it, because both are linear.
fn flatten(mixed: &GrayAlphaImage, background: u8) -> GrayImage {
    let mut flat = GrayImage::new(mixed.width(), mixed.height());
    for (out, pixel) in flat.iter_mut().zip(mixed.pixels()) {
        let [shade, alpha] = pixel.0.map(u32::from);
        let sum = shade * alpha + u32::from(background) * (255 - alpha);
        *out = u8::try_from((sum + 127) / 255).unwrap_or(u8::MAX);
    }
    flat
}

/// Checks the declared size, then decodes the pixels. Also gives the EXIF orientation.
fn decode_pixels(
    bytes: &[u8],
    format: ImageFormat,
) -> Result<(DynamicImage, Orientation), PictureError> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_MEMORY);
    reader.limits(limits.clone());
    let mut decoder = reader
        .into_decoder()
        .map_err(|error| explain(&error, format))?;

    // The sides are checked here because the error of `Limits` does not say what they are.
    let (width, height) = decoder.dimensions();
    let memory = decoder.total_bytes();
    if width > MAX_SIDE || height > MAX_SIDE || memory > MAX_MEMORY {
        return Err(PictureError::TooLarge { width, height });
    }
    // Invalid EXIF data is no reason to refuse the picture.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    if format == ImageFormat::Jpeg
        && let Some(grey) = cmyk::decode_without_marker(bytes)
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
