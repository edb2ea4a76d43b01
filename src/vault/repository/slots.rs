//! Adds and removes slots, the ways to unlock.

use super::save::OldKey;
use super::under_lock::{Pause, with_one_slot};
use super::{Current, Open, Repository, RepositoryError};
use crate::vault::format::{DataKey, MAX_SLOTS, SlotFormat, random_array};
use crate::vault::host::{Host, Notice};
use crate::vault::storage::{Durability, LockedFile};
use crate::vault::unlock::{
    Create, Header, Making, NewSlot, RecoveryCode, Retained, Slot, SlotKind, UnlockError,
};

/// Slots to remove and to add. Removing one gives the vault a new data key.
#[derive(Default)]
pub(crate) struct SlotChange<'a> {
    /// Ids of the slots to remove.
    pub(crate) remove: Vec<[u8; 16]>,
    /// Slots to add, in place of the first that is removed, or else at the end.
    pub(crate) add: Vec<Box<dyn Create + 'a>>,
}

impl<'a> SlotChange<'a> {
    /// Removes the slots of these kinds.
    pub(crate) fn removing(header: &Header, goes: impl Fn(&SlotKind) -> bool) -> Self {
        let gone = header.slots.iter().filter(|slot| goes(&slot.kind));
        Self {
            remove: gone.map(|slot| slot.id).collect(),
            add: Vec::new(),
        }
    }

    /// Also adds this slot.
    pub(crate) fn and_adding(mut self, new: impl Create + 'a) -> Self {
        self.add.push(Box::new(new));
        self
    }

    /// The slots that are not removed.
    pub(crate) fn staying<'h>(&self, header: &'h Header) -> impl Iterator<Item = &'h Slot> {
        let stays = |slot: &&Slot| !self.remove.contains(&slot.id);
        header.slots.iter().filter(stays)
    }
}

/// The slots of the next revision, before they are wrapped.
struct NewSlots {
    slots: Vec<NewSlot>,
    notices: Vec<Notice>,
}

