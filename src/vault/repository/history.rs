//! Going back and forth: undo, redo, restore.

use super::under_lock::Pause;
use super::{Current, Open, OtherState, Repository, RepositoryError};
use crate::vault::Vault;
use crate::vault::host::Host;
use crate::vault::storage::{Freshness, LockedFile};
use crate::vault::unlock::Envelope;

/// The accounts before and after going back.
pub(crate) struct Restored {
    /// As they were; nothing where the vault did not open, and the backup took its place as a whole.
    pub(crate) before: Option<Vault>,
    /// As they are now.
    pub(crate) after: Vault,
}

/// Which of the states on both sides of the present one.
#[derive(Clone, Copy)]
enum Direction {
    Earlier,
    Later,
}

impl Repository {
    /// Goes back to the newest state before the present one, or before the one that the last undo
    /// went back to, in which the accounts were others.
    ///
    /// # Errors
    /// [`RepositoryError::NothingToUndo`], and as [`Repository::change`].
    pub(crate) fn undo(&mut self, host: &mut dyn Host) -> Result<Restored, RepositoryError> {
        self.check_existence()?;
        self.under_lock(host, |own, host, file| {
            let current = own.current_trusted(host, file)?;
            let earlier = own.state_before(host, &current);
            let earlier = earlier
                .ok_or_else(|| RepositoryError::NothingToUndo(own.other_state(host, &current)))?;
            own.go_back(host, file, current, earlier)
        })
    }

    /// Takes back the last undo, until the state before the first one is back. Any other change of the
    /// accounts ends that.
    ///
    /// # Errors
    /// [`RepositoryError::NoUndoBefore`], [`RepositoryError::NothingToRedo`], and as
    /// [`Repository::change`].
    pub(crate) fn redo(&mut self, host: &mut dyn Host) -> Result<Restored, RepositoryError> {
        self.check_existence()?;
        self.under_lock(host, |own, host, file| {
            let current = own.current_trusted(host, file)?;
            let later = own.state_since_change(host, &current, Direction::Later);
            let later = later.ok_or_else(|| {
                let other = own.other_state(host, &current);
                match current.open.vault.undone_to {
                    None => RepositoryError::NoUndoBefore(other),
                    Some(_) => RepositoryError::NothingToRedo(other),
                }
            })?;
            own.go_back(host, file, current, later)
        })
    }

    /// The state before the one that the vault stands for.
    fn state_before(&mut self, host: &dyn Host, current: &Current) -> Option<Vault> {
        let mut end = current.open.stands_for();
        for envelope in self.kept_below(end) {
            if envelope.header.rev >= end {
                continue;
            }
            let Some((state, vault)) = self.state_to_go_to(host, current, envelope) else {
                continue;
            };
            if !vault.same_accounts(&current.open.vault) {
                return Some(vault);
            }
            // It looks the same: where an undo made it, what it took back is not on the way.
            end = end.min(state);
        }
        // Each step writes a state itself, and so pushes out the oldest.
        self.state_since_change(host, current, Direction::Earlier)
    }

    /// The nearest state, earlier or later, of those that were gone through by undo and redo since the
    /// last change of the accounts.
    fn state_since_change(
        &mut self,
        host: &dyn Host,
        current: &Current,
        direction: Direction,
    ) -> Option<Vault> {
        current.open.vault.undone_to?;
        let own = current.open.stands_for();
        let mut next = current.open.header.rev;
        let mut nearest: Option<(u64, Vault)> = None;
        for envelope in self.kept_below(next) {
            let rev = envelope.header.rev;
            // Behind a gap it may be another change that ends them.
            if rev.saturating_add(1) < next {
                break;
            }
            next = rev;
            let Some((state, vault)) = self.state_to_go_to(host, current, envelope) else {
                break;
            };
            let is_nearer = match direction {
                Direction::Earlier => {
                    state < own && nearest.as_ref().is_none_or(|(known, _)| state > *known)
                }
                Direction::Later => {
                    state > own && nearest.as_ref().is_none_or(|(known, _)| state < *known)
                }
            };
            if is_nearer && !vault.same_accounts(&current.open.vault) {
                nearest = Some((state, vault));
            }
            if state == rev {
                break;
            }
        }
        nearest.map(|(_, vault)| vault)
    }

    /// A backup as the state that would follow the present one, and the revision that it stands for.
    /// `None` where it does not open, or has another data key: it may come from somebody who may not
    /// change the vault any more.
    fn state_to_go_to(
        &mut self,
        host: &dyn Host,
        current: &Current,
        envelope: Envelope,
    ) -> Option<(u64, Vault)> {
        if envelope.header.key_commit != current.open.header.key_commit {
            return None;
        }
        let mut open = self.open_quietly(host, envelope)?;
        let state = open.stands_for();
        open.vault.follow(&current.open.vault);
        open.vault.undone_to = Some(state);
        Some((state, open.vault))
    }

