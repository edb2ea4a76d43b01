//! Keys of the vault and how each is derived. Every key is wiped on drop and shown by no `Debug`.

use std::fmt;

use argon2::{Argon2, Block, Params, Version};
use hkdf::Hkdf;
use sha2::Sha256;
use subtle::ConstantTimeEq;
use thiserror::Error;
use zeroize::{Zeroize, Zeroizing};

use crate::otp::Secret;

/// Random bytes, as an argument: the operating system's in the program, fixed ones in tests.
pub trait Random {
    /// Fills `bytes`.
    ///
    /// # Errors
    /// When the source of randomness fails.
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), RandomError>;

    /// `N` random bytes.
    ///
    /// # Errors
    /// When the source of randomness fails.
    fn array<const N: usize>(&mut self) -> Result<[u8; N], RandomError>
    where
        Self: Sized,
    {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }
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
hidden_debug!(DataKey, SlotKey, RecoveryCode);

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
    #[must_use]
    pub fn payload_key(&self, vault_id: &VaultId) -> Zeroizing<[u8; 32]> {
        derive(Some(vault_id), &*self.0, b"payload")
    }

    /// What the header commits to, so that a payload cannot open under two keys.
    #[must_use]
    pub fn commitment(&self) -> [u8; 32] {
        *derive(None, &*self.0, b"commit")
    }

    /// What the state folder remembers of this key.
    #[must_use]
    pub fn pin(&self) -> [u8; 32] {
        *derive(None, &*self.0, b"pin")
    }

    /// A key for something else that belongs to the vault; `info` says what.
    #[must_use]
    pub fn derived(&self, vault_id: &VaultId, info: &[u8]) -> Zeroizing<[u8; 32]> {
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

fn derive(salt: Option<&[u8]>, key: &[u8], info: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut out = Zeroizing::new([0; 32]);
    // 32 bytes are within the 8160 that HKDF-SHA-256 can give (RFC 5869 section 2.3).
    let _ = Hkdf::<Sha256>::new(salt, key).expand(info, &mut *out);
    out
}

/// Cost and salt of Argon2id (RFC 9106), version 0x13.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kdf {
    /// Memory in KiB.
    pub m_kib: u32,
    /// Passes.
    pub t: u32,
    /// Lanes.
    pub p: u32,
    /// Random for each slot.
    pub salt: [u8; 16],
}

impl Kdf {
    /// The second recommendation of RFC 9106 section 4: 64 MiB, 3 passes, 4 lanes.
    #[must_use]
    pub const fn recommended(salt: [u8; 16]) -> Self {
        Self {
            m_kib: 64 * 1024,
            t: 3,
            p: 4,
            salt,
        }
    }

    /// Whether the cost lies between the floor (19 MiB, 2 passes) and the ceiling (1 GiB, 16
    /// passes, 16 lanes). A file that asks for less is forged, one that asks for more a trap.
    #[must_use]
    pub fn is_bounded(&self) -> bool {
        matches!(self.m_kib, 19_456..=1_048_576)
            && matches!(self.t, 2..=16)
            && matches!(self.p, 1..=16)
    }

    /// Stretches a passphrase; costs what the parameters say. `None` for parameters out of
    /// bounds, and when the memory cannot be had.
    #[must_use]
    pub fn derive(&self, passphrase: &str) -> Option<SlotKey> {
        if !self.is_bounded() {
            return None;
        }
        let params = Params::new(self.m_kib, self.t, self.p, Some(32)).ok()?;
        let mut memory = WipedBlocks::new(params.block_count())?;
        let argon = Argon2::new(argon2::Algorithm::Argon2id, Version::V0x13, params);
        let mut key = Zeroizing::new([0; 32]);
        let bytes = passphrase.as_bytes();
        argon
            .hash_password_into_with_memory(bytes, &self.salt, &mut *key, &mut memory.0)
            .ok()?;
        Some(SlotKey(key))
    }
}

/// Argon2's memory, which the crate itself would leave as it is.
struct WipedBlocks(Vec<Block>);

impl WipedBlocks {
    fn new(count: usize) -> Option<Self> {
        let mut blocks = Vec::new();
        blocks.try_reserve_exact(count).ok()?;
        blocks.resize(count, Block::default());
        Some(Self(blocks))
    }
}

impl Drop for WipedBlocks {
    fn drop(&mut self) {
        self.0.iter_mut().for_each(Zeroize::zeroize);
    }
}

