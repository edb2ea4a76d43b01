//! The key that the session caches, so that the passphrase is typed only once. It is not enough for
//! changing how the vault opens.

use std::time::Duration;

use super::{Open, Repository, RepositoryError};
use crate::vault::format::DataKey;
use crate::vault::host::{Host, Notice};
use crate::vault::unlock::session_key::{self, CacheError, Cached, Place};
use crate::vault::unlock::{Closed, Header};

impl Repository {
    /// The data key that the session caches for this path, even if it no longer matches.
    pub(crate) fn cached_key(&self, host: &dyn Host) -> Option<Cached> {
        session_key::get(self.path(), host.now())
    }

    /// Caches the key of an open vault for this session. Returns the place and the Unix time at which it
    /// expires, or `None` if `time` is zero.
    ///
    /// # Errors
    /// If the session cannot cache a key.
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

    /// Removes the cached key of the session, and returns whether there was one.
    ///
    /// # Errors
    /// If the key cannot be removed.
    pub(crate) fn forget_cached_key(&mut self) -> Result<bool, CacheError> {
        self.keys.clear();
        session_key::forget(self.path())
    }

    /// Caches a key whose passphrase was typed. If the session cannot, the next command asks again, which
    /// is not an error.
    pub(super) fn cache_typed(&mut self, host: &dyn Host, key: &DataKey) {
        let cached = self.cached_key(host);
        let is_kept = cached.is_some_and(|cached| cached.key.matches(&key.commitment()));
        // Asked again for a change of the keys: the session keeps its time.
        if is_kept && !self.trusts_session {
            return;
        }
        if let Ok(Some((_, until))) = self.cache_key(host, key, self.unlock_for) {
            self.notices.push(Notice::UnlockedUntil(until));
        }
    }

    /// Caches the vault's current key for this session, after a new passphrase was typed.
    pub(crate) fn cache_after_change(&mut self, host: &dyn Host) {
        let header = self.load().ok().flatten().map(|envelope| envelope.header);
        let is_current =
            |key: &&DataKey| header.as_ref().is_some_and(|h| key.matches(&h.key_commit));
        if let Some(key) = self.keys.iter().find(is_current).cloned() {
            self.cache_typed(host, &key);
        }
    }

    /// Replaces the cached key with a new data key, for the rest of its time.
    pub(super) fn replace_cached(&self, host: &dyn Host, key: &DataKey) {
        if let Some(cached) = self.cached_key(host) {
            let left = cached.until.saturating_sub(host.now());
            // Without the new key, the next command asks for the passphrase.
            let _ = self.cache_key(host, key, Duration::from_secs(left));
        }
    }

    /// Opens the vault without the cached key of the session, before changing how it opens. Fails like
    /// [`Repository::open_existing`].
    pub(crate) fn open_anew(&mut self, host: &mut dyn Host) -> Result<Open, RepositoryError> {
        self.leave_session();
        self.open_existing(host)
    }

    /// Stops using the cached key of the session, in this process.
    fn leave_session(&mut self) {
        self.trusts_session = false;
        let only_kept = std::mem::take(&mut self.session_keys);
        let is_proven = |key: &DataKey| !only_kept.contains(&key.commitment());
        self.keys.retain(is_proven);
    }

    /// Checks the key before changing how the vault opens. An unlocked session is not enough for that:
    /// another slot must open the vault again.
    ///
    /// # Errors
    /// Why the slots that need no prompt did not open.
    pub(super) fn key_anew(&mut self, host: &dyn Host, header: &Header) -> Result<(), Vec<Closed>> {
        if self.session_keys.contains(&header.key_commit) {
            self.leave_session();
            self.key_at_hand(host, header)?;
        }
        Ok(())
    }
}
