//! The slot whose key lies in the operating system's secret store.

use super::context::Context;
use super::error::{CommandError, Exit, Result};
use super::ways::Unlocked;
use crate::vault::envelope::{Header, Slot, SlotKind};

/// The slots of this kind.
pub(crate) fn keyring_slots(header: &Header) -> impl Iterator<Item = (&Slot, &str)> {
    header.slots.iter().filter_map(|slot| match &slot.kind {
        SlotKind::Keyring { account, .. } => Some((slot, account.as_str())),
        _ => None,
    })
}

#[cfg(feature = "keyring")]
mod with_store {
    use data_encoding::HEXLOWER;

    use super::{CommandError, Context, Exit, Header, Result, SlotKind, Unlocked, keyring_slots};
    use crate::app::ways::Way;
    use crate::vault::keyring::store::{self, StoreFault};
    use crate::vault::keys::{Random, SlotKey};

    impl From<StoreFault> for CommandError {
        fn from(fault: StoreFault) -> Self {
            Self::new(Exit::Failed, fault.to_string())
        }
    }

    /// Tries the system's keyring; `None` where the vault has no slot for it.
    pub(crate) fn try_keyring(header: &Header) -> Result<Option<Unlocked>> {
        let mut closed = None;
        for (slot, account) in keyring_slots(header) {
            let read = store::get(account).map(|bytes| <[u8; 32]>::try_from(&**bytes).ok());
            match read {
                Ok(Some(bytes)) => {
                    let with = SlotKey::from_bytes(bytes);
                    if let Some(unlocked) = Unlocked::by(header, slot, with) {
                        return Ok(Some(unlocked));
                    }
                    closed = Some("the key in the system's keyring is another one".to_owned());
                }
                Ok(None) => {
                    closed = Some("what the system's keyring holds is no key".to_owned());
                }
                // A second slot would wait for the same store again.
                Err(fault @ (StoreFault::Slow | StoreFault::Absent)) => {
                    closed = Some(fault.to_string());
                    break;
                }
                Err(fault) => closed = Some(fault.to_string()),
            }
        }
        closed.map_or(Ok(None), |line| Err(CommandError::new(Exit::Locked, line)))
    }

    impl Context {
        /// A new way by the system's keyring: puts a key there, and reads it back.
        ///
        /// # Errors
        /// When the store is absent, locked, slow, or gives back something else.
        pub(crate) fn keyring_way(&mut self, header: &Header) -> Result<Way> {
            let with = SlotKey::from_bytes(self.random.array()?);
            let tail: [u8; 4] = self.random.array()?;
            let account = HEXLOWER.encode(&[&header.vault_id[..], &tail].concat());
            store::put(&account, with.expose_secret())?;
            if store::get(&account)?.as_slice() != with.expose_secret() {
                let message = "the system's keyring gave back another key than it was given";
                return Err(CommandError::new(Exit::Failed, message));
            }
            let kind = SlotKind::Keyring {
                store: store::KIND.to_owned(),
                account,
            };
            Ok(Way::Keyed(kind, with))
        }
    }

    /// Removes what a slot left in the store; what cannot be removed opens nothing any more.
    pub(crate) fn remove_item(kind: &SlotKind) {
        if let SlotKind::Keyring { account, .. } = kind {
            let _ = store::remove(account);
        }
    }
}

#[cfg(feature = "keyring")]
pub(crate) use with_store::{remove_item, try_keyring};

#[cfg(not(feature = "keyring"))]
const NOT_BUILT: &str = "this build of mfa cannot ask the system's keyring";

#[cfg(not(feature = "keyring"))]
pub(crate) fn try_keyring(header: &Header) -> Result<Option<Unlocked>> {
    match keyring_slots(header).next() {
        Some(_) => Err(CommandError::new(Exit::Locked, NOT_BUILT)),
        None => Ok(None),
    }
}

#[cfg(not(feature = "keyring"))]
impl Context {
    #[expect(clippy::unused_self, reason = "as with the feature")]
    pub(crate) fn keyring_way(&mut self, _: &Header) -> Result<super::ways::Way> {
        Err(CommandError::new(Exit::Failed, NOT_BUILT))
    }
}

#[cfg(not(feature = "keyring"))]
pub(crate) fn remove_item(_: &SlotKind) {}
