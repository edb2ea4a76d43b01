//! The session key: the data key itself, cached by the system for a while, so that a passphrase is
//! typed once a day.
//!
//! On Linux it lies in the kernel, in the keyring of the session (session-keyring(7)): never on a
//! disk, gone at its time, and only for processes that possess that keyring, which another session
//! of the same user does not. Where the session has no keyring of its own, that of the user serves.

use std::path::Path;
use std::time::Duration;

use thiserror::Error;
use zeroize::Zeroizing;

use crate::vault::format::DataKey;
use crate::vault::storage::file_stem_of;

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod secret_store;

#[cfg(target_os = "linux")]
use self::linux as system;
#[cfg(not(target_os = "linux"))]
use self::secret_store as system;

/// Longest time for which a key is kept.
pub(crate) const LONGEST: Duration = Duration::from_hours(30 * 24);

/// Where a data key is kept for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// The kernel keyring of this session alone.
    #[cfg(target_os = "linux")]
    Session,
    /// The kernel keyring that all sessions of this user share.
    #[cfg(target_os = "linux")]
    User,
    /// The operating system's secret store.
    #[cfg(not(target_os = "linux"))]
    Store,
}

impl Place {
    /// For people.
    pub(crate) const fn describe(self) -> &'static str {
        match self {
            #[cfg(target_os = "linux")]
            Self::Session => "this session's keyring",
            #[cfg(target_os = "linux")]
            Self::User => "a keyring that all your sessions share",
            #[cfg(not(target_os = "linux"))]
            Self::Store => "the system's secret store",
        }
    }

    /// For programs.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            #[cfg(target_os = "linux")]
            Self::Session => "session",
            #[cfg(target_os = "linux")]
            Self::User => "user",
            #[cfg(not(target_os = "linux"))]
            Self::Store => "store",
        }
    }
}

/// A data key in the cache.
pub(crate) struct Cached {
    /// May be one of an earlier epoch: compare it with the commitment of the header.
    pub(crate) key: DataKey,
    /// Unix time at which it goes, in seconds.
    pub(crate) until: u64,
}

/// Why no key is kept.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("this session cannot keep the vault unlocked: {0}")]
pub(crate) struct CacheError(String);

/// Where a key would be kept here.
///
/// # Errors
/// [`CacheError`]: the system has no such place, or does not let this process use it.
pub(crate) fn place() -> Result<Place, CacheError> {
    system::place()
}

/// The data key of the vault at `path`, if one is kept. Costs a few microseconds on Linux.
pub(crate) fn get(path: &Path, now: u64) -> Option<Cached> {
    let bytes = system::get(&description(path))?;
    let (until, key) = bytes.split_first_chunk::<8>()?;
    let until = u64::from_le_bytes(*until);
    let key = Zeroizing::new(<[u8; 32]>::try_from(key).ok()?);
    (now < until).then(|| Cached {
        key: DataKey::from_bytes(*key),
        until,
    })
}

/// Keeps the data key of the vault at `path` for `time`, counted from `now` in Unix seconds, in
/// place of one that is kept already. Gives the place, and the Unix time at which the key expires.
///
/// # Errors
/// [`CacheError`]; nothing is kept then.
pub(crate) fn put(
    path: &Path,
    key: &DataKey,
    now: u64,
    time: Duration,
) -> Result<(Place, u64), CacheError> {
    let seconds = time.min(LONGEST).as_secs().max(1);
    let mut bytes = Zeroizing::new([0; 40]);
    let until = now.saturating_add(seconds);
    bytes[..8].copy_from_slice(&until.to_le_bytes());
    bytes[8..].copy_from_slice(key.expose_secret());
    let place = system::put(&description(path), &bytes, seconds)?;
    Ok((place, until))
}

/// Forgets the data key of the vault at `path`; says whether one was kept.
///
/// # Errors
/// [`CacheError`]: it is still there.
pub(crate) fn forget(path: &Path) -> Result<bool, CacheError> {
    system::forget(&description(path))
}

fn description(path: &Path) -> String {
    format!("mfa:{}", file_stem_of(path))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    /// A container may keep processes from the kernel's keyrings.
    #[test]
    fn a_key_is_kept_found_replaced_and_forgotten() {
        let path = Path::new("/a vault of the unit tests/that is nowhere.json");
        if !mfa_test_support::can(place().is_ok(), "kernel keyring") {
            return;
        }
        forget(path).unwrap();
        assert!(get(path, 100).is_none());
        for byte in [1, 2] {
            put(
                path,
                &DataKey::from_bytes([byte; 32]),
                100,
                Duration::from_mins(1),
            )
            .unwrap();
            let kept = get(path, 100).unwrap();
            assert_eq!((kept.key.expose_secret(), kept.until), (&[byte; 32], 160));
        }
        assert!(get(path, 160).is_none(), "its time is over");
        assert!(get(Path::new("/another"), 100).is_none());
        assert!(forget(path).unwrap());
        assert!(get(path, 100).is_none());
        assert!(!forget(path).unwrap());
    }
}
