//! Runs a pass under the lock, and again after each prompt.

use super::{Current, Repository, RepositoryError};
use crate::vault::format::RandomError;
use crate::vault::host::Host;
use crate::vault::storage::{Freshness, LockedFile, StoreError};
use crate::vault::unlock::{Closed, Header, UnlockError};

/// How often other processes may change the keys while this one prompts.
const MAX_PASSES: usize = 8;

/// Why a pass under the lock stopped.
pub(super) enum Pause<E> {
    /// The user must unlock the vault; holds why nothing else opened it.
    Unlock(Box<Header>, Vec<Closed>),
    /// A slot must be wrapped again, which needs its passphrase.
    SlotText(Box<Header>),
    /// There is no vault, and a new one needs a way to open.
    NewVault,
    /// The change failed with this error.
    Failed(E),
}

impl<E: From<RepositoryError>> From<RepositoryError> for Pause<E> {
    fn from(error: RepositoryError) -> Self {
        Self::Failed(error.into())
    }
}

macro_rules! pause_from {
    ($($Error:ty),*) => {$(
        impl<E: From<RepositoryError>> From<$Error> for Pause<E> {
            fn from(error: $Error) -> Self {
                RepositoryError::from(error).into()
            }
        }
    )*};
}
pause_from!(StoreError, UnlockError, RandomError);

impl Repository {
    /// Runs `pass` under the lock. If it needs the user, releases the lock, prompts, and runs it again.
    pub(super) fn under_lock<T, E: From<RepositoryError>>(
        &mut self,
        host: &mut dyn Host,
        mut pass: impl FnMut(&mut Self, &mut dyn Host, &mut LockedFile) -> Result<T, Pause<E>>,
    ) -> Result<T, E> {
        for _ in 0..MAX_PASSES {
            let file = self.file.lock(&mut |holder| host.waiting(holder));
            let mut file = file.map_err(RepositoryError::from)?;
            let pause = match pass(self, host, &mut file) {
                Ok(value) => return Ok(value),
                Err(pause) => pause,
            };
            drop(file);
            match pause {
                Pause::Failed(error) => return Err(error),
                Pause::Unlock(header, closed) => {
                    self.unlock_by_person(host, &header, closed)?;
                }
                Pause::SlotText(header) => {
                    let opened = self.unlock_by_text(host, &header, Vec::new());
                    opened.map_err(|error| match error {
                        RepositoryError::WrongPassphrase => RepositoryError::NeedsPassphrase,
                        other => other,
                    })?;
                }
                Pause::NewVault => {
                    let init = host.new_vault(self.path()).map_err(RepositoryError::Host)?;
                    self.init = Some(init);
                }
            }
        }
        Err(RepositoryError::KeepsChanging.into())
    }

    /// Opens the current vault and compares it with the one last seen; `None` if there is none.
    pub(super) fn current<E: From<RepositoryError>>(
        &mut self,
        host: &mut dyn Host,
        file: &LockedFile,
    ) -> Result<Option<(Current, Freshness)>, Pause<E>> {
        let bytes = file.load()?;
        let Some(envelope) = self.parse(bytes.as_deref())? else {
            return Ok(None);
        };
        let key = match self.key_at_hand(host, &envelope.header) {
            Ok(key) => key,
            Err(closed) => return Err(Pause::Unlock(envelope.header.into(), closed)),
        };
        let open = self.open_with(envelope, key)?;
        let seen = self.seen(host);
        let freshness = seen.freshness(open.observed());
        let before = open.vault.is_replica().then(|| open.vault.clone());
        let current = Current { open, seen, before };
        Ok(Some((current, freshness)))
    }

    /// The current vault. Fails if there is none, or it is older than or different from the one last seen.
    pub(super) fn current_trusted<E: From<RepositoryError>>(
        &mut self,
        host: &mut dyn Host,
        file: &LockedFile,
    ) -> Result<Current, Pause<E>> {
        let found = self.current(host, file)?;
        let found = found.ok_or_else(|| self.no_vault())?;
        self.trusted(host, found)
    }

    /// Rejects an older or different vault than the one last seen. Completes an interrupted change of the
    /// keys.
    pub(super) fn trusted<E: From<RepositoryError>>(
        &mut self,
        host: &mut dyn Host,
        (current, freshness): (Current, Freshness),
    ) -> Result<Current, Pause<E>> {
        match freshness {
            stale @ (Freshness::Older | Freshness::Diverged | Freshness::Other) => {
                Err(self.untrusted(stale).into())
            }
            Freshness::New | Freshness::Same | Freshness::Newer => {
                self.note_unreadable(&current.seen);
                if freshness == Freshness::New {
                    self.compare_with_other_paths(host, &current.open);
                }
                self.finish_rekey(host, &current.open)?;
                Ok(current)
            }
        }
    }
}

/// The header with only one slot, to ask for what opens that slot.
pub(super) fn with_one_slot(header: &Header, id: [u8; 16]) -> Header {
    let slots = header.slots.iter().filter(|slot| slot.id == id);
    Header {
        slots: slots.cloned().collect(),
        ..header.clone()
    }
}
