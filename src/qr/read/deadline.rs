//! When to stop looking; the only clock of this module.

use std::time::{Duration, Instant};

/// A moment after which no new work is started; it may never come.
///
/// It counts the time that the process spends on a processor, so that a busy machine reads the
/// same pictures as an idle one, only later. By the wall clock it passes after
/// [`MAX_SLOWDOWN`] times the limit at the latest. Where the system does not report processor time,
/// it passes after [`UNMEASURED_SLOWDOWN`] times the limit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline(Option<Ends>);

#[derive(Debug, Clone, Copy)]
struct Ends {
    start: Instant,
    /// The earliest moment at which it can pass: if the process has a processor all the time.
    earliest: Instant,
    /// The processor time at which it passes, if the system reports it.
    cpu_time: Option<Duration>,
    /// When it passes at the latest.
    latest: Instant,
}

/// How many times as long as its limit something may take on a busy machine. The person can press ^C.
const MAX_SLOWDOWN: u32 = 40;
/// The same where nobody can tell whether the machine is busy: an idle one takes as long then.
const UNMEASURED_SLOWDOWN: u32 = 3;

impl Deadline {
    /// `limit` from now; never, if that is beyond what the clock can express.
    #[expect(clippy::disallowed_methods, reason = "a deadline needs a clock")]
    pub(crate) fn after(limit: Duration) -> Self {
        Self::starting(Instant::now(), process_time(), limit)
    }

    fn starting(now: Instant, cpu_time: Option<Duration>, limit: Duration) -> Self {
        let slowdown = cpu_time.map_or(UNMEASURED_SLOWDOWN, |_| MAX_SLOWDOWN);
        let ends = || {
            Some(Ends {
                start: now,
                earliest: now.checked_add(limit)?,
                cpu_time: cpu_time.map(|time| time.saturating_add(limit)),
                latest: now.checked_add(limit.checked_mul(slowdown)?)?,
            })
        };
        Self(ends())
    }

    /// How much time is left; zero once it has passed.
    #[expect(clippy::disallowed_methods, reason = "a deadline needs a clock")]
    pub(crate) fn left(self) -> Duration {
        self.left_at(Instant::now(), process_time)
    }

    fn left_at(self, now: Instant, cpu_time: impl FnOnce() -> Option<Duration>) -> Duration {
        let Some(ends) = self.0 else {
            return Duration::MAX;
        };
        let left = ends.earliest.saturating_duration_since(now);
        if !left.is_zero() {
            return left;
        }
        let latest = ends.latest.saturating_duration_since(now);
        let cpu_left = ends.cpu_left(cpu_time());
        cpu_left.unwrap_or(latest).min(latest)
    }

    pub(crate) fn has_passed(self) -> bool {
        self.left().is_zero()
    }

    /// Whether it has passed although the process had less processor time than its limit.
    #[expect(clippy::disallowed_methods, reason = "a deadline needs a clock")]
    pub(crate) fn was_starved(self) -> bool {
        self.was_starved_at(Instant::now(), process_time())
    }

    fn was_starved_at(self, now: Instant, cpu_time: Option<Duration>) -> bool {
        self.0.is_some_and(|ends| {
            let cpu_left = ends.cpu_left(cpu_time);
            now >= ends.latest && cpu_left.is_some_and(|left| !left.is_zero())
        })
    }

    /// How long ago it was set.
    #[expect(clippy::disallowed_methods, reason = "a deadline needs a clock")]
    pub(crate) fn elapsed(self) -> Duration {
        self.0.map_or(Duration::ZERO, |ends| {
            Instant::now().saturating_duration_since(ends.start)
        })
    }

    /// This deadline, or `limit` from now if that is earlier.
    pub(crate) fn at_most(self, limit: Duration) -> Self {
        let mut sooner = Self::after(limit.min(self.left()));
        if let (Some(sooner), Some(whole)) = (&mut sooner.0, self.0) {
            sooner.latest = sooner.latest.min(whole.latest);
        }
        sooner
    }

    /// This deadline with more time.
    pub(crate) fn extended(self, more: Duration) -> Self {
        let later = |ends: Ends| {
            Some(Ends {
                start: ends.start,
                earliest: ends.earliest.checked_add(more)?,
                cpu_time: ends.cpu_time.map(|time| time.saturating_add(more)),
                latest: ends.latest.checked_add(more)?,
            })
        };
        Self(self.0.and_then(later))
    }
}

impl Ends {
    /// The processor time that is left; none if it is not known.
    fn cpu_left(self, cpu_time: Option<Duration>) -> Option<Duration> {
        let (end, now) = self.cpu_time.zip(cpu_time)?;
        Some(end.saturating_sub(now))
    }
}

/// The processor time of all threads of the process, if the system reports it.
fn process_time() -> Option<Duration> {
    #[cfg(any(target_os = "linux", target_vendor = "apple"))]
    {
        use rustix::time::{ClockId, clock_gettime};
        Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).ok()
    }
    #[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_deadline_passes() {
        assert!(Deadline::after(Duration::ZERO).has_passed());
        let far = Deadline::after(Duration::from_mins(10));
        assert!(!far.has_passed() && far.left() > Duration::from_mins(9));
        assert!(far.at_most(SECOND).left() <= SECOND);
        assert!(far.extended(Duration::from_mins(5)).left() > Duration::from_mins(14));
        assert!(!Deadline::after(Duration::MAX).has_passed());
        assert!(!Deadline::after(Duration::MAX).extended(SECOND).has_passed());
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the test needs a start time")]
    fn without_a_processor_there_is_more_time_but_not_for_ever() {
        let (start, before) = (Instant::now(), SECOND * 5);
        let deadline = Deadline::starting(start, Some(before), SECOND);
        let at = |seconds: u32, cpu_time: Duration| (start + SECOND * seconds, before + cpu_time);
        let left = |seconds, cpu_time| {
            let (now, cpu_time) = at(seconds, cpu_time);
            deadline.left_at(now, || Some(cpu_time))
        };
        let starved = |seconds, cpu_time| {
            let (now, cpu_time) = at(seconds, cpu_time);
            deadline.was_starved_at(now, Some(cpu_time))
        };
        assert_eq!(left(0, SECOND * 9), SECOND);
        // A machine with six other programs on two cores gives it a quarter of the time.
        assert_eq!(left(2, SECOND / 4), SECOND * 3 / 4);
        assert_eq!(left(4, SECOND * 3 / 4), SECOND / 4);
        assert_eq!(left(1, SECOND), Duration::ZERO);
        assert_eq!(left(MAX_SLOWDOWN, SECOND / 4), Duration::ZERO);
        assert!(starved(MAX_SLOWDOWN, SECOND / 4) && !starved(4, SECOND / 4));
        assert!(!starved(MAX_SLOWDOWN, SECOND));
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the test needs a start time")]
    fn where_processor_time_is_unknown_the_clock_counts_with_some_patience() {
        let start = Instant::now();
        let deadline = Deadline::starting(start, None, SECOND);
        let left = |seconds: u32| deadline.left_at(start + SECOND * seconds, || None);
        assert_eq!(left(2), SECOND * (UNMEASURED_SLOWDOWN - 2));
        assert_eq!(left(UNMEASURED_SLOWDOWN), Duration::ZERO);
        assert!(!deadline.was_starved_at(start + SECOND * UNMEASURED_SLOWDOWN, None));
    }
}
