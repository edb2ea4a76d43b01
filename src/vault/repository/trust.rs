//! Trusts the vault at the path.

use super::{Repository, RepositoryError};
use crate::vault::host::{Host, Notice};
use crate::vault::storage::Freshness;

/// What trusting the vault changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trusted {
    /// Nothing changed: it was trusted before.
    Already,
    /// From now on this vault is the expected one.
    Other,
    /// The older state was written again, with this revision.
    Older(u64),
}

impl Repository {
    /// Accepts the vault at this path, even if it is older than the one last seen, or another one.
    ///
    /// # Errors
    /// If there is no vault, or it cannot be opened or written.
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
                    // The backups of the earlier vault have higher revisions, and would push out
                    // this one's.
                    if own.is_below_backups(&current.open.header) {
                        own.save(host, file, &mut current)?;
                    }
                    Trusted::Other
                }
                Freshness::Older | Freshness::Diverged => {
                    // The new revision is above all that were seen. Copies of the state that it
                    // replaces must not count as newer.
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
