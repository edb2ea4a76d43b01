//! Binary values of fixed length in JSON.

use data_encoding::BASE64;
use serde::{Deserialize, Serialize};

/// `N` bytes, as padded base64 text.
#[derive(Clone, Copy)]
pub(crate) struct Bytes<const N: usize>(pub(crate) [u8; N]);

impl<const N: usize> Serialize for Bytes<N> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64.encode(&self.0))
    }
}

impl<'de, const N: usize> Deserialize<'de> for Bytes<N> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <&str>::deserialize(deserializer)?;
        let bytes = BASE64.decode(text.as_bytes()).ok();
        let array = bytes.and_then(|bytes| bytes.try_into().ok());
        array
            .map(Self)
            .ok_or_else(|| serde::de::Error::custom(format!("expected {N} bytes of base64")))
    }
}
