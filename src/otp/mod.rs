//! The domain: one-time passwords as RFC 4226 and RFC 6238 define them, and the URIs that carry
//! them. No I/O, no clock, nothing of the other rooms.
//!
//! ```
//! use mfa::otp::parse;
//!
//! let account = parse("otpauth://totp/RFC:6238?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&digits=8")?.draft;
//! // At second 59, as in appendix B of RFC 6238. An HOTP account has no window of time.
//! let window = account.credential.window(59).ok_or("HOTP")?;
//! assert_eq!(window.current.as_str(), "94287082");
//! assert_eq!(window.remaining, 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
#![doc = include_str!("parameters.md")]

mod account;
mod code;
mod encoding;
pub mod migration;
mod naming;
mod parameters;
mod params;
mod secret;
mod uri;
mod uri_format;
mod uri_text;
mod visible;

pub use account::{Account, AccountId, AwsLink, Credential, Draft, full_name};
pub(crate) use account::{MAX_LABEL_BYTES, MAX_TAG_BYTES, MAX_TAGS};
pub use code::{Code, Window};
pub(crate) use encoding::KeyEncoding;
pub(crate) use naming::{Label, Said, after_issuer, decide, split as split_label};
pub(crate) use params::parse_counter;
pub use params::{Algorithm, Digits, Kind, ParamError, Period};
pub(crate) use secret::{ADVISED_KEY_BYTES, LONGEST_GROUP, is_evenly_spaced};
pub use secret::{MAX_KEY_BYTES, Secret, SecretError};
pub(crate) use uri::MAX_URI_BYTES;
pub(crate) use uri::percent_decode;
pub use uri::{Note, Parsed, UriError, parse};
pub use uri_format::format;
pub(crate) use uri_format::{UriForm, format_as};
pub(crate) use uri_text::is_uri;
pub(crate) use visible::{escape, escape_controls, is_hidden};
