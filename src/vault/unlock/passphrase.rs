//! Opens a `passphrase` slot with a passphrase, stretched by Argon2id (RFC 9106).

use std::path::Path;

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize};

use super::{
    Create, Header, Making, Method, NewSlot, Retained, Slot, SlotKind, UnlockError, Unlocked,
};
use crate::crypto::Argon2;
use crate::vault::format::fields::Fields;
use crate::vault::format::transcript::Transcript;
use crate::vault::format::{Bytes, FormatError, SlotKey, random_array};

/// A slot for a passphrase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passphrase {
    /// How the passphrase is turned into a key.
    pub kdf: Argon2id,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KdfJson<'a> {
    alg: &'a str,
    version: u32,
    m_kib: u32,
    t: u32,
    p: u32,
    salt: Bytes<16>,
}

impl Method for Passphrase {
    const NAME: &'static str = "passphrase";
    const ASKS_FOR: Option<&'static str> = Some("Passphrase");

    fn describe(&self, _: &Path) -> String {
        "passphrase".to_owned()
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self, FormatError> {
        let json: KdfJson<'_> = fields.take("kdf")?;
        if json.alg != "argon2id" || json.version != 19 {
            return Err(FormatError::Newer("an unknown key derivation".to_owned()));
        }
        let kdf = Argon2id {
            m_kib: json.m_kib,
            t: json.t,
            p: json.p,
            salt: json.salt.0,
        };
        if !kdf.is_bounded() {
            let why = "the cost of its key derivation is out of range";
            return Err(FormatError::Damaged(why.to_owned()));
        }
        Ok(Self { kdf })
    }

    fn write<M: SerializeMap>(&self, members: &mut M) -> Result<(), M::Error> {
        let Argon2id { m_kib, t, p, salt } = self.kdf;
        let json = KdfJson {
            alg: "argon2id",
            version: 19,
            m_kib,
            t,
            p,
            salt: Bytes(salt),
        };
        members.serialize_entry("kdf", &json)
    }

    fn work(&self) -> u64 {
        u64::from(self.kdf.m_kib) * u64::from(self.kdf.t)
    }

    fn bind(&self, transcript: Transcript) -> Transcript {
        transcript
            .field(b"argon2id")
            .number(19)
            .number(self.kdf.m_kib)
            .number(self.kdf.t)
            .number(self.kdf.p)
            .field(&self.kdf.salt)
    }

    fn open_by_text(&self, header: &Header, slot: &Slot, text: &str) -> Option<Unlocked> {
        Unlocked::by_slot_key(header, slot, self.kdf.derive(text)?)
    }

    fn retain(
        &self,
        _: &mut Making<'_>,
        slot: &Slot,
        known: Option<&SlotKey>,
    ) -> Result<Retained, UnlockError> {
        Ok(match known {
            Some(key) => Retained::As(NewSlot::sealed(slot.kind.clone(), key.clone())),
            None => Retained::NeedsText,
        })
    }
}

/// Makes a slot for this passphrase, at the recommended cost.
pub(crate) struct NewPassphrase<'a>(pub(crate) &'a str);

impl Create for NewPassphrase<'_> {
    fn create(&self, making: &mut Making<'_>) -> Result<NewSlot, UnlockError> {
        let kdf = Argon2id::recommended(random_array(making.host)?);
        let mut slot_key = None;
        let derive = &mut || slot_key = kdf.derive(self.0);
        making.host.during("protecting the vault", derive);
        let slot_key = slot_key.ok_or(UnlockError::NoMemory)?;
        let kind = SlotKind::Passphrase(Passphrase { kdf });
        Ok(NewSlot::sealed(kind, slot_key))
    }
}

/// The cost and salt of Argon2id (RFC 9106), version 0x13.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argon2id {
    /// Memory in KiB: from 19 456 to 1 048 576.
    pub m_kib: u32,
    /// Passes over the memory: from 2 to 16.
    pub t: u32,
    /// Degree of parallelism, in lanes: from 1 to 16.
    pub p: u32,
    /// Random for each slot.
    pub salt: [u8; 16],
}

impl Argon2id {
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

    /// Whether the cost is between the floor (19 MiB, 2 passes) and the ceiling (1 GiB, 16 passes, 16
    /// lanes). A file that asks for less is forged; one that asks for more is a trap.
    #[must_use]
    pub fn is_bounded(&self) -> bool {
        matches!(self.m_kib, 19_456..=1_048_576)
            && matches!(self.t, 2..=16)
            && matches!(self.p, 1..=16)
    }

    /// Derives the key of a passphrase; takes as long as the parameters say. `None` if they are out of
    /// bounds, or there is not enough memory.
    #[must_use]
    pub fn derive(&self, passphrase: &str) -> Option<SlotKey> {
        if !self.is_bounded() {
            return None;
        }
        let argon = Argon2::id(self.t, self.m_kib, self.p);
        let key = argon.key(passphrase.as_bytes(), &self.salt).ok()?;
        Some(SlotKey::from_bytes(*key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn argon2id_is_the_one_of_rfc_9106() {
        // argon2-cffi: hash_secret_raw(b"correct horse", b"0123456789abcdef", 2, 19456, 1, 32,
        // Type.ID)
        let kdf = Argon2id {
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
                Argon2id {
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
}
