//! The domain: one-time passwords as RFC 4226 and RFC 6238 define them, and the URIs that carry
//! them. No I/O, no clock, nothing of the other rooms.

mod account;
mod code;
pub mod migration;
mod params;
mod secret;
mod uri;

pub use account::{Account, AccountId, AwsLink, Credential, Draft, MAX_LABEL_BYTES, full_name};
pub use code::{Code, Window};
pub use params::{Algorithm, Digits, Kind, ParamError, Period, parse_counter};
pub use secret::{ADVISED_KEY_BYTES, MAX_KEY_BYTES, Secret, SecretError};
pub(crate) use uri::percent_decode;
pub use uri::{MAX_URI_BYTES, Note, Parsed, UriError, format, parse};
