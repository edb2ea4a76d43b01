//! A buffer that grows without leaving copies behind.

use std::io::{self, Write};

use zeroize::{Zeroize, Zeroizing};

/// Bytes of unknown length that may be secret: wiped on drop. When they move to a larger block, the
/// old one is wiped too, which a plain `Vec` does not do.
#[derive(Default)]
pub(crate) struct SecretBuffer(Zeroizing<Vec<u8>>);

impl SecretBuffer {
    /// Room for `capacity` bytes before the buffer has to move.
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self(Zeroizing::new(Vec::with_capacity(capacity)))
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Makes room for `capacity` bytes in all.
    pub(crate) fn reserve_total(&mut self, capacity: usize) {
        if capacity > self.0.capacity() {
            let mut larger = Vec::with_capacity(capacity.next_power_of_two());
            larger.extend_from_slice(&self.0);
            self.0.zeroize();
            *self.0 = larger;
        }
    }

    /// Appends bytes. If they need a larger block, the old one is wiped.
    pub(crate) fn extend_from_slice(&mut self, more: &[u8]) {
        self.reserve_total(self.0.len() + more.len());
        self.0.extend_from_slice(more);
    }

    pub(crate) fn push(&mut self, byte: u8) {
        self.extend_from_slice(&[byte]);
    }

    /// The bytes, without a copy.
    pub(crate) fn into_bytes(self) -> Zeroizing<Vec<u8>> {
        self.0
    }
}

/// For writers such as `serde_json`'s. Never fails.
impl Write for SecretBuffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_and_keeps_what_is_in_it() {
        let mut buffer = SecretBuffer::default();
        let text = "0123456789".repeat(50);
        for chunk in text.as_bytes().chunks(7) {
            buffer.extend_from_slice(chunk);
        }
        assert_eq!(buffer.len(), text.len());
        assert_eq!(buffer.into_bytes().as_slice(), text.as_bytes());
    }
}