    /// The newest state that is kept and has other accounts.
    fn other_state(&mut self, host: &dyn Host, current: &Current) -> OtherState {
        let mut kept = self.kept_below(current.open.header.rev);
        let other = kept.find(|envelope| {
            let state = self.state_to_go_to(host, current, envelope.clone());
            state.is_some_and(|(_, vault)| !vault.same_accounts(&current.open.vault))
        });
        OtherState {
            vault: self.named.clone(),
            rev: other.map(|envelope| envelope.header.rev),
        }
    }

    /// Brings back the accounts of a backup. A vault that opens keeps its key and slots; in the place
    /// of one that does not, the backup is written as a whole.
    ///
    /// # Errors
    /// [`RepositoryError::NoBackup`], when the backup does not open, and those of writing.
    pub(crate) fn restore_revision(
        &mut self,
        host: &mut dyn Host,
        rev: u64,
    ) -> Result<Restored, RepositoryError> {
        match self.check_existence() {
            Err(error) if !error.is_damage() => return Err(error),
            _ => {}
        }
        match self.restore_into(host, rev, false) {
            Err(error) if error.is_damage() => self.restore_into(host, rev, true),
            result => result,
        }
    }

    /// `anyway`: a vault that does not open is no reason to stop.
    fn restore_into(
        &mut self,
        host: &mut dyn Host,
        rev: u64,
        anyway: bool,
    ) -> Result<Restored, RepositoryError> {
        self.under_lock(host, |own, host, file| {
            let current = own.usable(host, file, anyway)?;
            let vault_id = current
                .as_ref()
                .map(|current| &current.open.header.vault_id);
            let envelope = own.kept_as(rev, vault_id)?;
            let key = match own.key_at_hand(host, &envelope.header) {
                Ok(key) => key,
                Err(closed) => return Err(Pause::Unlock(envelope.header.into(), closed)),
            };
            let backup = own.open_with(envelope, key);
            let mut backup =
                backup.map_err(|why| RepositoryError::BadBackup(rev, why.to_string()))?;
            let current_open = current.as_ref().map(|current| &current.open);
            if !own.is_vouched_for(host, &backup, current_open) {
                return Err(RepositoryError::ForeignBackup(rev).into());
            }
            if let Some(current) = current {
                // A change as any other: undo takes it back.
                backup.vault.undone_to = None;
                backup.vault.follow(&current.open.vault);
                own.go_back(host, file, current, backup.vault)
            } else {
                // There is no state to go back to but those before it.
                backup.vault.undone_to = Some(rev);
                own.put_in_place(host, file, backup)
            }
        })
    }

    /// The vault that is there, where it opens and is trusted. With `anyway`, one that has to be asked
    /// for is of no use either.
    fn usable(
        &mut self,
        host: &mut dyn Host,
        file: &LockedFile,
        anyway: bool,
    ) -> Result<Option<Current>, Pause<RepositoryError>> {
        match self.current::<RepositoryError>(host, file) {
            Ok(Some((current, Freshness::New | Freshness::Same | Freshness::Newer))) => {
                self.finish_rekey(host, &current.open)?;
                Ok(Some(current))
            }
            Err(Pause::Failed(error)) if !error.is_damage() => Err(Pause::Failed(error)),
            Err(pause @ Pause::Unlock(..)) if !anyway => Err(pause),
            _ => Ok(None),
        }
    }

    /// Writes a backup in the place of a vault that does not open, with its own slots, as a newer
    /// revision than all that were seen.
    fn put_in_place(
        &mut self,
        host: &mut dyn Host,
        file: &mut LockedFile,
        mut backup: Open,
    ) -> Result<Restored, Pause<RepositoryError>> {
        // The newest state that is kept is above the backup, and knows the counters that were used.
        if let Some(newest) = self.newest_kept(host, &backup.header.vault_id) {
            backup.go_on_from(&newest);
        }
        let seen = self.seen(host);
        let mut current = Current { open: backup, seen };
        self.save(host, file, &mut current)?;
        Ok(Restored {
            before: None,
            after: current.open.vault,
        })
    }

    fn go_back(
        &mut self,
        host: &mut dyn Host,
        file: &mut LockedFile,
        mut current: Current,
        earlier: Vault,
    ) -> Result<Restored, Pause<RepositoryError>> {
        let before = std::mem::replace(&mut current.open.vault, earlier);
        if before != current.open.vault {
            self.save(host, file, &mut current)?;
        }
        Ok(Restored {
            before: Some(before),
            after: current.open.vault,
        })
    }
}
