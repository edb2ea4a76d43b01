//! The ways to unlock a vault: one file each, behind [`Method`].
//!
//! To add one, write a file with a type that implements [`Method`], and add a line to `methods!` below.
//! They are tried in that order. [`session_key`] is not a slot: it is the data key itself, which the
//! system caches for a while.

mod age;
#[cfg(feature = "age")]
mod age_file;
mod error;
mod key_file;
mod keyring;
mod passphrase;
mod recovery;
#[cfg(feature = "keyring")]
mod secret_store;
pub(crate) mod session_key;

use std::fmt::Debug;
use std::path::Path;

use serde::ser::SerializeMap;

pub use self::age::AgeKey;
pub(crate) use self::age::Recipient;
#[cfg(feature = "age")]
pub use self::age_file::{AgeError, Identities};
#[cfg(not(all(feature = "age", feature = "keyring")))]
pub(crate) use self::error::NotBuilt;
pub(crate) use self::error::{Closed, UnlockError};
pub use self::key_file::KeyFile;
pub(crate) use self::key_file::{
    NewKeyFile, is_one as is_key_file, path_of as key_file_path, remove as remove_key_file,
};
pub use self::keyring::Keyring;
pub(crate) use self::keyring::{NewKeyring, opens as keyring_opens};
pub(crate) use self::passphrase::NewPassphrase;
pub use self::passphrase::{Argon2id, Passphrase};
pub(crate) use self::recovery::NewRecoveryCode;
pub use self::recovery::{Recovery, RecoveryCode};
use super::format::fields::Fields;
use super::format::transcript::Transcript;
use super::format::{
    self, DataKey, FormatError, RandomError, SlotFormat, SlotKey, random_array, seal,
};
use super::host::{Host, Notice};

/// One slot of a vault, of any kind.
pub type Slot = format::Slot<SlotKind>;
/// The part of a vault that anyone can read.
pub type Header = format::Header<SlotKind>;
/// A vault file. Its accounts are still sealed.
pub type Envelope = format::Envelope<SlotKind>;

/// One way to unlock a vault, with its slot's parameters in the file.
pub(crate) trait Method: Clone + Debug + Eq + Sized {
    /// The slot's `kind` in the file.
    const NAME: &'static str;
    /// Whether it works only on this machine.
    const IS_BOUND_TO_DEVICE: bool = false;
    /// Whether it may need a person to touch a token or type a PIN.
    const MAY_ASK: bool = false;
    /// Whether an age file wraps the data key, instead of our seal.
    const IS_AGE_FILE: bool = false;
    /// What a person must type to open it, if anything.
    const ASKS_FOR: Option<&'static str> = None;

    /// In messages: `passphrase`, `key file PATH`.
    fn describe(&self, vault: &Path) -> String;

