//! Changes of the vault for sync: merges another machine's vault, joins, re-keys, leaves.

use super::save::{OldKey, device};
use super::slots::{SlotChange, check_count};
use super::under_lock::Pause;
use super::{Current, Open, Repository, RepositoryError};
use crate::vault::Vault;
use crate::vault::format::{DataKey, SlotFormat};
use crate::vault::host::{Host, Notice};
use crate::vault::init::KeyringPolicy;
use crate::vault::replica::{Device, DeviceId, ReplicaError};
use crate::vault::storage::LockedFile;
use crate::vault::unlock::{
    Create, Header, Making, NewKeyFile, NewKeyring, NewSlot, RecoveryCode, Retained, Slot, SlotKind,
};

/// Merges two states of a vault; `crate::sync` has it.
pub(crate) type Merge = fn(&Vault, &Vault) -> Result<Vault, ReplicaError>;

/// How a joining machine opens its new vault, besides what opens the other machines' vaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OwnSlot {
    /// Whether it gets a key file.
    pub(crate) key_file: bool,
    /// Whether the system's keyring opens it too.
    pub(crate) keyring: KeyringPolicy,
}

/// The slots that open a vault on every machine: all but key files and keyrings.
pub(crate) fn portable(header: &Header) -> impl Iterator<Item = &Slot> {
    let slots = header.slots.iter();
    slots.filter(|slot| !slot.kind.is_bound_to_device())
}

impl Repository {
    /// The data key of another machine's header: one that is known here, or that a slot gives.
    ///
    /// # Errors
    /// If no slot opens.
    pub(crate) fn key_of(
        &mut self,
        host: &mut dyn Host,
        header: &Header,
    ) -> Result<DataKey, RepositoryError> {
        self.unlock(host, header)
    }

