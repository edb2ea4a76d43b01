//! The keys of a vault, and how each is derived. All are wiped on drop; no `Debug` shows one.

use std::fmt;

use hkdf::Hkdf;
use sha2::Sha256;
use subtle::ConstantTimeEq;
use thiserror::Error;
use zeroize::Zeroizing;

/// A source of random bytes: the operating system in the program, fixed bytes in tests.
pub trait Random {
    /// Fills all of `bytes` with random bytes.
    ///
    /// # Errors
    /// [`RandomError`] if the source fails; `bytes` are then not random.
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), RandomError>;
}

pub(crate) fn random_array<const N: usize>(
    random: &mut dyn Random,
) -> Result<[u8; N], RandomError> {
    let mut bytes = [0; N];
    random.fill(&mut bytes)?;
    Ok(bytes)
}

/// The source of randomness failed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("no random numbers from the operating system: {0}")]
pub struct RandomError(pub String);

/// Identifies a vault; also the salt of keys derived from its data key.
pub type VaultId = [u8; 16];

/// The key to everything in one epoch of a vault: 32 random bytes.
#[derive(Clone)]
pub struct DataKey(Zeroizing<[u8; 32]>);

/// The key to one slot: 32 bytes of a key file, of Argon2id or of a recovery code.
#[derive(Clone)]
pub struct SlotKey(Zeroizing<[u8; 32]>);

macro_rules! hidden_debug {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    )*};
}
hidden_debug!(DataKey, SlotKey);

impl DataKey {
    /// Takes 32 bytes from [`Random`] or from a slot.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The raw key, for wrapping it into a slot.
    #[must_use]
    pub fn expose_secret(&self) -> &[u8; 32] {
        &self.0
    }

    /// The key of the payload: HKDF-SHA-256 with the vault's id as salt.
    pub(crate) fn payload_key(&self, vault_id: &VaultId) -> Zeroizing<[u8; 32]> {
        derive(Some(vault_id), &*self.0, b"payload")
    }

    /// The header's commitment to this key, so that a payload cannot open under two keys.
    #[must_use]
    pub fn commitment(&self) -> [u8; 32] {
        *derive(None, &*self.0, b"commit")
    }

    /// Proves that a later vault descends from this key (HKDF, info `descent`).
    #[must_use]
    pub fn descent_proof(&self, vault_id: &VaultId) -> Zeroizing<[u8; 32]> {
        derive(Some(vault_id), &*self.0, b"descent")
    }

    /// Identifies this key in the state folder without revealing it (HKDF, info `pin`).
    pub(crate) fn fingerprint(&self) -> [u8; 32] {
        *derive(None, &*self.0, b"pin")
    }

    /// A key for another purpose of the vault, named by `info`.
    #[cfg(feature = "aws")]
    pub(crate) fn derived(&self, vault_id: &VaultId, info: &[u8]) -> Zeroizing<[u8; 32]> {
        derive(Some(vault_id), &*self.0, info)
    }

    /// Whether the header's commitment is to this key; compared in constant time.
    #[must_use]
    pub fn matches(&self, commitment: &[u8; 32]) -> bool {
        self.commitment().ct_eq(commitment).into()
    }
}

impl SlotKey {
    /// Takes the 32 bytes of a key file.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The 32 raw bytes. The name makes every use of them easy to find.
    #[must_use]
    pub fn expose_secret(&self) -> &[u8; 32] {
        &self.0
    }
}

/// HKDF-SHA-256 (RFC 5869), extract and expand.
pub(crate) fn derive(salt: Option<&[u8]>, key: &[u8], info: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut out = Zeroizing::new([0; 32]);
    // HKDF-SHA-256 can give up to 8160 bytes (RFC 5869 section 2.3).
    let _ = Hkdf::<Sha256>::new(salt, key).expand(info, &mut *out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derived_keys_differ_by_purpose_and_vault() {
        let key = DataKey::from_bytes([7; 32]);
        let all = [
            *key.payload_key(&[1; 16]),
            *key.payload_key(&[2; 16]),
            key.commitment(),
            key.fingerprint(),
            *key.descent_proof(&[1; 16]),
        ];
        for (index, one) in all.iter().enumerate() {
            assert!(!all[..index].contains(one));
        }
        assert!(key.matches(&key.commitment()));
        assert!(!DataKey::from_bytes([8; 32]).matches(&key.commitment()));
    }

    #[test]
    fn no_key_shows_itself() {
        let (data, slot) = (DataKey::from_bytes([9; 32]), SlotKey::from_bytes([9; 32]));
        assert_eq!(format!("{data:?} {slot:?}"), "DataKey(..) SlotKey(..)");
    }
}
