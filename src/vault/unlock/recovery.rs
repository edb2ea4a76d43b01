//! Opens a `recovery` slot with a printed recovery code.

use std::fmt;
use std::path::Path;

use serde::ser::SerializeMap;
use zeroize::Zeroizing;

use super::{
    Create, Header, Making, Method, NewSlot, Retained, Slot, SlotKind, UnlockError, Unlocked,
};
use crate::otp::Secret;
use crate::vault::format::fields::Fields;
use crate::vault::format::keys::derive;
use crate::vault::format::transcript::Transcript;
use crate::vault::format::{FormatError, SlotKey, VaultId, random_array};

/// A slot for a recovery code. It has no parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recovery;

impl Method for Recovery {
    const NAME: &'static str = "recovery";
    const ASKS_FOR: Option<&'static str> = Some("Recovery code");

    fn describe(&self, _: &Path) -> String {
        "recovery code".to_owned()
    }

    fn read(_: &mut Fields<'_>) -> Result<Self, FormatError> {
        Ok(Self)
    }

    fn write<M: SerializeMap>(&self, _: &mut M) -> Result<(), M::Error> {
        Ok(())
    }

    fn bind(&self, transcript: Transcript) -> Transcript {
        transcript
    }

    fn open_by_text(&self, header: &Header, slot: &Slot, text: &str) -> Option<Unlocked> {
        let code = RecoveryCode::parse(text)?;
        Unlocked::by_slot_key(header, slot, code.derive(&header.vault_id))
    }

    /// The vault does not store the code, so the slot cannot be kept: a new code is made.
    fn retain(
        &self,
        making: &mut Making<'_>,
        _: &Slot,
        _: Option<&SlotKey>,
    ) -> Result<Retained, UnlockError> {
        NewRecoveryCode.create(making).map(Retained::As)
    }
}

/// Makes a new recovery code and its slot.
pub(crate) struct NewRecoveryCode;

impl Create for NewRecoveryCode {
    fn create(&self, making: &mut Making<'_>) -> Result<NewSlot, UnlockError> {
        let bytes = Zeroizing::new(random_array(making.host)?);
        let code = RecoveryCode::from_bytes(*bytes).ok_or(UnlockError::NoSlotKey)?;
        let slot_key = code.derive(&making.header.vault_id);
        Ok(NewSlot {
            code: Some(code),
            ..NewSlot::sealed(SlotKind::Recovery(Recovery), slot_key)
        })
    }
}

/// A printed code that opens the vault if all else is lost: 160 random bits, as 32 base32 characters
/// in groups of four.
#[derive(Clone)]
pub struct RecoveryCode(Secret);

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(..)")
    }
}

impl RecoveryCode {
    /// Makes a code from 20 random bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 20]) -> Option<Self> {
        Secret::from_bytes(bytes.to_vec()).ok().map(Self)
    }

    /// Parses a typed code; `None` unless it has 32 base32 characters. Case, spaces and dashes are
    /// ignored.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let symbols = text.chars().filter(|c| !matches!(c, ' ' | '-')).count();
        (symbols == 32).then_some(())?;
        let secret = Secret::from_base32(text).ok()?;
        (secret.len() == 20).then_some(Self(secret))
    }

    /// The key of the recovery slot. The code has 160 random bits, so HKDF is enough.
    #[must_use]
    pub fn derive(&self, vault_id: &VaultId) -> SlotKey {
        SlotKey::from_bytes(*derive(Some(vault_id), self.0.expose_secret(), b"recovery"))
    }

    /// The code as printed: `ABCD-EFGH-…`.
    #[must_use]
    pub(crate) fn to_text(&self) -> Zeroizing<String> {
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
    fn no_code_shows_itself() {
        let code = RecoveryCode::from_bytes([9; 20]).unwrap();
        assert_eq!(format!("{code:?}"), "RecoveryCode(..)");
    }
}
