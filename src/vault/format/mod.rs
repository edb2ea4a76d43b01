//! Format 1 of the vault, without I/O: the JSON outside ([`Envelope`]), the accounts inside
//! ([`document`]), and the seal between them ([`seal`](mod@seal)).
//!
//! The format does not know the ways to unlock a vault. Each is a [`SlotFormat`]; `vault::unlock` lists
//! them all in one type, which the rest of the program uses.
//!
#![doc = include_str!("format.md")]

mod aws_keys;
mod bytes;
pub mod document;
mod envelope;
mod error;
pub(crate) mod fields;
pub(crate) mod keys;
pub(crate) mod replica;
pub mod seal;
mod slot;
pub(crate) mod transcript;

pub(crate) use bytes::Bytes;
pub(crate) use envelope::revision_of;
pub use envelope::{Envelope, Header, MAX_SLOTS};
pub use error::{FormatError, MAX_FILE_BYTES};
pub(crate) use keys::random_array;
pub use keys::{DataKey, Random, RandomError, SlotKey, VaultId};
pub use slot::{Slot, SlotFormat, Wrapped};
