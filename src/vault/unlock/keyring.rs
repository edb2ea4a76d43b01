//! Opens a `keyring` slot with a key in the operating system's secret store: GNOME Keyring, KWallet or
//! KeePassXC, the keychain, the credential manager.

use std::path::Path;

use serde::ser::SerializeMap;

use super::{
    Closed, Create, Header, Making, Method, NewSlot, Retained, Slot, SlotKind, UnlockError,
    Unlocked, retain_by_machine,
};
use crate::vault::format::fields::Fields;
use crate::vault::format::transcript::Transcript;
use crate::vault::format::{FormatError, SlotKey};
use crate::vault::host::Host;

/// A slot for an item in the secret store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keyring {
    /// The kind of store: `secret-service`, `keychain` or `credential-manager`.
    pub store: String,
    /// The item's user name; its service is always `mfa`.
    pub account: String,
}

impl Method for Keyring {
    const NAME: &'static str = "keyring";
    const IS_BOUND_TO_DEVICE: bool = true;

    fn describe(&self, _: &Path) -> String {
        "the system's keyring".to_owned()
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self, FormatError> {
        Ok(Self {
            store: fields.take_text("store")?,
            account: fields.take_text("account")?,
        })
    }

    fn write<M: SerializeMap>(&self, members: &mut M) -> Result<(), M::Error> {
        members.serialize_entry("store", &self.store)?;
        members.serialize_entry("account", &self.account)
    }

    fn bind(&self, transcript: Transcript) -> Transcript {
        transcript
            .field(self.store.as_bytes())
            .field(self.account.as_bytes())
    }

    fn open(
        _: &Path,
        _: &dyn Host,
        header: &Header,
        slots: &[(&Slot, &Self)],
    ) -> Result<Option<Unlocked>, Closed> {
        system::open(header, slots)
    }

    fn retain(
        &self,
        making: &mut Making<'_>,
        slot: &Slot,
        _: Option<&SlotKey>,
    ) -> Result<Retained, UnlockError> {
        Ok(retain_by_machine(self, making, slot))
    }

    fn clean_up(&self) {
        system::remove(&self.account);
    }
}

/// Stores a new key in the secret store, reads it back, and makes its slot.
pub(crate) struct NewKeyring;

impl Create for NewKeyring {
    fn create(&self, making: &mut Making<'_>) -> Result<NewSlot, UnlockError> {
        system::create(making)
    }
}

/// Whether the secret store can open the vault now.
pub(crate) fn opens(header: &Header) -> bool {
    let mut slots = Vec::new();
    for slot in &header.slots {
        if let SlotKind::Keyring(keyring) = &slot.kind {
            slots.push((slot, keyring));
        }
    }
    matches!(system::open(header, &slots), Ok(Some(_)))
}

#[cfg(feature = "keyring")]
mod system {
    use data_encoding::HEXLOWER;

    use super::{Closed, Header, Keyring, Making, NewSlot, Slot, SlotKey, UnlockError, Unlocked};
    use crate::vault::format::random_array;
    use crate::vault::unlock::secret_store::{self, KIND, Lifetime, SecretStoreError};
    use crate::vault::unlock::{SlotKind, random_slot_key};

    pub(super) fn open(
        header: &Header,
        slots: &[(&Slot, &Keyring)],
    ) -> Result<Option<Unlocked>, Closed> {
        let mut closed = None;
        for (slot, keyring) in slots {
            match secret_store::get(&keyring.account) {
                Ok(bytes) => match <[u8; 32]>::try_from(&**bytes) {
                    Ok(bytes) => {
                        let slot_key = SlotKey::from_bytes(bytes);
                        if let Some(unlocked) = Unlocked::by_slot_key(header, slot, slot_key) {
                            return Ok(Some(unlocked));
                        }
                        closed = Some(
                            "the key in the system's keyring is not for this vault".to_owned(),
                        );
                    }
                    Err(_) => {
                        closed = Some("the item in the system's keyring is not a key".to_owned());
                    }
                },
                // A second slot would wait for the same store again.
                Err(
                    error @ (SecretStoreError::Slow
                    | SecretStoreError::Absent
                    | SecretStoreError::Refused(_)),
                ) => {
                    closed = Some(error.to_string());
                    break;
                }
                Err(error) => closed = Some(error.to_string()),
            }
        }
        closed.map_or(Ok(None), |why| Err(Closed::Keyring(why)))
    }

    pub(super) fn create(making: &mut Making<'_>) -> Result<NewSlot, UnlockError> {
        let slot_key = random_slot_key(making.host)?;
        let tail: [u8; 4] = random_array(making.host)?;
        let account = HEXLOWER.encode(&[&making.header.vault_id[..], &tail].concat());
        let failed = |error: SecretStoreError| UnlockError::Keyring(error.to_string());
        secret_store::put(&account, slot_key.expose_secret(), Lifetime::Lasting).map_err(failed)?;
        if secret_store::get(&account).map_err(failed)?.as_slice() != slot_key.expose_secret() {
            let why = "the system's keyring returned a different key than it was given";
            return Err(UnlockError::Keyring(why.to_owned()));
        }
        let store = KIND.to_owned();
        let kind = SlotKind::Keyring(Keyring { store, account });
        Ok(NewSlot::sealed(kind, slot_key))
    }

    /// An item that cannot be removed no longer opens anything.
    pub(super) fn remove(account: &str) {
        let _ = secret_store::remove(account);
    }
}

#[cfg(not(feature = "keyring"))]
mod system {
    use super::{Closed, Header, Keyring, Making, NewSlot, Slot, UnlockError, Unlocked};
    use crate::vault::unlock::NotBuilt;

    pub(super) fn open(
        _: &Header,
        slots: &[(&Slot, &Keyring)],
    ) -> Result<Option<Unlocked>, Closed> {
        match slots.first() {
            Some(_) => Err(Closed::NotBuilt(NotBuilt::Keyring)),
            None => Ok(None),
        }
    }

    pub(super) fn create(_: &mut Making<'_>) -> Result<NewSlot, UnlockError> {
        Err(UnlockError::NotBuilt(NotBuilt::Keyring))
    }

    pub(super) fn remove(_: &str) {}
}
