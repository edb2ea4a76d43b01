//! The key that the system keeps for a session: found, kept, forgotten.

use std::time::Duration;

use super::clock::rfc3339_seconds;
use super::context::Context;
use super::failure::{Exit, Failure, Outcome};
use crate::vault::envelope::Header;
use crate::vault::keyring::session::{self, CacheError, Kept, LONGEST, Place};
use crate::vault::keys::DataKey;

/// For how long a typed passphrase opens the vault, where nothing else is said: a working day.
pub const WORKDAY: Duration = Duration::from_hours(8);

/// How long a key is kept: `8h`, `30m`, `1h 30m`; `0` for not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetime(pub Duration);

impl std::str::FromStr for Lifetime {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "0" {
            return Ok(Self(Duration::ZERO));
        }
        match humantime::parse_duration(text) {
            Ok(time) if time > LONGEST => Err("30 days are the longest".to_owned()),
            Ok(time) if time < Duration::from_secs(1) => Err("1 second is the least".to_owned()),
            Ok(time) => Ok(Self(time)),
            Err(_) => Err("give a length of time like 8h, 30m or 1h30m".to_owned()),
        }
    }
}

impl Context {
    /// The key that is kept for this session, where it is that of this vault and epoch.
    pub(super) fn kept_key(&self, header: &Header) -> Option<DataKey> {
        let kept = self.kept()?;
        kept.key.matches(&header.key_commit).then_some(kept.key)
    }

    /// What is kept for the vault's path, whether it still fits or not.
    pub(super) fn kept(&self) -> Option<Kept> {
        session::get(self.store.path(), self.clock.machine_seconds())
    }

    /// Keeps a key whose passphrase was typed. That there is no place for it is no failure: the
    /// passphrase is asked for again, then.
    pub(super) fn keep_typed(&self, key: &DataKey) {
        if let Ok(Some((_, until))) = self.keep(key, self.keep_for) {
            self.ui.note(&format!(
                "unlocked in this session until {}; 'mfa lock' ends it",
                rfc3339_seconds(until)
            ));
        }
    }

    /// Keeps a key for some time; gives back where, and until when in Unix seconds.
    pub(super) fn keep(
        &self,
        key: &DataKey,
        time: Duration,
    ) -> Result<Option<(Place, u64)>, CacheError> {
        if time.is_zero() {
            return Ok(None);
        }
        let now = self.clock.machine_seconds();
        let place = session::put(self.store.path(), key, now, time)?;
        Ok(Some((place, now.saturating_add(time.as_secs()))))
    }

    /// Puts a new data key in the place of the one that is kept, for what is left of its time.
    pub(super) fn keep_instead(&self, key: &DataKey) {
        if let Some(kept) = self.kept() {
            let left = kept.until.saturating_sub(self.clock.machine_seconds());
            // The old key opens nothing any more: without the new one, the passphrase is asked for.
            let _ = self.keep(key, Duration::from_secs(left));
        }
    }
}

impl From<CacheError> for Failure {
    fn from(error: CacheError) -> Self {
        Self::new(Exit::Failed, error.to_string())
    }
}

/// What is said of a kept key.
pub(super) fn kept_until(until: u64, place: Place) -> String {
    format!(
        "unlocked until {}, by {}",
        rfc3339_seconds(until),
        place.describe()
    )
}

/// Forgets the key of the vault.
pub(super) fn forget(context: &Context) -> Outcome<bool> {
    Ok(session::forget(context.store.path())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetimes_are_read_as_people_write_them() {
        for (text, seconds) in [
            ("8h", 28_800),
            ("30m", 1800),
            ("1h30m", 5400),
            ("1d", 86_400),
            ("0", 0),
            ("1s", 1),
        ] {
            assert_eq!(text.parse(), Ok(Lifetime(Duration::from_secs(seconds))));
        }
        for bad in ["", "8", "-1h", "31d", "10ms", "for ever"] {
            assert!(bad.parse::<Lifetime>().is_err(), "{bad}");
        }
    }
}
