//! Trusting the vault that lies in place.

use super::{Repository, RepositoryError};
use crate::vault::host::{Host, Notice};
use crate::vault::storage::Freshness;

/// What trusting the vault changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trusted {
    /// Nothing: it was trusted before.
    Already,
    /// Another vault is the one to be expected from now on.
    Other,
    /// The older state was written again, as this revision.
    Older(u64),
}

impl Repository {
    /// Accepts the vault that is there now, be it an older one or another one than was last seen.
    ///
    /// # Errors
    /// When there is none, it does not open, or cannot be written.
    pub(crate) fn trust(&mut self, host: &mut dyn Host) -> Result<Trusted, RepositoryError> {
        self.check_existence()?;
        self.under_lock(host, |own, host, file| {
            let found = own.current(host, file)?;
            let found = found.ok_or_else(|| own.no_vault())?;
            let (mut current, freshness) = found;
            let trusted = match freshness {
                Freshness::Same | Freshness::New | Freshness::Newer => {
                    own.remember_anew(host, &current.open)?;
                    Trusted::Already
                }
                Freshness::Other => {
                    own.remember_anew(host, &current.open)?;
                    // Above the backups of the vault that was here, which would push out its own.
                    if own.is_below_backups(&current.open.header) {
                        own.save(host, file, &mut current)?;
                    }
                    Trusted::Other
                }
                Freshness::Older | Freshness::Diverged => {
                    // Written again above all that was seen, so that no later copy of the state that
                    // it replaces counts as newer.
                    let open = &mut current.open;
                    let newest = own.newest_kept(host, &open.header.vault_id);
                    let newest_rev = newest.as_ref().map_or(0, |newest| newest.header.rev);
                    if let Some(newest) = newest {
                        open.go_on_from(&newest);
                    }
                    if newest_rev < current.seen.highest_rev() && open.vault.has_counters() {
                        own.notices.push(Notice::CountersBehind);
                    }
                    own.save(host, file, &mut current)?;
                    Trusted::Older(current.open.header.rev)
                }
            };
            own.finish_rekey(host, &current.open)?;
            Ok(trusted)
        })
    }
}
