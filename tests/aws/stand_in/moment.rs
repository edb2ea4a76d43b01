//! Times in the forms that AWS writes and reads. All are Unix seconds, in UTC.

use time::{Date, Month, OffsetDateTime, Time};

fn utc(unix: u64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(unix.try_into().unwrap()).unwrap()
}

/// For the header `Date` (RFC 7231): `Sun, 30 Aug 2015 12:36:00 GMT`.
pub fn http(unix: u64) -> String {
    let at = utc(unix);
    let weekday = &at.weekday().to_string()[..3];
    let month = &at.month().to_string()[..3];
    let (day, year) = (at.day(), at.year());
    let (hour, minute, second) = at.to_hms();
    format!("{weekday}, {day:02} {month} {year} {hour:02}:{minute:02}:{second:02} GMT")
}

/// For the header `X-Amz-Date`: `20150830T123600Z`.
pub fn basic(unix: u64) -> String {
    iso(unix).replace(['-', ':'], "")
}

/// For dates in answers: `2015-08-30T12:36:00Z`.
pub fn iso(unix: u64) -> String {
    let at = utc(unix);
    let (hour, minute, second) = at.to_hms();
    let date = at.date();
    format!("{date}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Parses the form `20150830T123600Z`.
pub fn from_basic(text: &str) -> Option<u64> {
    let text = text.strip_suffix('Z').filter(|text| text.len() == 15)?;
    let (date, clock) = text.split_once('T')?;
    let part = |text: &str, from: usize, to: usize| text.get(from..to)?.parse::<u8>().ok();
    let month = Month::try_from(part(date, 4, 6)?).ok()?;
    let date = Date::from_calendar_date(date.get(..4)?.parse().ok()?, month, part(date, 6, 8)?);
    let time = Time::from_hms(part(clock, 0, 2)?, part(clock, 2, 4)?, part(clock, 4, 6)?);
    let at = date.ok()?.with_time(time.ok()?).assume_utc();
    at.unix_timestamp().try_into().ok()
}

/// How answers write a session's expiration: AWS, its simulators and its proxies differ.
#[derive(Clone, Copy, Default)]
pub enum Style {
    #[default]
    Zulu,
    Fraction,
    Offset,
}

impl Style {
    pub fn write(self, unix: u64) -> String {
        let end = match self {
            Self::Zulu => "Z",
            Self::Fraction => ".123Z",
            Self::Offset => "+00:00",
        };
        iso(unix).replace('Z', end)
    }
}

pub fn moments_are_written_and_read() {
    assert_eq!(http(1_440_938_160), "Sun, 30 Aug 2015 12:36:00 GMT");
    assert_eq!(basic(1_440_938_160), "20150830T123600Z");
    assert_eq!(from_basic("20150830T123600Z"), Some(1_440_938_160));
    assert_eq!(from_basic("2015-08-30T12:36:00Z"), None);
    let styles = [Style::Zulu, Style::Fraction, Style::Offset].map(|style| style.write(0));
    assert_eq!(styles[0], "1970-01-01T00:00:00Z");
    assert_eq!(styles[1], "1970-01-01T00:00:00.123Z");
    assert_eq!(styles[2], "1970-01-01T00:00:00+00:00");
}
