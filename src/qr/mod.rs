//! QR codes: pictures to payloads, and text to codes. Bytes in, bytes out; its only outside input
//! is the clock.
//!
//! ```
//! use mfa::qr::{DEFAULT_SCALE, Matrix, read};
//!
//! let text = "otpauth://totp/Example:alice?secret=JBSWY3DPEHPK3PXP";
//! let png = Matrix::new(text)?.to_png(DEFAULT_SCALE)?;
//!
//! let codes = read(&png)?;
//! assert_eq!(codes[0].payload(), text);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | room | what is in it |
//! | --- | --- |
//! | `read` | [`read()`]: a picture file to its [`Code`]s, or the reason why there are none |
//! | `draw` | [`Matrix`]: a text to a code for a terminal, a PNG or an SVG |
//!
//! `read` has one folder for each stage: `picture`, `preprocess`, `decode`, `soft_decode` and
//! `symbol`. The last two are not part of `decode`: soft decoding starts from the plane of the picture
//! instead of a view, and both kinds of decoding end in `symbol`.
//!
//! Payloads are secrets. What this module holds is wiped on drop, and no error and no `Debug` shows
//! a payload. The crates below (`image`, `rxing`, `rqrr`, `qrcode`) keep pixels and text in plain
//! memory while they work, which is out of reach from here.
//!
#![doc = include_str!("pictures.md")]

mod draw;
mod payload_kind;
mod read;

pub use draw::{DEFAULT_SCALE, DrawError, Matrix, QuietZone, TerminalStyle};
pub(crate) use payload_kind::payload_kind;
#[doc(hidden)]
pub use read::ablation;
pub use read::{
    Code, LIMIT, MAX_BYTES, MAX_SIDE, Part, PictureError, Reading, is_catching_panics, look, read,
    read_within,
};
pub(crate) use read::{is_foreign, is_picture};