impl Repository {
    /// Adds and removes slots. The cached key of the session is not enough for that.
    ///
    /// `decide` gets the header under the lock, and again after a prompt. `reveal` gets a new recovery
    /// code before anything is written: a code that nobody saw must not replace another.
    ///
    /// # Errors
    /// If `decide` or `reveal` fails, or the vault cannot be opened or written.
    pub(crate) fn change_slots<'a, E: From<RepositoryError>>(
        &mut self,
        host: &mut dyn Host,
        mut decide: impl FnMut(&Header) -> Result<SlotChange<'a>, E>,
        mut reveal: impl FnMut(&RecoveryCode) -> Result<(), E>,
    ) -> Result<(), E> {
        self.under_lock(host, |own, host, file| {
            let current = own.current_trusted(host, file)?;
            let change = decide(&current.open.header).map_err(Pause::Failed)?;
            if change.remove.is_empty() && change.add.is_empty() {
                return Ok(());
            }
            let header = &current.open.header;
            if let Err(closed) = own.key_anew(host, header) {
                return Err(Pause::Unlock(header.clone().into(), closed));
            }
            if change.remove.is_empty() {
                own.add_slots(host, file, current, &change, &mut reveal)
            } else {
                own.rekey(host, file, current, &change, &mut reveal)
            }
        })
    }

    /// Adds slots and keeps the data key.
    fn add_slots<E: From<RepositoryError>>(
        &mut self,
        host: &mut dyn Host,
        file: &mut LockedFile,
        mut current: Current,
        change: &SlotChange<'_>,
        reveal: &mut dyn FnMut(&RecoveryCode) -> Result<(), E>,
    ) -> Result<(), Pause<E>> {
        let open = &mut current.open;
        let mut making = Making {
            vault: self.file.path(),
            header: &open.header,
            host,
            notices: &mut self.notices,
        };
        let new = make(&mut making, &change.add)?;
        let codes = add(&mut current, new, host)?;
        show(&codes, reveal)?;
        self.save(host, file, &mut current)?;
        Ok(())
    }

    /// Gives the vault a new data key for the remaining and the new slots.
    pub(super) fn rekey<E: From<RepositoryError>>(
        &mut self,
        host: &mut dyn Host,
        file: &mut LockedFile,
        mut current: Current,
        change: &SlotChange<'_>,
        reveal: &mut dyn FnMut(&RecoveryCode) -> Result<(), E>,
    ) -> Result<(), Pause<E>> {
        let before = current.open.header.clone();
        let NewSlots { slots, notices } = self.next_slots(host, &before, change)?;
        let open = &mut current.open;
        let new_key = DataKey::from_bytes(random_array(host)?);
        let old_key = std::mem::replace(&mut open.key, new_key);
        open.header.epoch = before.epoch.saturating_add(1);
        open.header.key_commit = open.key.commitment();
        open.header.slots.clear();
        let codes = add(&mut current, slots, host)?;
        // Comes last before writing: if anything fails until here, the old code still works.
        show(&codes, reveal)?;
        self.keys.push(current.open.key.clone());
        let durability =
            self.save_rekeyed(host, file, &mut current, &OldKey::of(&before, old_key))?;
        self.notices.extend(notices);
        // After a power loss the old vault may be back and need what its slots stored elsewhere.
        if durability == Durability::Durable {
            clean_up(&before, &current.open.header);
        }
        Ok(())
    }

    /// The remaining slots, wrapped again, and the new ones.
    fn next_slots<E: From<RepositoryError>>(
        &mut self,
        host: &mut dyn Host,
        header: &Header,
        change: &SlotChange<'_>,
    ) -> Result<NewSlots, Pause<E>> {
        let mut making = Making {
            vault: self.file.path(),
            header,
            host,
            notices: &mut self.notices,
        };
        let (mut slots, mut notices) = (Vec::new(), Vec::new());
        let mut place = None;
        for slot in &header.slots {
            if change.remove.contains(&slot.id) {
                place.get_or_insert(slots.len());
                continue;
            }
            let known = self.slot_keys.iter().find(|(id, _)| *id == slot.id);
            match SlotKind::retain(slot, &mut making, known.map(|(_, key)| key))? {
                Retained::As(new) => slots.push(new),
                Retained::NeedsText => {
                    return Err(Pause::SlotText(with_one_slot(header, slot.id).into()));
                }
                Retained::LeftBehind(why) => {
                    let kind = slot.kind.name();
                    notices.push(Notice::SlotLeftBehind { kind, why });
                }
            }
        }
        let place = place.unwrap_or(slots.len());
        slots.splice(place..place, make(&mut making, &change.add)?);
        Ok(NewSlots { slots, notices })
    }
}

fn make(
    making: &mut Making<'_>,
    add: &[Box<dyn Create + '_>],
) -> Result<Vec<NewSlot>, UnlockError> {
    add.iter().map(|new| new.create(making)).collect()
}

/// Removes what removed slots stored outside of the vault.
fn clean_up(before: &Header, after: &Header) {
    let goes_on = |gone: &Slot| after.slots.iter().any(|slot| slot.kind == gone.kind);
    for gone in before.slots.iter().filter(|slot| !goes_on(slot)) {
        gone.kind.clean_up();
    }
}

/// Wraps the data key for new slots. Returns their recovery codes.
fn add(
    current: &mut Current,
    slots: Vec<NewSlot>,
    host: &mut dyn Host,
) -> Result<Vec<RecoveryCode>, RepositoryError> {
    let Open { header, key, .. } = &mut current.open;
    let mut codes = Vec::new();
    for mut new in slots {
        codes.extend(new.code.take());
        let slot = new.wrap(header, key, host)?;
        header.slots.push(slot);
    }
    check_count(header)?;
    Ok(codes)
}

fn show<E>(
    codes: &[RecoveryCode],
    reveal: &mut dyn FnMut(&RecoveryCode) -> Result<(), E>,
) -> Result<(), Pause<E>> {
    codes.iter().try_for_each(reveal).map_err(Pause::Failed)
}

pub(super) fn check_count(header: &Header) -> Result<(), RepositoryError> {
    match header.slots.len() {
        0 => Err(RepositoryError::NoSlots),
        1..=MAX_SLOTS => Ok(()),
        _ => Err(RepositoryError::TooManySlots),
    }
}