    /// Takes this kind's own members of the slot.
    fn read(fields: &mut Fields<'_>) -> Result<Self, FormatError>;

    /// Writes this kind's own members of the slot.
    fn write<M: SerializeMap>(&self, members: &mut M) -> Result<(), M::Error>;

    /// The cost of trying a text on the slot: KiB of memory times passes over it.
    fn work(&self) -> u64 {
        0
    }

    /// Adds this kind's own members to what the slot is bound to.
    fn bind(&self, transcript: Transcript) -> Transcript;

    /// Opens one of the slots of this kind with what this machine has, beside the vault or from the
    /// host; `None` if a person must type something.
    fn open(
        _: &Path,
        _: &dyn Host,
        _: &Header,
        _: &[(&Slot, &Self)],
    ) -> Result<Option<Unlocked>, Closed> {
        Ok(None)
    }

    /// Opens the slot with what a person typed.
    fn open_by_text(&self, _: &Header, _: &Slot, _: &str) -> Option<Unlocked> {
        None
    }

    /// What is needed to wrap a new data key in the same way.
    fn retain(
        &self,
        making: &mut Making<'_>,
        slot: &Slot,
        known: Option<&SlotKey>,
    ) -> Result<Retained, UnlockError>;

    /// Wraps the data key in a new slot.
    fn wrap(
        new: NewSlot,
        header: &Header,
        key: &DataKey,
        host: &mut dyn Host,
    ) -> Result<Slot, UnlockError> {
        let slot_key = new.slot_key.ok_or(UnlockError::NoSlotKey)?;
        Ok(seal::wrap(header, new.kind, &slot_key, key, host)?)
    }

    /// Removes what a removed slot left outside the vault.
    fn clean_up(&self) {}
}

macro_rules! methods {
    ($($Kind:ident($Type:ty) $doc:literal,)*) => {
        /// The ways to unlock in format 1, in the order in which they are tried.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum SlotKind {
            $(#[doc = $doc] $Kind($Type)),*
        }

        impl SlotFormat for SlotKind {
            fn name(&self) -> &'static str {
                match self {
                    $(Self::$Kind(_) => <$Type>::NAME),*
                }
            }

            fn is_age_file(&self) -> bool {
                match self {
                    $(Self::$Kind(_) => <$Type>::IS_AGE_FILE),*
                }
            }

            fn read(name: &str, fields: &mut Fields<'_>) -> Result<Self, FormatError> {
                $(if name == <$Type>::NAME {
                    return <$Type as Method>::read(fields).map(Self::$Kind);
                })*
                Err(FormatError::Newer("an unknown kind of slot".to_owned()))
            }

            fn write<M: SerializeMap>(&self, members: &mut M) -> Result<(), M::Error> {
                match self {
                    $(Self::$Kind(method) => Method::write(method, members)),*
                }
            }

            fn work(&self) -> u64 {
                match self {
                    $(Self::$Kind(method) => Method::work(method)),*
                }
            }

            fn bind(&self, transcript: Transcript) -> Transcript {
                match self {
                    $(Self::$Kind(method) => Method::bind(method, transcript)),*
                }
            }
        }

        impl SlotKind {
            /// The recovery code's [`SlotFormat::name`].
            pub(crate) const RECOVERY: &'static str = Recovery::NAME;

            /// Whether the way works only on this machine.
            #[must_use]
            pub(crate) const fn is_bound_to_device(&self) -> bool {
                match self {
                    $(Self::$Kind(_) => <$Type>::IS_BOUND_TO_DEVICE),*
                }
            }

            /// In messages: `passphrase`, `key file PATH`.
            pub(crate) fn describe(&self, vault: &Path) -> String {
                match self {
                    $(Self::$Kind(method) => method.describe(vault)),*
                }
            }

            /// What is needed to wrap a new data key in the way of `slot`.
            pub(crate) fn retain(
                slot: &Slot,
                making: &mut Making<'_>,
                known: Option<&SlotKey>,
            ) -> Result<Retained, UnlockError> {
                match &slot.kind {
                    $(Self::$Kind(method) => method.retain(making, slot, known)),*
                }
            }

            /// Removes what a removed slot left outside the vault.
            pub(crate) fn clean_up(&self) {
                match self {
                    $(Self::$Kind(method) => method.clean_up()),*
                }
            }
        }

        impl NewSlot {
            pub(crate) fn wrap(
                self,
                header: &Header,
                key: &DataKey,
                host: &mut dyn Host,
            ) -> Result<Slot, UnlockError> {
                match &self.kind {
                    $(SlotKind::$Kind(_) => <$Type>::wrap(self, header, key, host)),*
                }
            }
        }

        /// Opens a slot with what this machine has. `may_ask` selects the ways that may need a person, or
        /// those that do not. The error lists why each failed, except those that need typed text.
        pub(crate) fn open_by_machine(
            vault: &Path,
            host: &dyn Host,
            header: &Header,
            may_ask: bool,
        ) -> Result<Unlocked, Vec<Closed>> {
            let mut closed = Vec::new();
            $(if may_ask == <$Type>::MAY_ASK {
                let mut slots = Vec::new();
                for slot in &header.slots {
                    if let SlotKind::$Kind(method) = &slot.kind {
                        slots.push((slot, method));
                    }
                }
                if !slots.is_empty() {
                    match <$Type>::open(vault, host, header, &slots) {
                        Ok(Some(unlocked)) => return Ok(unlocked),
                        Ok(None) => {}
                        Err(why) => closed.push(why),
                    }
                }
            })*
            Err(closed)
        }

        /// What a person can type to open the vault, the most common first: `Passphrase`, `Recovery
        /// code`.
        pub(crate) fn asked_for(header: &Header) -> Vec<&'static str> {
            let mut wanted = Vec::new();
            $(if let Some(what) = <$Type>::ASKS_FOR {
                let mut slots = header.slots.iter();
                if slots.any(|slot| matches!(slot.kind, SlotKind::$Kind(_))) {
                    wanted.push(what);
                }
            })*
            // The cheapest way is tried first, and is the least common.
            wanted.reverse();
            wanted
        }

