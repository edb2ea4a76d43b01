//! Stamps: when a value was set, by a hybrid logical clock.
//! <https://cse.buffalo.edu/tech-reports/2014-04.pdf>

use std::fmt;

use data_encoding::HEXLOWER;

/// Identifies a machine: 16 random bytes, made with its first vault.
pub(crate) type DeviceId = [u8; 16];

/// When a value was set, and on which machine. Of two values, the one with the greater stamp counts.
///
/// A value that replaces another always gets a greater stamp, even if this machine's clock is behind.
/// That is all that is needed, so no clock is ever set forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct Stamp {
    /// When the value was set, in Unix seconds, by that machine's clock.
    pub(crate) time: u64,
    /// Orders changes within a second, and changes by a clock that is behind.
    pub(crate) count: u32,
    /// The first bytes of the [`DeviceId`].
    pub(crate) device: [u8; 8],
}

impl Stamp {
    /// The stamp of a value from the time before the vault was synced. It is the same on all machines that
    /// have a copy.
    pub(crate) fn before_sync(updated: u64) -> Self {
        Self {
            time: updated,
            ..Self::default()
        }
    }

    /// A stamp greater than `replaced`, for a change at `now` (Unix seconds).
    pub(crate) fn after(replaced: Self, now: u64, device: &DeviceId) -> Self {
        let (time, count) = if now > replaced.time {
            (now, 0)
        } else if let Some(count) = replaced.count.checked_add(1) {
            (replaced.time, count)
        } else {
            (replaced.time.saturating_add(1), 0)
        };
        let device = short(device);
        Self {
            time,
            count,
            device,
        }
    }

    /// Reads the form of [`Stamp`]'s `Display`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let (time, count, device) = (parts.next()?, parts.next()?, parts.next()?);
        let device = HEXLOWER.decode(device.as_bytes()).ok()?;
        let stamp = Self {
            time: time.parse().ok()?,
            count: count.parse().ok()?,
            device: device.try_into().ok()?,
        };
        // Only one form of each stamp is accepted.
        (parts.next().is_none() && stamp.to_string() == text).then_some(stamp)
    }
}

/// `SECONDS-COUNT-DEVICE`, the device in hexadecimal.
impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let device = HEXLOWER.encode(&self.device);
        write!(f, "{}-{}-{device}", self.time, self.count)
    }
}

/// The part of a device's id that stamps contain.
pub(crate) fn short(device: &DeviceId) -> [u8; 8] {
    let mut short = [0; 8];
    short.copy_from_slice(&device[..8]);
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_has_a_greater_stamp_than_what_it_replaces() {
        let device = [7; 16];
        let first = Stamp::after(Stamp::default(), 100, &device);
        assert_eq!((first.time, first.count), (100, 0));
        let slow = Stamp::after(first, 40, &device);
        assert_eq!((slow.time, slow.count), (100, 1));
        let next = Stamp::after(slow, 101, &device);
        assert_eq!((next.time, next.count), (101, 0));
        let full = Stamp {
            count: u32::MAX,
            ..first
        };
        assert!(Stamp::after(full, 0, &[0; 16]) > full);
        assert!(first > Stamp::before_sync(100) && first < slow && slow < next);
    }

    #[test]
    fn a_stamp_is_read_back_in_its_only_form() {
        let stamp = Stamp::after(Stamp::default(), 1_764_190_000, &[0xab; 16]);
        let text = stamp.to_string();
        assert_eq!(text, "1764190000-0-abababababababab");
        assert_eq!(Stamp::parse(&text), Some(stamp));
        for bad in [
            "",
            "1-2",
            "01-0-abababababababab",
            "1-0-ABABABABABABABAB",
            "1-0-ab-",
        ] {
            assert_eq!(Stamp::parse(bad), None, "{bad}");
        }
    }
}
