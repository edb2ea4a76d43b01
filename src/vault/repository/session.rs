//! The key that the session keeps, so that a passphrase is typed once: where it comes from, and what it
//! is not enough for.

use std::time::Duration;

use super::{Open, Repository, RepositoryError};
use crate::vault::format::DataKey;
use crate::vault::host::{Host, Notice};
use crate::vault::unlock::session_key::{self, CacheError, Cached, Place};
use crate::vault::unlock::{Closed, Header};

impl Repository {
    /// The data key that the session keeps for this path, whether it still fits or not.
    pub(crate) fn cached_key(&self, host: &dyn Host) -> Option<Cached> {
        session_key::get(self.path(), host.now())
    }

    /// Keeps the key of an open vault for this session; gives the place and the Unix time at which it
    /// expires, or nothing for no time at all.
    ///
    /// # Errors
    /// [`CacheError`]: the session cannot keep a key.
    pub(crate) fn cache_key(
        &self,
        host: &dyn Host,
        key: &DataKey,
        time: Duration,
    ) -> Result<Option<(Place, u64)>, CacheError> {
        if time.is_zero() {
            return Ok(None);
        }
        session_key::put(self.path(), key, host.now(), time).map(Some)
    }

    /// Forgets the key that the session keeps; tells whether there was one.
    ///
    /// # Errors
    /// [`CacheError`]: it is still there.
    pub(crate) fn forget_cached_key(&mut self) -> Result<bool, CacheError> {
        self.keys.clear();
        session_key::forget(self.path())
    }

    /// Keeps a key whose passphrase was typed. Where the session cannot, the passphrase is asked for
    /// again, which is no error.
    pub(super) fn cache_typed(&mut self, host: &dyn Host, key: &DataKey) {
        let cached = self.cached_key(host);
        let is_kept = cached.is_some_and(|cached| cached.key.matches(&key.commitment()));
        // Asked again for a change of the keys: the time that was chosen for the session stays.
        if is_kept && !self.trusts_session {
            return;
        }
        if let Ok(Some((_, until))) = self.cache_key(host, key, self.unlock_for) {
            self.notices.push(Notice::UnlockedUntil(until));
        }
    }

    /// Keeps the key of the vault as it stands for this session, after its new passphrase was typed.
    pub(crate) fn cache_after_change(&mut self, host: &dyn Host) {
        let header = self.load().ok().flatten().map(|envelope| envelope.header);
        let is_current =
            |key: &&DataKey| header.as_ref().is_some_and(|h| key.matches(&h.key_commit));
        if let Some(key) = self.keys.iter().find(is_current).cloned() {
            self.cache_typed(host, &key);
        }
    }

    /// Puts a new data key in the place of the cached one, for what is left of its time.
    pub(super) fn replace_cached(&self, host: &dyn Host, key: &DataKey) {
        if let Some(cached) = self.cached_key(host) {
            let left = cached.until.saturating_sub(host.now());
            // The old key opens nothing any more: without the new one, the passphrase is asked for.
            let _ = self.cache_key(host, key, Duration::from_secs(left));
        }
    }

    /// Opens the vault by something else than the key that the session keeps: for what is asked before
    /// the way to open it is changed.
    ///
    /// # Errors
    /// As [`Repository::open_existing`].
    pub(crate) fn open_anew(&mut self, host: &mut dyn Host) -> Result<Open, RepositoryError> {
        self.leave_session();
        self.open_existing(host)
    }

    /// From here on, the key that the session keeps opens nothing.
    fn leave_session(&mut self) {
        self.trusts_session = false;
        let only_kept = std::mem::take(&mut self.session_keys);
        let is_proven = |key: &DataKey| !only_kept.contains(&key.commitment());
        self.keys.retain(is_proven);
    }

    /// The key of a vault whose ways to open are about to change. Whoever sits at an unlocked session
    /// must not be able to change them: one of the ways has to open it once more.
    ///
    /// # Errors
    /// Why those that need no person did not.
    pub(super) fn key_anew(&mut self, host: &dyn Host, header: &Header) -> Result<(), Vec<Closed>> {
        if self.session_keys.contains(&header.key_commit) {
            self.leave_session();
            self.key_at_hand(host, header)?;
        }
        Ok(())
    }
}
