//! The machine's clock, times given by the user, and times in JSON.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the adapter for the clock"
)]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::error::{CommandError, Exit, Result};

const BEFORE_1970: &str = "this machine's clock is set before 1970: correct it";

/// The machine's clock. Ignores `--at`: a time from the user is only for codes that are shown, and
/// must not be stored.
pub(crate) struct Clock;

impl Clock {
    /// The current Unix time.
    ///
    /// # Errors
    /// If the machine's clock is set before 1970.
    pub(crate) fn now() -> Result<Duration> {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_err(|_| CommandError::new(Exit::Failed, BEFORE_1970))
    }

    /// The current Unix time in whole seconds. Fails if the clock is set before 1970.
    pub(crate) fn seconds() -> Result<u64> {
        Ok(Self::now()?.as_secs())
    }

    /// The Unix second whose codes are shown: from `--at`, or the current one.
    pub(crate) fn shown(at: Option<When>) -> Result<u64> {
        at.map_or_else(Self::seconds, |When(seconds)| Ok(seconds))
    }

    /// The current Unix second for expiry times. Before 1970 it is 0, so that nothing expires.
    pub(crate) fn machine_seconds() -> u64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        since.map_or(0, |since| since.as_secs())
    }

    /// The time from `now` until the seconds change.
    pub(crate) const fn until_next_second(now: Duration) -> Duration {
        Duration::from_nanos(1_000_000_000 - now.subsec_nanos() as u64)
    }

    /// Sleeps, and keeps the memory out of the swap meanwhile.
    pub(crate) fn sleep(duration: Duration) {
        crate::harden::lock_memory();
        std::thread::sleep(duration);
    }
}

/// A time given by the user: Unix seconds, or an RFC 3339 time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct When(pub u64);

impl std::str::FromStr for When {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(seconds) = text.parse() {
            return Ok(Self(seconds));
        }
        let seconds = match text.parse::<i64>() {
            Ok(seconds) => seconds,
            Err(_) => OffsetDateTime::parse(text, &Rfc3339)
                .map_err(|_| "use a Unix time, or a time such as 2026-11-22T12:00:00Z".to_owned())?
                .unix_timestamp(),
        };
        u64::try_from(seconds)
            .map(Self)
            .map_err(|_| "it is before 1970".to_owned())
    }
}

/// Formats a time for JSON, in UTC.
pub(crate) fn rfc3339(time: SystemTime) -> String {
    let time = OffsetDateTime::from(time).replace_nanosecond(0);
    time.ok()
        .and_then(|time| time.format(&Rfc3339).ok())
        .unwrap_or_default()
}

/// Formats a Unix time for JSON, in UTC.
pub(crate) fn rfc3339_seconds(seconds: u64) -> String {
    UNIX_EPOCH
        .checked_add(Duration::from_secs(seconds))
        .map(rfc3339)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_unix_time_or_rfc_3339() {
        assert_eq!("59".parse(), Ok(When(59)));
        assert_eq!("1970-01-01T00:01:00Z".parse(), Ok(When(60)));
        assert_eq!("1970-01-01T02:00:00.9+01:00".parse(), Ok(When(3600)));
        assert_eq!("18446744073709551615".parse(), Ok(When(u64::MAX)));
        for bad in ["-1", "1969-12-31T23:59:59Z"] {
            assert_eq!(bad.parse::<When>(), Err("it is before 1970".to_owned()));
        }
        for bad in ["", "now", "2026-11-22", "99999999999999999999"] {
            assert!(bad.parse::<When>().is_err(), "{bad}");
        }
    }

    #[test]
    fn programs_get_utc() {
        assert_eq!(rfc3339_seconds(1_700_000_000), "2023-11-14T22:13:20Z");
    }
}
