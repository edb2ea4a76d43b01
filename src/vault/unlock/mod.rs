//! The ways to unlock a vault: one file each, behind [`Method`].
//!
//! A new way is a file with a type that implements [`Method`], and a line in `methods!` below. The
//! order there is the order in which they are tried. [`session_key`] is no slot: it is the data key
//! itself, kept for a while by the system.

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

/// One slot of a vault.
pub type Slot = format::Slot<SlotKind>;
/// The part of a vault that anyone can read.
pub type Header = format::Header<SlotKind>;
/// A vault file; its accounts are still sealed.
pub type Envelope = format::Envelope<SlotKind>;

/// One way to unlock a vault, with the parameters that its slot has in the file.
pub(crate) trait Method: Clone + Debug + Eq + Sized {
    /// The slot's `kind` in the file.
    const NAME: &'static str;
    /// Whether the way is lost with this machine.
    const IS_BOUND_TO_DEVICE: bool = false;
    /// Whether opening it may need a person, who touches a token or types a PIN.
    const MAY_ASK: bool = false;
    /// Whether an age file holds the data key, in place of our own seal.
    const IS_AGE_FILE: bool = false;
    /// What a person is asked for, where a typed text opens it.
    const ASKS_FOR: Option<&'static str> = None;

    /// For people: `passphrase`, `key file PATH`.
    fn describe(&self, vault: &Path) -> String;