        /// Opens a slot with what a person typed.
        #[must_use]
        pub(crate) fn open_by_text(header: &Header, text: &str) -> Option<Unlocked> {
            $(for slot in &header.slots {
                if let SlotKind::$Kind(method) = &slot.kind
                    && let Some(unlocked) = method.open_by_text(header, slot, text)
                {
                    return Some(unlocked);
                }
            })*
            None
        }
    };
}

methods! {
    KeyFile(KeyFile) "A file beside the vault.",
    Keyring(Keyring) "An item of the operating system's secret store.",
    Age(AgeKey) "The private key of a person or of a hardware token.",
    Recovery(Recovery) "A printed code. It costs nothing to try, so it comes before the passphrase.",
    Passphrase(Passphrase) "Something that a person knows.",
}

/// What a new slot is made from. The vault is locked meanwhile.
pub(crate) struct Making<'a> {
    /// The path of the vault file; the key file is beside it.
    pub(crate) vault: &'a Path,
    /// The header of the vault that the slot is for.
    pub(crate) header: &'a Header,
    /// Provides random bytes and prompts.
    pub(crate) host: &'a mut dyn Host,
    /// Notices to show once the slot is made.
    pub(crate) notices: &'a mut Vec<Notice>,
}

/// Makes a new slot: the counterpart of [`Method`] for slots that do not exist yet.
pub(crate) trait Create {
    /// Derives the slot's key, and writes its file or item.
    fn create(&self, making: &mut Making<'_>) -> Result<NewSlot, UnlockError>;
}

/// A data key from an opened slot.
pub(crate) struct Unlocked {
    /// The key that opens the payload.
    pub(crate) key: DataKey,
    /// The opened slot and its own key, with which a new data key can be wrapped. An age slot needs
    /// none.
    pub(crate) through: Option<([u8; 16], SlotKey)>,
    /// The name of the slot's kind, such as `passphrase`.
    pub(crate) kind: &'static str,
}

impl Unlocked {
    /// Opens `slot` with its key; `None` if the key belongs to another slot.
    fn by_slot_key(header: &Header, slot: &Slot, slot_key: SlotKey) -> Option<Self> {
        let key = seal::unwrap(header, slot, &slot_key)?;
        Some(Self {
            key,
            through: Some((slot.id, slot_key)),
            kind: slot.kind.name(),
        })
    }
}

/// A new slot, still without the data key.
pub(crate) struct NewSlot {
    /// The way to unlock, with its parameters.
    pub(crate) kind: SlotKind,
    /// The key that wraps the data key; an age slot has none.
    pub(crate) slot_key: Option<SlotKey>,
    /// A new recovery code, to be shown to the person.
    pub(crate) code: Option<RecoveryCode>,
}

impl NewSlot {
    fn sealed(kind: SlotKind, slot_key: SlotKey) -> Self {
        Self {
            kind,
            slot_key: Some(slot_key),
            code: None,
        }
    }
}

/// What happens to a slot when the vault gets a new data key.
pub(crate) enum Retained {
    /// It is wrapped again, as this slot.
    As(NewSlot),
    /// A person must type its passphrase or code.
    NeedsText,
    /// It cannot be opened here, and is dropped; holds the reason.
    LeftBehind(String),
}

/// Wraps a new data key in a slot that this machine can open alone.
fn retain_by_machine<T: Method>(method: &T, making: &Making<'_>, slot: &Slot) -> Retained {
    let slots = [(slot, method)];
    match T::open(making.vault, &*making.host, making.header, &slots) {
        Ok(Some(Unlocked {
            through: Some((_, slot_key)),
            ..
        })) => Retained::As(NewSlot::sealed(slot.kind.clone(), slot_key)),
        Ok(_) => Retained::LeftBehind(String::new()),
        Err(why) => Retained::LeftBehind(why.to_string()),
    }
}

fn random_slot_key(host: &mut dyn Host) -> Result<SlotKey, RandomError> {
    Ok(SlotKey::from_bytes(random_array(host)?))
}
