//! Why no code was read from a picture.

use thiserror::Error;

use super::limits::{MAX_BYTES, MAX_MEMORY, MAX_SIDE};
use super::picture::foreign;

/// Why no code was read from a picture. No message quotes the content of the file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PictureError {
    /// The file has no bytes.
    #[error("the picture is empty (0 bytes)")]
    Empty,

    /// The file is larger than [`MAX_BYTES`].
    #[error("the picture is too large: {size} bytes, at most {MAX_BYTES} are read")]
    TooManyBytes {
        /// The size of the file in bytes.
        size: usize,
    },

    /// The content is not a picture in a supported format, whatever the file's name is.
    #[error("this is not a picture: it is none of {FORMATS}")]
    NotAPicture,

    /// A picture or document in a known format that is not supported.
    #[error("{format} files are not read: {}", convert_first(format))]
    Unsupported {
        /// The name of the format that was recognised.
        format: &'static str,
    },

    /// The picture has more pixels, or needs more memory for them, than is allowed.
    #[error(
        "the picture is too large: {width}x{height} pixels, \
         at most {MAX_SIDE}x{MAX_SIDE} in {} MiB are read",
        MAX_MEMORY >> 20
    )]
    TooLarge {
        /// The declared width in pixels.
        width: u32,
        /// The declared height in pixels.
        height: u32,
    },

    /// The format is right, but the content cannot be decoded.
    #[error("the {format} picture cannot be decoded: {reason}")]
    Damaged {
        /// The name of the format.
        format: &'static str,
        /// What is wrong with the content; does not quote it.
        reason: &'static str,
    },

    /// A decoder did not stop. Only pictures made for that purpose cause this.
    #[error("gave up looking for QR codes after {seconds} seconds")]
    GaveUp {
        /// How long it ran.
        seconds: u64,
    },

    /// The time ran out before everything was tried, and no code was read until then.
    #[error("{} before everything was tried; not looked for: {}", ran_out(*seen), untried.join(", "))]
    NotInTime {
        /// Whether something was seen that is almost certainly a code.
        seen: bool,
        /// What was not looked for, or not to the end.
        untried: Vec<&'static str>,
    },

    /// The search ended without a result: there was no memory or no thread for it.
    #[error("the search for QR codes failed: the machine may be short of memory")]
    Failed,

    /// Nothing in the picture looks like a QR code: it has no finder patterns, the nested squares in
    /// three corners of every code.
    #[error("no QR code found in the picture")]
    NoCode,

    /// Nothing looks like a QR code, and nothing has a sharp edge: a code may be too blurred to have
    /// finder patterns.
    #[error("no QR code found: the whole picture is blurred")]
    OutOfFocus,

    /// There is a code, but its modules are too small to tell apart.
    #[error(
        "a QR code was seen, but it is too small to read: about {}.{} pixels per module",
        tenths / 10,
        tenths % 10
    )]
    TooSmall {
        /// The side of a module, in tenths of a pixel.
        tenths: u32,
    },

    /// There is a code, but its modules run into each other.
    #[error("a QR code was seen, but it is too blurred to read")]
    Blurred,

    /// There is a code at the edge of the picture, and a part of it is missing.
    #[error("a QR code was seen, but a part of it is cut off at the edge of the picture")]
    CutOff,

    /// There is a code, large and sharp enough, but it is damaged, covered, cut off or too
    /// distorted.
    #[error(
        "a QR code was seen, but it cannot be read: a part of it is covered, cut off or distorted"
    )]
    Unreadable,
}

impl PictureError {
    /// Whether something in the picture was taken for a code.
    pub(crate) fn has_seen_a_code(&self) -> bool {
        matches!(
            self,
            Self::TooSmall { .. } | Self::Blurred | Self::CutOff | Self::Unreadable
        )
    }

    /// Whether it is about a code that was missed, or perhaps missed. Of a picture that only decorates
    /// a page, nothing is worth saying.
    pub(crate) fn is_worth_saying(&self) -> bool {
        let may_miss = matches!(
            self,
            Self::NotInTime { .. } | Self::GaveUp { .. } | Self::Failed | Self::TooLarge { .. }
        );
        may_miss || self.has_seen_a_code()
    }

    /// The command that converts a file in a format that is not supported, and the picture that it
    /// makes. The name of the file is quoted for a shell.
    pub(crate) fn conversion(&self, quoted_file: &str) -> Option<(String, &'static str)> {
        match self {
            Self::Unsupported { format } => foreign::conversion(format, quoted_file),
            _ => None,
        }
    }

    /// What the user can do about it, as an instruction.
    #[must_use]
    pub fn advice(&self) -> Option<&'static str> {
        match self {
            Self::NotAPicture | Self::Unsupported { .. } | Self::Damaged { .. } => {
                Some("take a screenshot of the code and use that")
            }
            Self::TooManyBytes { .. } | Self::TooLarge { .. } | Self::GaveUp { .. } => {
                Some("crop the picture to the code")
            }
            Self::NotInTime { .. } | Self::Failed => {
                Some("crop the picture to the code, or try again when the machine is less busy")
            }
            Self::NoCode => {
                Some("make sure that the whole code is in the picture, and crop it to that")
            }
            Self::TooSmall { .. } => Some("zoom in on the code before you take the screenshot"),
            Self::Blurred | Self::OutOfFocus => {
                Some("take a screenshot instead of a photo, or a sharper photo")
            }
            Self::CutOff => {
                Some("take the picture again with the whole code and some space around it")
            }
            Self::Unreadable => Some(
                "make sure that the whole code is in the picture; a screenshot is better than a photo",
            ),
            Self::Empty => None,
        }
    }
}

fn ran_out(seen: bool) -> &'static str {
    if seen {
        "a QR code was seen, but the time ran out"
    } else {
        "the time ran out"
    }
}

fn convert_first(format: &str) -> &'static str {
    match format {
        "PDF" | "DjVu" | "PostScript" => "convert its first page, or the one with the code, to PNG",
        "MP4" | "Matroska" => "save the picture with the code as PNG",
        _ => "convert it to PNG",
    }
}

/// The supported formats, for messages.
const FORMATS: &str = "PNG, JPEG, WebP, GIF, BMP, TIFF, PNM, ICO, SVG";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_say_what_and_why_on_one_line() {
        let too_large = PictureError::TooLarge {
            width: 30000,
            height: 3000,
        };
        assert_eq!(
            too_large.to_string(),
            "the picture is too large: 30000x3000 pixels, at most 8192x8192 in 512 MiB are read"
        );
        assert_eq!(
            PictureError::NotAPicture.to_string(),
            "this is not a picture: it is none of \
             PNG, JPEG, WebP, GIF, BMP, TIFF, PNM, ICO, SVG"
        );
        let damaged = PictureError::Damaged {
            format: "PNG",
            reason: "the file ends too early",
        };
        assert_eq!(
            damaged.to_string(),
            "the PNG picture cannot be decoded: the file ends too early"
        );
    }
}
