//! Formats times for people: local time, and how long from now. JSON has UTC.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use time::OffsetDateTime;

use super::clock::Clock;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Formats a Unix time: `18:05, in 8 h`, `tomorrow 02:05, in 8 h`, `2026-12-01 14:00, in 5 days`. A
/// past time ends with `3 days ago`. The time zone is only read here, when it is needed.
pub(crate) fn local_time(seconds: u64) -> String {
    let zone = Zone::of_this_machine();
    let now = zone.moment(Clock::machine_seconds());
    let then = zone.moment(seconds);
    match (now, then) {
        (Some(now), Some(then)) => text(then, now, zone.is_utc),
        _ => format!("Unix time {seconds}"),
    }
}

/// The time zone of `TZ`, or of the machine, or UTC.
struct Zone {
    zone: TimeZone,
    is_utc: bool,
}

impl Zone {
    fn of_this_machine() -> Self {
        let zone = TimeZone::try_system().unwrap_or(TimeZone::UTC);
        let name = zone.iana_name();
        let is_utc = zone == TimeZone::UTC || matches!(name, Some("UTC" | "Etc/UTC"));
        Self { zone, is_utc }
    }

    fn moment(&self, seconds: u64) -> Option<Moment> {
        let seconds = i64::try_from(seconds).ok()?;
        let timestamp = Timestamp::from_second(seconds).ok()?;
        let offset = self.zone.to_offset(timestamp).seconds();
        Some(Moment { seconds, offset })
    }
}

/// A Unix time with its offset from UTC, in seconds.
#[derive(Clone, Copy)]
struct Moment {
    seconds: i64,
    offset: i32,
}

impl Moment {
    fn local(self) -> i64 {
        self.seconds + i64::from(self.offset)
    }

    fn day(self) -> i64 {
        self.local().div_euclid(86_400)
    }
}

fn text(then: Moment, now: Moment, is_utc: bool) -> String {
    let Ok(clock) = OffsetDateTime::from_unix_timestamp(then.local()) else {
        return format!("Unix time {}", then.seconds);
    };
    let day = match then.day() - now.day() {
        0 => String::new(),
        1 => "tomorrow ".to_owned(),
        -1 => "yesterday ".to_owned(),
        _ => format!("{} ", clock.date()),
    };
    let (hour, minute) = (clock.hour(), clock.minute());
    let zone = if is_utc { " UTC" } else { "" };
    let distance = length(then.seconds.abs_diff(now.seconds));
    let from_now = match then.seconds - now.seconds {
        1.. => format!("in {distance}"),
        -4..=0 => "just now".to_owned(),
        _ => format!("{distance} ago"),
    };
    format!("{day}{hour:02}:{minute:02}{zone}, {from_now}")
}

/// Formats a duration in its largest unit, rounded. Below ten hours it adds the minutes.
fn length(seconds: u64) -> String {
    let rounded = |unit: u64| (seconds + unit / 2) / unit;
    let minutes = rounded(MINUTE);
    if seconds < MINUTE {
        format!("{seconds} s")
    } else if minutes < 60 {
        format!("{minutes} min")
    } else if minutes < 600 && minutes % 60 > 0 {
        format!("{} h {} min", minutes / 60, minutes % 60)
    } else if rounded(HOUR) < 48 {
        format!("{} h", rounded(HOUR))
    } else if rounded(DAY) < 60 {
        format!("{} days", rounded(DAY))
    } else if rounded(DAY) < 730 {
        format!("{} months", rounded(DAY * 30))
    } else {
        format!("{} years", rounded(DAY * 365))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // 2026-11-26 10:05 UTC.
    const NOW: i64 = 1_795_687_500;

    fn at(offset_hours: i32, from_now: i64) -> String {
        let offset = offset_hours * 3600;
        let moment = |seconds| Moment { seconds, offset };
        text(moment(NOW + from_now), moment(NOW), false)
    }

    #[test]
    fn today_has_no_date_and_its_neighbours_have_names() {
        let hour = 3600;
        assert_eq!(at(0, 8 * hour), "18:05, in 8 h");
        assert_eq!(at(9, 8 * hour), "tomorrow 03:05, in 8 h");
        assert_eq!(at(-5, 8 * hour), "13:05, in 8 h");
        assert_eq!(at(0, -12 * hour), "yesterday 22:05, 12 h ago");
        assert_eq!(at(0, 124 * hour), "2026-12-01 14:05, in 5 days");
        assert_eq!(at(0, -72 * hour), "2026-11-23 10:05, 3 days ago");
        assert_eq!(at(0, 0), "10:05, just now");
        assert_eq!(at(0, -5), "10:04, 5 s ago");
        let moment = |seconds| Moment { seconds, offset: 0 };
        let text = text(moment(NOW + 60), moment(NOW), true);
        assert_eq!(text, "10:06 UTC, in 1 min");
    }

    /// The clocks go back by an hour between the two times.
    #[test]
    fn each_moment_has_the_offset_of_its_own_time() {
        let now = Moment {
            seconds: NOW,
            offset: 7200,
        };
        let then = Moment {
            seconds: NOW + 86_400,
            offset: 3600,
        };
        assert_eq!(text(then, now, false), "tomorrow 11:05, in 24 h");
    }

    #[test]
    fn a_length_is_given_in_its_largest_unit() {
        for (seconds, text) in [
            (59, "59 s"),
            (60, "1 min"),
            (3569, "59 min"),
            (3570, "1 h"),
            (5400, "1 h 30 min"),
            (28_799, "8 h"),
            (10 * HOUR + 1800, "11 h"),
            (47 * HOUR, "47 h"),
            (48 * HOUR, "2 days"),
            (59 * DAY, "59 days"),
            (60 * DAY, "2 months"),
            (365 * DAY, "12 months"),
            (800 * DAY, "2 years"),
        ] {
            assert_eq!(length(seconds), text, "{seconds}");
        }
    }

    #[test]
    fn what_no_calendar_has_is_shown_as_a_number() {
        let far = local_time(u64::MAX);
        assert_eq!(far, "Unix time 18446744073709551615");
    }
}
