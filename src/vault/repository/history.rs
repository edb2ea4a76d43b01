//! Moves between states of the accounts: undo, redo, restore.

use super::under_lock::Pause;
use super::{Current, Open, OtherState, Repository, RepositoryError};
use crate::vault::Vault;
use crate::vault::host::Host;
use crate::vault::storage::{Freshness, LockedFile};
use crate::vault::unlock::Envelope;

/// The accounts before and after such a move.
pub(crate) struct Restored {
    /// The accounts before; `None` if the vault did not open and a backup replaced it completely.
    pub(crate) before: Option<Vault>,
    /// The accounts after the move.
    pub(crate) after: Vault,
}

/// The side of the current state on which to look.
#[derive(Clone, Copy)]
enum Direction {
    Earlier,
    Later,
}

impl Repository {
    /// Restores the newest earlier state with different accounts. After an undo, "earlier" means before
    /// the state that the undo restored.
    ///
    /// # Errors
    /// [`RepositoryError::NothingToUndo`] if there is none, or if the vault cannot be changed.
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

    /// Reverses the last undo; repeated, all undos since the last other change to the accounts.
    ///
    /// # Errors
    /// [`RepositoryError::NoUndoBefore`] or [`RepositoryError::NothingToRedo`] if there is no undo left,
    /// or if the vault cannot be changed.
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
            // Same accounts. If an undo made this state, skip what that undo took back.
            end = end.min(state);
        }
        // Each undo writes a state too, which may push out the oldest backup.
        self.state_since_change(host, current, Direction::Earlier)
    }

    /// The nearest earlier or later state among those that undo and redo visited since the last change to
    /// the accounts.
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
            // A missing state may be the change at which the visited states end.
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

    /// A backup as the next state of the vault, and the revision it stands for. `None` if it does not open
    /// or has another data key: a person who lost access may have made it.
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

    /// The newest kept state with different accounts.
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

    /// Restores the accounts of a backup. A vault that opens keeps its key and slots. One that does not
    /// is replaced by the whole backup.
    ///
    /// # Errors
    /// [`RepositoryError::NoBackup`] if there is none, or if the backup cannot be opened or written.
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

    /// Restores a backup. With `anyway`, a vault that does not open is replaced.
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
                // Counts as an ordinary change, so undo takes it back.
                backup.vault.undone_to = None;
                backup.vault.follow(&current.open.vault);
                own.go_back(host, file, current, backup.vault)
            } else {
                // Undo can only go to states before the restored one.
                backup.vault.undone_to = Some(rev);
                own.put_in_place(host, file, backup)
            }
        })
    }

    /// The current vault, if it opens and is trusted. With `anyway`, one that needs a prompt is ignored
    /// too.
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

    /// Replaces a vault that does not open by a backup with its own slots. Its revision is higher than
    /// all that were seen.
    fn put_in_place(
        &mut self,
        host: &mut dyn Host,
        file: &mut LockedFile,
        mut backup: Open,
    ) -> Result<Restored, Pause<RepositoryError>> {
        // The newest kept state has a higher revision and the latest HOTP counters.
        if let Some(newest) = self.newest_kept(host, &backup.header.vault_id) {
            backup.go_on_from(&newest);
        }
        let seen = self.seen(host);
        let mut current = Current {
            open: backup,
            seen,
            before: None,
        };
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
