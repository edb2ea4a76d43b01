//! The data that a seal is bound to: a list of fields, each with its length.

/// Each field follows its length (4 bytes, little-endian), so no two lists give the same bytes.
pub struct Transcript(Vec<u8>);

impl Transcript {
    /// Starts with the purpose of the seal.
    pub(crate) fn new(purpose: &[u8]) -> Self {
        Self(Vec::with_capacity(512)).field(purpose)
    }

    #[must_use]
    pub(crate) fn field(mut self, bytes: &[u8]) -> Self {
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        self.0.extend_from_slice(&length.to_le_bytes());
        self.0.extend_from_slice(bytes);
        self
    }

    /// Adds a number as a field of 4 little-endian bytes.
    #[must_use]
    pub(crate) fn number(self, number: u32) -> Self {
        self.field(&number.to_le_bytes())
    }

    /// The whole list, as associated data.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}
