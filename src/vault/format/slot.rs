//! A slot of format 1: the data key, wrapped for one way to unlock.

use std::fmt::Debug;

use data_encoding::BASE64;
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::bytes::Bytes;
use super::error::FormatError;
use super::fields::Fields;
use super::transcript::Transcript;

/// Longest age file of a slot, in bytes; one for an RSA key of 4096 bits has 800.
const MAX_FILE_BYTES: usize = 16 * 1024;

/// The ways to unlock that a vault may name: how each stands in the file, and what its slot is bound
/// to.
pub trait SlotFormat: Clone + Debug + Eq {
    /// The slot's `kind` in the file.
    fn name(&self) -> &'static str;

    /// Whether the data key is wrapped in an age file of its own, in place of our seal.
    fn is_age_file(&self) -> bool;

    /// Reads the members that this kind has besides `id`, `nonce` and `key`.
    ///
    /// # Errors
    /// [`FormatError::Newer`] for a kind that is not known, [`FormatError::Damaged`] for members that
    /// are missing or out of bounds.
    fn read(name: &str, fields: &mut Fields<'_>) -> Result<Self, FormatError>;

    /// Writes those members.
    ///
    /// # Errors
    /// Those of the serializer.
    fn write<M: SerializeMap>(&self, members: &mut M) -> Result<(), M::Error>;

    /// What it costs to try a text on the slot: KiB of memory times passes over it.
    fn work(&self) -> u64;

    /// Adds all that describes the way to what its slot is bound to.
    #[must_use]
    fn bind(&self, transcript: Transcript) -> Transcript;
}

/// The data key, wrapped for one way to unlock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot<K> {
    /// Random; tells slots of one kind apart.
    pub id: [u8; 16],
    /// The way to unlock, with its parameters.
    pub kind: K,
    /// The data key, encrypted.
    pub wrapped: Wrapped,
}

/// A data key, encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrapped {
    /// Sealed under a key of this slot.
    Sealed {
        /// Random.
        nonce: [u8; 24],
        /// Data key and tag.
        key: [u8; 48],
    },
    /// A file of age (<https://age-encryption.org/v1>), in its binary form.
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
