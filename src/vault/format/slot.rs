//! A slot of format 1: the data key, wrapped for one way to unlock.

use std::fmt::Debug;

use data_encoding::BASE64;
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::bytes::Bytes;
use super::error::FormatError;
use super::fields::Fields;
use super::transcript::Transcript;

/// The longest age file in a slot, in bytes. One for an RSA key of 4096 bits has 800.
const MAX_FILE_BYTES: usize = 16 * 1024;

/// The ways to unlock that a vault may use: how the file states each, and what binds its slot.
pub trait SlotFormat: Clone + Debug + Eq {
    /// The slot's `kind` in the file.
    fn name(&self) -> &'static str;

    /// Whether an age file wraps the data key, instead of our seal.
    fn is_age_file(&self) -> bool;

    /// Reads the members that this kind has besides `id`, `nonce` and `key`.
    ///
    /// # Errors
    /// [`FormatError::Newer`] for an unknown kind, [`FormatError::Damaged`] if a member is missing or
    /// out of bounds.
    fn read(name: &str, fields: &mut Fields<'_>) -> Result<Self, FormatError>;

    /// Writes the same members as [`SlotFormat::read`] takes.
    ///
    /// # Errors
    /// Those of `members`, which writes to memory and does not fail.
    fn write<M: SerializeMap>(&self, members: &mut M) -> Result<(), M::Error>;

    /// The cost of trying a text on the slot: KiB of memory times passes over it.
    fn work(&self) -> u64;

    /// Adds the parameters of the way to unlock to what binds its slot.
    #[must_use]
    fn bind(&self, transcript: Transcript) -> Transcript;
}

/// The data key, wrapped for one way to unlock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot<K> {
    /// Random; distinguishes slots of one kind.
    pub id: [u8; 16],
    /// The way to unlock, with its parameters.
    pub kind: K,
    /// The encrypted data key, in one of two forms.
    pub wrapped: Wrapped,
}

/// An encrypted data key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrapped {
    /// Sealed with this slot's own key (XChaCha20-Poly1305).
    Sealed {
        /// Random for each slot.
        nonce: [u8; 24],
        /// The encrypted data key, and its 16-byte tag.
        key: [u8; 48],
    },
    /// An age file (<https://age-encryption.org/v1>), in its binary form.
    AgeFile(Vec<u8>),
}

impl<K: SlotFormat> Slot<K> {
    pub(super) fn parse(mut fields: Fields<'_>) -> Result<Self, FormatError> {
        let id: Bytes<16> = fields.take("id")?;
        let name: String = fields.take("kind")?;
        let nonce: Option<Bytes<24>> = fields.take_if_present("nonce")?;
        let key: String = fields.take("key")?;
        let kind = K::read(&name, &mut fields)?;
        fields.finish()?;
        let key = BASE64.decode(key.as_bytes()).ok();
        let wrapped = match (kind.is_age_file(), nonce, key) {
            (true, None, Some(file)) if file.len() <= MAX_FILE_BYTES => {
                Some(Wrapped::AgeFile(file))
            }
            (false, Some(Bytes(nonce)), Some(key)) => {
                let key = key.try_into().ok();
                key.map(|key| Wrapped::Sealed { nonce, key })
            }
            _ => None,
        };
        Ok(Self {
            id: id.0,
            wrapped: wrapped
                .ok_or_else(|| FormatError::Damaged(format!("slot {}", kind.name())))?,
            kind,
        })
    }
}

impl<K: SlotFormat> Serialize for Slot<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(None)?;
        members.serialize_entry("id", &Bytes(self.id))?;
        members.serialize_entry("kind", self.kind.name())?;
        self.kind.write(&mut members)?;
        let key: &[u8] = match &self.wrapped {
            Wrapped::Sealed { nonce, key } => {
                members.serialize_entry("nonce", &Bytes(*nonce))?;
                key
            }
            Wrapped::AgeFile(file) => file,
        };
        members.serialize_entry("key", &BASE64.encode(key))?;
        members.end()
    }
}