    /// The kind of slot that opened this header in this process, if a text did.
    pub(crate) fn opened_by<'h>(&self, header: &'h Header) -> Option<&'h SlotKind> {
        let opened = |slot: &&Slot| self.slot_keys.iter().any(|(id, _)| *id == slot.id);
        header.slots.iter().find(opened).map(|slot| &slot.kind)
    }

    /// Adds this machine to the vault's devices, or changes its entry. The vault syncs from then on.
    ///
    /// # Errors
    /// If there is no vault, or it cannot be opened or written.
    pub(crate) fn begin_sync(
        &mut self,
        host: &mut dyn Host,
        name: &str,
    ) -> Result<Open, RepositoryError> {
        self.under_lock(host, |own, host, file| {
            let mut current = own.current_trusted(host, file)?;
            enter(host, &mut current.open.vault, name)?;
            own.save(host, file, &mut current)?;
            Ok(current.open)
        })
    }

    /// Merges another machine's vault into this one, under the lock. Writes nothing if it has nothing new.
    /// If the other vault has a later data key, this one gets it too.
    ///
    /// # Errors
    /// [`RepositoryError::Unrelated`] if that key does not descend from this vault's. Also if it is another
    /// vault, or this one cannot be opened or written.
    pub(crate) fn merge_in(
        &mut self,
        host: &mut dyn Host,
        incoming: &Open,
        merge: Merge,
    ) -> Result<Open, RepositoryError> {
        self.under_lock(host, |own, host, file| {
            let mut current = own.current_trusted(host, file)?;
            let (ours, theirs) = (&current.open.header, &incoming.header);
            if ours.vault_id != theirs.vault_id {
                return Err(RepositoryError::Other(own.path().to_path_buf()).into());
            }
            let before = (current.open.header.clone(), current.open.vault.clone());
            let rank = |header: &Header| (header.epoch, header.key_commit);
            let gets_key = rank(theirs) > rank(ours);
            if gets_key && !own.descends(incoming, &current.open) {
                return Err(RepositoryError::Unrelated.into());
            }
            let is_same_key = rank(theirs) == rank(ours);
            let mut merged =
                merge(&current.open.vault, &incoming.vault).map_err(RepositoryError::from)?;
            current.before = merged.is_replica().then(|| merged.clone());
            merged.separate_names(host.now());
            current.open.vault = merged;
            if gets_key {
                if !is_successor(incoming, &current.open) {
                    own.notices.push(Notice::OtherWayWins);
                }
                own.adopt_key(host, file, &mut current, incoming)?;
                return Ok(current.open);
            }
            if is_same_key {
                let header = &mut current.open.header;
                let is_new = |slot: &&Slot| header.slots.iter().all(|own| own.id != slot.id);
                let new: Vec<_> = portable(theirs).filter(is_new).cloned().collect();
                header.slots.extend(new);
                check_count(header)?;
            }
            if before != (current.open.header.clone(), current.open.vault.clone()) {
                own.save(host, file, &mut current)?;
            }
            Ok(current.open)
        })
    }

    /// Whether the maker of the other vault knew this one's data key. If both were re-keyed at the same
    /// time, an earlier key that both know is enough, unless the new key came through a public key: anybody
    /// can wrap a key for that.
    fn descends(&self, incoming: &Open, own: &Open) -> bool {
        let proofs = &incoming.vault.ancestors;
        let is_successor = is_successor(incoming, own);
        let is_proven = !self.unproven_keys.contains(&incoming.header.key_commit);
        let mut shared = own.vault.ancestors.iter();
        is_successor || (is_proven && shared.any(|known| proofs.contains(known)))
    }

    /// Seals the vault with the other vault's data key. The other's portable slots replace those of this
    /// one; what is bound to this machine stays.
    fn adopt_key(
        &mut self,
        host: &mut dyn Host,
        file: &mut LockedFile,
        current: &mut Current,
        incoming: &Open,
    ) -> Result<(), Pause<RepositoryError>> {
        let before = current.open.header.clone();
        let mut making = Making {
            vault: self.file.path(),
            header: &before,
            host,
            notices: &mut self.notices,
        };
        let (mut bound, mut notices) = (Vec::new(), Vec::new());
        for slot in before
            .slots
            .iter()
            .filter(|slot| slot.kind.is_bound_to_device())
        {
            let known = self.slot_keys.iter().find(|(id, _)| *id == slot.id);
            match SlotKind::retain(slot, &mut making, known.map(|(_, key)| key))? {
                Retained::As(new) => bound.push(new),
                Retained::NeedsText => {}
                Retained::LeftBehind(why) => {
                    let kind = slot.kind.name();
                    notices.push(Notice::SlotLeftBehind { kind, why });
                }
            }
        }
        let open = &mut current.open;
        let old_key = std::mem::replace(&mut open.key, incoming.key.clone());
        open.header.epoch = incoming.header.epoch;
        open.header.key_commit = incoming.header.key_commit;
        open.header.slots = portable(&incoming.header).cloned().collect();
        wrap_all(bound, open, host)?;
        self.keys.push(open.key.clone());
        self.save_rekeyed(host, file, current, &OldKey::of(&before, old_key))?;
        self.notices.extend(notices);
        Ok(())
    }

    /// Creates the vault of a joining machine from another machine's.
    ///
    /// # Errors
    /// [`RepositoryError::Exists`] if there is a vault, or if it cannot be written.
    pub(crate) fn create_joined(
        &mut self,
        host: &mut dyn Host,
        joined: &Open,
        name: &str,
        slot: OwnSlot,
    ) -> Result<Open, RepositoryError> {
        self.keys.push(joined.key.clone());
        self.under_lock(host, |own, host, file| {
            let bytes = file.load()?;
            if own.parse(bytes.as_deref())?.is_some() {
                return Err(RepositoryError::Exists(own.path().to_path_buf()).into());
            }
            let mut header = joined.header.clone();
            header.rev = 0;
            header.slots = portable(&joined.header).cloned().collect();
            let mut open = Open {
                header,
                key: joined.key.clone(),
                vault: joined.vault.clone(),
            };
            let new = own.own_slots(host, &open.header, slot)?;
            wrap_all(new, &mut open, host)?;
            enter(host, &mut open.vault, name)?;
            let mut current = Current {
                open,
                seen: own.seen(host),
                before: None,
            };
            own.save(host, file, &mut current)?;
            Ok(current.open)
        })
    }

    fn own_slots(
        &mut self,
        host: &mut dyn Host,
        header: &Header,
        slot: OwnSlot,
    ) -> Result<Vec<NewSlot>, Pause<RepositoryError>> {
        let mut making = Making {
            vault: self.file.path(),
            header,
            host,
            notices: &mut self.notices,
        };
        let mut new = Vec::new();
        if slot.key_file {
            new.push(NewKeyFile.create(&mut making)?);
        }
        match slot.keyring {
            KeyringPolicy::Off => {}
            KeyringPolicy::Required => new.push(NewKeyring.create(&mut making)?),
            KeyringPolicy::IfAvailable => {
                if let Ok(slot) = NewKeyring.create(&mut making) {
                    making.notices.push(Notice::KeyringOpensToo);
                    new.push(slot);
                }
            }
        }
        Ok(new)
    }

    /// Marks a device as removed, and gives the vault a new data key, which that device does not get.
    /// `reveal` gets a new recovery code, if the vault has one.
    ///
    /// # Errors
    /// If `reveal` fails, or the vault cannot be opened or written.
    pub(crate) fn remove_device<E: From<RepositoryError>>(
        &mut self,
        host: &mut dyn Host,
        gone: &DeviceId,
        mut reveal: impl FnMut(&RecoveryCode) -> Result<(), E>,
    ) -> Result<(), E> {
        self.under_lock(host, |own, host, file| {
            let mut current = own.current_trusted(host, file)?;
            if let Err(closed) = own.key_anew(host, &current.open.header) {
                return Err(Pause::Unlock(current.open.header.into(), closed));
            }
            let (by, now) = (device(host)?, host.now());
            let vault = &mut current.open.vault;
            let devices = vault.devices().map_err(RepositoryError::from)?;
            if let Some(entry) = devices.into_iter().find(|own| own.id == *gone) {
                let entry = Device {
                    is_removed: true,
                    ..entry
                };
                let set = vault.set_device(entry, &by, now);
                set.map_err(RepositoryError::from)?;
            }
            own.rekey(host, file, current, &SlotChange::default(), &mut reveal)
        })
    }

    /// Ends syncing on this machine. The accounts stay.
    ///
    /// # Errors
    /// If the vault cannot be opened or written.
    pub(crate) fn leave_sync(&mut self, host: &mut dyn Host) -> Result<(), RepositoryError> {
        self.change_existing(host, |vault| {
            vault.leave_sync();
            Ok(())
        })
    }
}

/// Whether the maker of the other vault replaced this one's data key.
fn is_successor(incoming: &Open, own: &Open) -> bool {
    let proof = own.key.descent_proof(&own.header.vault_id);
    let mut proofs = incoming.vault.ancestors.iter();
    proofs.any(|known| known.epoch == own.header.epoch && known.proof == proof)
}

/// Adds this machine to the devices of a vault in memory.
fn enter(host: &mut dyn Host, vault: &mut Vault, name: &str) -> Result<(), RepositoryError> {
    let (id, now) = (device(host)?, host.now());
    let known = vault.devices()?.into_iter().find(|own| own.id == id);
    let entry = Device {
        id,
        name: name.to_owned(),
        added: known.map_or(now, |known| known.added),
        is_removed: false,
    };
    Ok(vault.set_device(entry, &id, now)?)
}

fn wrap_all(
    new: Vec<NewSlot>,
    open: &mut Open,
    host: &mut dyn Host,
) -> Result<(), Pause<RepositoryError>> {
    for new in new {
        let slot = new.wrap(&open.header, &open.key, host)?;
        open.header.slots.push(slot);
    }
    Ok(check_count(&open.header)?)
}

#[cfg(test)]
mod tests;
