//! The slot whose key lies in the operating system's secret store.

use super::context::Context;
use super::failure::{Exit, Failure, Outcome};
use super::ways::Unlocked;
use crate::vault::envelope::{Header, Slot, SlotKind};

/// The slots of this kind.
pub(super) fn keyring_slots(header: &Header) -> impl Iterator<Item = (&Slot, &str)> {
    header.slots.iter().filter_map(|slot| match &slot.kind {
        SlotKind::Keyring { account, .. } => Some((slot, account.as_str())),
        _ => None,
    })
}

#[cfg(feature = "keyring")]
mod with_store {
    use data_encoding::HEXLOWER;

    use super::{Context, Exit, Failure, Header, Outcome, SlotKind, Unlocked, keyring_slots};
    use crate::commands::ways::Way;
    use crate::vault::keyring::store::{self, StoreFault};
    use crate::vault::keys::{Random, SlotKey};

    impl From<StoreFault> for Failure {
        fn from(fault: StoreFault) -> Self {
            Self::new(Exit::Failed, fault.to_string())
        }
    }

    /// Tries the system's keyring; `None` where the vault has no slot for it.
    pub(in crate::commands) fn try_keyring(header: &Header) -> Outcome<Option<Unlocked>> {
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
        closed.map_or(Ok(None), |line| Err(Failure::new(Exit::Locked, line)))
    }

    impl Context {
        /// A new way by the system's keyring: puts a key there, and reads it back.
        ///
        /// # Errors
        /// When the store is absent, locked, slow, or gives back something else.
        pub(in crate::commands) fn keyring_way(&mut self, header: &Header) -> Outcome<Way> {
            let with = SlotKey::from_bytes(self.random.array()?);
            let tail: [u8; 4] = self.random.array()?;
            let account = HEXLOWER.encode(&[&header.vault_id[..], &tail].concat());
            store::put(&account, with.expose_secret())?;
            if store::get(&account)?.as_slice() != with.expose_secret() {
                let message = "the system's keyring gave back another key than it was given";
                return Err(Failure::new(Exit::Failed, message));
            }
            let kind = SlotKind::Keyring {
                store: store::KIND.to_owned(),
                account,
            };
            Ok(Way::Keyed(kind, with))
        }
    }

    /// Removes what a slot left in the store; what cannot be removed opens nothing any more.
    pub(in crate::commands) fn remove_item(kind: &SlotKind) {
        if let SlotKind::Keyring { account, .. } = kind {
            let _ = store::remove(account);
        }
    }
}

#[cfg(feature = "keyring")]
pub(super) use with_store::{remove_item, try_keyring};

#[cfg(not(feature = "keyring"))]
const NOT_BUILT: &str = "this build of mfa cannot ask the system's keyring";

#[cfg(not(feature = "keyring"))]
pub(super) fn try_keyring(header: &Header) -> Outcome<Option<Unlocked>> {
    match keyring_slots(header).next() {
        Some(_) => Err(Failure::new(Exit::Locked, NOT_BUILT)),
        None => Ok(None),
    }
}

#[cfg(not(feature = "keyring"))]
impl Context {
    #[expect(clippy::unused_self, reason = "as with the feature")]
    pub(super) fn keyring_way(&mut self, _: &Header) -> Outcome<super::ways::Way> {
        Err(Failure::new(Exit::Failed, NOT_BUILT))
    }
}

#[cfg(not(feature = "keyring"))]
pub(super) fn remove_item(_: &SlotKind) {}
