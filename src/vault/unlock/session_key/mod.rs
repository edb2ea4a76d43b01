//! The session key: the data key, cached by the system for a while, so that the passphrase is typed
//! once a day.
//!
//! On Linux it is in the kernel, in the session's keyring (session-keyring(7)). It is never on disk, it
//! expires, and only processes with that keyring can read it: another session of the same user cannot.
//! If the session has no keyring of its own, the user's is used.

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

/// The longest time that a key is cached.
pub(crate) const LONGEST: Duration = Duration::from_hours(30 * 24);

/// Where a data key is cached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// The kernel keyring of only this session.
    #[cfg(target_os = "linux")]
    Session,
    /// The kernel keyring that all sessions of this user share.
    #[cfg(target_os = "linux")]
    User,
    /// The operating system's secret store, on macOS and Windows.
    #[cfg(not(target_os = "linux"))]
    #[cfg_attr(
        not(feature = "keyring"),
        expect(dead_code, reason = "it needs the feature `keyring`")
    )]
    Store,
}

impl Place {
    /// The place in messages to people, such as `for this session only`.
    pub(crate) const fn describe(self) -> &'static str {
        match self {
            #[cfg(target_os = "linux")]
            Self::Session => "for this session only",
            #[cfg(target_os = "linux")]
            Self::User => "for all your sessions",
            #[cfg(not(target_os = "linux"))]
            Self::Store => "in the system's secret store",
        }
    }

    /// The place in JSON output, such as `session`.
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

/// A cached data key, and when it expires.
pub(crate) struct Cached {
    /// It may be of an earlier epoch: compare it with the header's commitment.
    pub(crate) key: DataKey,
    /// When it expires, in Unix seconds.
    pub(crate) until: u64,
}

/// Why no key can be cached.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("this session cannot keep the vault unlocked: {0}")]
pub(crate) struct CacheError(String);

/// Where a key would be cached here. Fails if the system has no such place, or denies its use.
pub(crate) fn place() -> Result<Place, CacheError> {
    system::place()
}

/// The cached data key of the vault at `path`, if any. Takes a few microseconds on Linux.
pub(crate) fn get(path: &Path, now: u64) -> Option<Cached> {
    let bytes = system::get(&description(path))?;
    let (until, key) = bytes.split_first_chunk::<8>()?;
    let until = u64::from_le_bytes(*until);
    let key = Zeroizing::new(<[u8; 32]>::try_from(key).ok()?);
    if now >= until {
        // The kernel of Linux removes it by itself.
        #[cfg(not(target_os = "linux"))]
        let _ = forget(path);
        return None;
    }
    Some(Cached {
        key: DataKey::from_bytes(*key),
        until,
    })
}

/// Caches the data key of the vault at `path` for `time` from `now` (Unix seconds), instead of an
/// earlier one. Returns the place, and when the key expires in Unix seconds.
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

/// Removes the cached data key of the vault at `path`; returns whether there was one. On an error, it
/// is still cached.
pub(crate) fn forget(path: &Path) -> Result<bool, CacheError> {
    system::forget(&description(path))
}

fn description(path: &Path) -> String {
    format!("mfa:{}", file_stem_of(path))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    /// In a container, the kernel's keyrings may not be allowed.
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
