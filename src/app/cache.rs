//! The key that the system keeps for a session: found, kept, forgotten.

use std::time::Duration;

use super::clock::{Clock, rfc3339_seconds};
use super::context::Context;
use super::error::{CommandError, Exit, Result};
use crate::vault::envelope::Header;
use crate::vault::keyring::session::{self, CacheError, Kept, Place};
use crate::vault::keys::DataKey;

impl Context {
    /// The key that is kept for this session, where it is that of this vault and epoch.
    pub(crate) fn kept_key(&self, header: &Header) -> Option<DataKey> {
        let kept = self.kept()?;
        kept.key.matches(&header.key_commit).then_some(kept.key)
    }

    /// What is kept for the vault's path, whether it still fits or not.
    pub(crate) fn kept(&self) -> Option<Kept> {
        session::get(self.store.path(), Clock::machine_seconds())
    }

    /// Keeps a key whose passphrase was typed. That there is no place for it is no failure: the
    /// passphrase is asked for again, then.
    pub(crate) fn keep_typed(&self, key: &DataKey) {
        if let Ok(Some((_, until))) = self.keep(key, self.keep_for) {
            self.ui.note(&format!(
                "unlocked in this session until {}; 'mfa lock' ends it",
                rfc3339_seconds(until)
            ));
        }
    }

    /// Keeps a key for some time; gives back where, and until when in Unix seconds.
    pub(crate) fn keep(
        &self,
        key: &DataKey,
        time: Duration,
    ) -> Result<Option<(Place, u64)>, CacheError> {
        if time.is_zero() {
            return Ok(None);
        }
        let now = Clock::machine_seconds();
        let place = session::put(self.store.path(), key, now, time)?;
        Ok(Some((place, now.saturating_add(time.as_secs()))))
    }

    /// Puts a new data key in the place of the one that is kept, for what is left of its time.
    pub(crate) fn keep_instead(&self, key: &DataKey) {
        if let Some(kept) = self.kept() {
            let left = kept.until.saturating_sub(Clock::machine_seconds());
            // The old key opens nothing any more: without the new one, the passphrase is asked for.
            let _ = self.keep(key, Duration::from_secs(left));
        }
    }
}

impl From<CacheError> for CommandError {
    fn from(error: CacheError) -> Self {
        Self::new(Exit::Failed, error.to_string())
    }
}

/// What is said of a kept key.
pub(crate) fn kept_until(until: u64, place: Place) -> String {
    format!(
        "unlocked until {}, by {}",
        rfc3339_seconds(until),
        place.describe()
    )
}

/// Forgets the key of the vault.
pub(crate) fn forget(context: &Context) -> Result<bool> {
    Ok(session::forget(context.store.path())?)
}
