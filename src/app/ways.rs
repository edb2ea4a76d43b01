//! Ways into a vault: one that was found open, and one that is to become a slot.

use crate::vault::envelope::{Header, Slot, SlotKind};
use crate::vault::keys::{DataKey, SlotKey};
use crate::vault::seal;

/// A data key, and the slot that gave it.
pub struct Unlocked {
    /// Opens the payload.
    pub key: DataKey,
    /// The kind of the slot and its key, so that the slot can be carried over to a new data key;
    /// `None` when the key was known already, or the slot needs no key to be made anew.
    pub through: Option<(SlotKind, SlotKey)>,
}

impl Unlocked {
    /// Opens `slot` by its key.
    pub(crate) fn by(header: &Header, slot: &Slot, with: SlotKey) -> Option<Self> {
        let key = seal::unwrap(header, slot, &with)?;
        Some(Self {
            key,
            through: Some((slot.kind.clone(), with)),
        })
    }

    /// The slot that was opened, to be carried over to a new data key.
    pub(crate) fn way(self) -> Option<Way> {
        self.through.map(|(kind, with)| Way::Keyed(kind, with))
    }
}

/// A slot that is to be.
pub enum Way {
    /// Its kind, and the key that opens it.
    Keyed(SlotKind, SlotKey),
    /// Somebody's public key.
    Shared(String),
}

impl Way {
    fn is_bound_to_device(&self) -> bool {
        matches!(self, Self::Keyed(kind, _) if kind.is_bound_to_device())
    }
}

/// Whether one of the ways opens the vault on another machine too.
pub fn opens_elsewhere(ways: &[Way]) -> bool {
    ways.iter().any(|way| !way.is_bound_to_device())
}