/// A printed code of 160 random bits that opens the vault when all else is lost: 32 base32
/// characters in groups of four.
#[derive(Clone)]
pub struct RecoveryCode(Secret);

impl RecoveryCode {
    /// Makes a code of 20 random bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 20]) -> Option<Self> {
        Secret::from_bytes(bytes.to_vec()).ok().map(Self)
    }

    /// Reads a typed code; `None` where the text is not 32 base32 characters. Case, spaces and
    /// dashes do not matter.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let symbols = text.chars().filter(|c| !matches!(c, ' ' | '-')).count();
        (symbols == 32).then_some(())?;
        let secret = Secret::from_base32(text).ok()?;
        (secret.len() == 20).then_some(Self(secret))
    }

    /// The key of the recovery slot: the code has 160 random bits, so HKDF is enough.
    #[must_use]
    pub fn derive(&self, vault_id: &VaultId) -> SlotKey {
        SlotKey(derive(Some(vault_id), self.0.expose_secret(), b"recovery"))
    }

    /// The code as it is printed: `ABCD-EFGH-…`.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        let plain = self.0.to_base32();
        let mut text = Zeroizing::new(String::with_capacity(40));
        for (index, symbol) in plain.chars().enumerate() {
            if index > 0 && index % 4 == 0 {
                text.push('-');
            }
            text.push(symbol);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn argon2id_is_the_one_of_rfc_9106() {
        // argon2-cffi: hash_secret_raw(b"correct horse", b"0123456789abcdef", 2, 19456, 1, 32,
        // Type.ID)
        let kdf = Kdf {
            m_kib: 19_456,
            t: 2,
            p: 1,
            salt: *b"0123456789abcdef",
        };
        let key = kdf.derive("correct horse").unwrap();
        let hex = data_encoding::HEXLOWER.encode(key.expose_secret());
        assert_eq!(
            hex,
            "ae4d8c8b713876044c8347c76986a9b5655944aaacfffe9bea4dff9e7b6a1899"
        );
    }

    #[test]
    fn a_cost_out_of_bounds_is_never_paid() {
        for (m_kib, t, p) in [
            (19_455, 2, 1),
            (19_456, 1, 1),
            (19_456, 2, 0),
            (1_048_577, 2, 1),
            (19_456, 17, 1),
            (19_456, 2, 17),
            (u32::MAX, u32::MAX, u32::MAX),
        ] {
            assert!(
                Kdf {
                    m_kib,
                    t,
                    p,
                    salt: [0; 16]
                }
                .derive("x")
                .is_none()
            );
        }
    }

    #[test]
    fn derived_keys_differ_by_purpose_and_vault() {
        let key = DataKey::from_bytes([7; 32]);
        let all = [
            *key.payload_key(&[1; 16]),
            *key.payload_key(&[2; 16]),
            key.commitment(),
            key.pin(),
        ];
        for (index, one) in all.iter().enumerate() {
            assert!(!all[..index].contains(one));
        }
        assert!(key.matches(&key.commitment()));
        assert!(!DataKey::from_bytes([8; 32]).matches(&key.commitment()));
    }

    #[test]
    fn a_recovery_code_is_read_as_people_type_it() {
        let code = RecoveryCode::from_bytes(*b"12345678901234567890").unwrap();
        let text = code.to_text();
        assert_eq!(*text, "GEZD-GNBV-GY3T-QOJQ-GEZD-GNBV-GY3T-QOJQ");
        for typed in [
            text.to_lowercase(),
            text.replace('-', " "),
            text.replace('-', ""),
        ] {
            let again = RecoveryCode::parse(&typed).unwrap();
            assert_eq!(
                again.derive(&[1; 16]).expose_secret(),
                code.derive(&[1; 16]).expose_secret()
            );
        }
        assert!(RecoveryCode::parse("correct horse battery staple").is_none());
        assert!(RecoveryCode::parse(&text[1..]).is_none());
    }

    #[test]
    fn no_key_shows_itself() {
        let code = RecoveryCode::from_bytes([9; 20]).unwrap();
        let shown = format!(
            "{:?} {:?} {code:?}",
            DataKey::from_bytes([9; 32]),
            SlotKey::from_bytes([9; 32])
        );
        assert_eq!(shown, "DataKey(..) SlotKey(..) RecoveryCode(..)");
    }
}
