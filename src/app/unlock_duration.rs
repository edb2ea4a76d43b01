//! Parses how long a session key is kept, such as `8h`.

use std::time::Duration;

use crate::vault::unlock::session_key::LONGEST;

/// How long a typed passphrase unlocks the vault by default.
pub(crate) const DEFAULT_UNLOCK: Duration = Duration::from_hours(8);

/// How long a session key is kept, such as `8h`, `30m` or `1h 30m`; `0` means not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UnlockDuration(pub Duration);

impl std::str::FromStr for UnlockDuration {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "0" {
            return Ok(Self(Duration::ZERO));
        }
        match humantime::parse_duration(text) {
            Ok(time) if time > LONGEST => Err("the longest time is 30 days".to_owned()),
            Ok(time) if time < Duration::from_secs(1) => {
                Err("the shortest time is 1 second".to_owned())
            }
            Ok(time) => Ok(Self(time)),
            Err(_) => Err("use a time such as 8h, 30m or 1h30m".to_owned()),
        }
    }
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
            assert_eq!(
                text.parse(),
                Ok(UnlockDuration(Duration::from_secs(seconds)))
            );
        }
        for bad in ["", "8", "-1h", "31d", "10ms", "for ever"] {
            assert!(bad.parse::<UnlockDuration>().is_err(), "{bad}");
        }
    }
}
