//! Keys of the vault and how each is derived. Every key is wiped on drop and shown by no `Debug`.

use std::fmt;

use hkdf::Hkdf;
use sha2::Sha256;
use subtle::ConstantTimeEq;
use thiserror::Error;
use zeroize::Zeroizing;

/// Random bytes, as an argument: the operating system's in the program, fixed ones in tests.
pub trait Random {
    /// Fills `bytes`.
    ///
    /// # Errors
    /// When the source of randomness fails.
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), RandomError>;
}

/// `N` random bytes.
///
/// # Errors
/// When the source of randomness fails.
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

/// Identity of a vault, and salt of what is derived from its data key.
pub type VaultId = [u8; 16];

/// The key of everything in one epoch of a vault: 32 random bytes.
#[derive(Clone)]
pub struct DataKey(Zeroizing<[u8; 32]>);

/// A key that opens one slot: 32 bytes of a key file, of Argon2id or of a recovery code.
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
    /// Takes 32 bytes that came out of [`Random`] or out of a slot.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The raw key, to be wrapped into a slot.
    #[must_use]
    pub fn expose_secret(&self) -> &[u8; 32] {
        &self.0
    }

    /// The key of the payload: HKDF-SHA-256 with the vault's id as salt.
    pub(crate) fn payload_key(&self, vault_id: &VaultId) -> Zeroizing<[u8; 32]> {
        derive(Some(vault_id), &*self.0, b"payload")
    }

    /// What the header commits to, so that a payload cannot open under two keys.
    #[must_use]
    pub fn commitment(&self) -> [u8; 32] {
        *derive(None, &*self.0, b"commit")
    }

    /// What a later vault shows to prove that it descends from this key (HKDF, info `descent`).
    #[must_use]
    pub fn descent_proof(&self, vault_id: &VaultId) -> Zeroizing<[u8; 32]> {
        derive(Some(vault_id), &*self.0, b"descent")
    }

    /// What the state folder keeps to recognise this key (HKDF, info `pin`).
    pub(crate) fn fingerprint(&self) -> [u8; 32] {
        *derive(None, &*self.0, b"pin")
    }

    /// A key for something else that belongs to the vault; `info` says what.
    #[cfg(feature = "aws")]
    pub(crate) fn derived(&self, vault_id: &VaultId, info: &[u8]) -> Zeroizing<[u8; 32]> {
        derive(Some(vault_id), &*self.0, info)
    }

    /// Whether this is the key that a header commits to, in constant time.
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

    /// The raw key.
    #[must_use]
    pub fn expose_secret(&self) -> &[u8; 32] {
        &self.0
    }
}

/// HKDF-SHA-256 (RFC 5869).
pub(crate) fn derive(salt: Option<&[u8]>, key: &[u8], info: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut out = Zeroizing::new([0; 32]);
    // 32 bytes are within the 8160 that HKDF-SHA-256 can give (RFC 5869 section 2.3).
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