    /// Reads its own members of the slot.
    fn read(fields: &mut Fields<'_>) -> Result<Self, FormatError>;

    /// Writes its own members of the slot.
    fn write<M: SerializeMap>(&self, members: &mut M) -> Result<(), M::Error>;

    /// What it costs to try a text on the slot: KiB of memory times passes over it.
    fn work(&self) -> u64 {
        0
    }

    /// Adds its own members to what the slot is bound to.
    fn bind(&self, transcript: Transcript) -> Transcript;

    /// Opens one of the slots of this kind by what this machine has, beside the vault or as the host
    /// knows it; `None` where it takes a typed text.
    fn open(
        _: &Path,
        _: &dyn Host,
        _: &Header,
        _: &[(&Slot, &Self)],
    ) -> Result<Option<Unlocked>, Closed> {
        Ok(None)
    }

    /// Opens the slot by what a person typed.
    fn open_by_text(&self, _: &Header, _: &Slot, _: &str) -> Option<Unlocked> {
        None
    }

    /// What it takes to put the same way under a new data key.
    fn retain(
        &self,
        making: &mut Making<'_>,
        slot: &Slot,
        known: Option<&SlotKey>,
    ) -> Result<Retained, UnlockError>;

    /// Wraps the data key for a new slot.
    fn wrap(
        new: NewSlot,
        header: &Header,
        key: &DataKey,
        host: &mut dyn Host,
    ) -> Result<Slot, UnlockError> {
        let slot_key = new.slot_key.ok_or(UnlockError::NoSlotKey)?;
        Ok(seal::wrap(header, new.kind, &slot_key, key, host)?)
    }

    /// Removes what the slot left outside of the vault, once it is gone.
    fn clean_up(&self) {}
}

macro_rules! methods {
    ($($Kind:ident($Type:ty) $doc:literal,)*) => {
        /// The ways to unlock that format 1 knows, in the order in which they are tried.
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
            /// The name of the recovery code's slot.
            pub(crate) const RECOVERY: &'static str = Recovery::NAME;

            /// Whether the way is lost with this machine.
            #[must_use]
            pub const fn is_bound_to_device(&self) -> bool {
                match self {
                    $(Self::$Kind(_) => <$Type>::IS_BOUND_TO_DEVICE),*
                }
            }

            /// For people: `passphrase`, `key file PATH`.
            pub(crate) fn describe(&self, vault: &Path) -> String {
                match self {
                    $(Self::$Kind(method) => method.describe(vault)),*
                }
            }

            /// What it takes to put the way of `slot` under a new data key.
            pub(crate) fn retain(
                slot: &Slot,
                making: &mut Making<'_>,
                known: Option<&SlotKey>,
            ) -> Result<Retained, UnlockError> {
                match &slot.kind {
                    $(Self::$Kind(method) => method.retain(making, slot, known)),*
                }
            }

            /// Removes what a slot left outside of the vault, once it is gone.
            pub(crate) fn clean_up(&self) {
                match self {
                    $(Self::$Kind(method) => method.clean_up()),*
                }
            }
        }

        impl NewSlot {
            /// Wraps the data key.
            ///
            /// # Errors
            /// When there is no randomness, and those of age.
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

        /// Opens a slot by what this machine has: by the ways that may need a person, or by those that
        /// do not.
        ///
        /// # Errors
        /// Why each of them did not open; none for those that take a typed text.
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

        /// What a person may type to open the vault, the most usual first: `Passphrase`, `Recovery
        /// code`.
        pub(crate) fn asked_for(header: &Header) -> Vec<&'static str> {
            let mut wanted = Vec::new();
            $(if let Some(what) = <$Type>::ASKS_FOR {
                let mut slots = header.slots.iter();
                if slots.any(|slot| matches!(slot.kind, SlotKind::$Kind(_))) {
                    wanted.push(what);
                }
            })*
            // What is tried first costs least, and is the least usual.
            wanted.reverse();
            wanted
        }

        /// Opens a slot by what a person typed.
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

/// What a new slot is made with. The vault is locked meanwhile.
pub(crate) struct Making<'a> {
    /// The vault file; the key file lies beside it.
    pub(crate) vault: &'a Path,
    /// Of the vault that the slot is for.
    pub(crate) header: &'a Header,
    /// Gives random bytes.
    pub(crate) host: &'a mut dyn Host,
    /// What is to be told afterwards.
    pub(crate) notices: &'a mut Vec<Notice>,
}

/// Makes a new slot: the counterpart of [`Method`] for what is not there yet.
pub(crate) trait Create {
    /// Makes the way itself: derives its key, writes its file or its item.
    fn create(&self, making: &mut Making<'_>) -> Result<NewSlot, UnlockError>;
}

/// A data key that a slot gave.
pub(crate) struct Unlocked {
    /// Opens the payload.
    pub(crate) key: DataKey,
    /// The slot and its own key, which carries the slot over to a new data key. An age slot needs
    /// none.
    pub(crate) through: Option<([u8; 16], SlotKey)>,
    /// The slot's kind.
    pub(crate) kind: &'static str,
}

impl Unlocked {
    /// Opens `slot` by its key; `None` where it is not the key of that slot.
    fn by_slot_key(header: &Header, slot: &Slot, slot_key: SlotKey) -> Option<Self> {
        let key = seal::unwrap(header, slot, &slot_key)?;
        Some(Self {
            key,
            through: Some((slot.id, slot_key)),
            kind: slot.kind.name(),
        })
    }
}

/// A slot that is to be, without the data key yet.
pub(crate) struct NewSlot {
    /// The way, with its parameters.
    pub(crate) kind: SlotKind,
    /// Seals the data key; an age slot has none.
    pub(crate) slot_key: Option<SlotKey>,
    /// A recovery code that was made for it, to be shown to the person.
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

/// What becomes of a slot when the vault gets a new data key.
pub(crate) enum Retained {
    /// It goes on, as this one.
    As(NewSlot),
    /// It needs what a person knows.
    NeedsText,
    /// It does not open here and is left behind; holds why.
    LeftBehind(String),
}

/// Puts a slot under a new data key that this machine opens by itself.
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

/// 32 random bytes as the key of a new slot.
fn random_slot_key(host: &mut dyn Host) -> Result<SlotKey, RandomError> {
    Ok(SlotKey::from_bytes(random_array(host)?))
}
