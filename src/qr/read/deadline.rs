//! When to stop looking; the only clock of this module.

use std::time::{Duration, Instant};

/// A moment after which no new work is started; it may never come.
///
/// It counts the time that the process spends on a processor, so that a busy machine reads the
/// same pictures as an idle one, only later. By the wall clock it passes after
/// [`MAX_SLOWDOWN`] times the limit at the latest.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline(Option<Ends>);

#[derive(Debug, Clone, Copy)]
struct Ends {
    /// The earliest moment at which it can pass: if the process has a processor all the time.
    earliest: Instant,
    /// The processor time at which it passes.
    cpu_time: Duration,
    /// When it passes at the latest.
    latest: Instant,
}

/// How many times as long as its limit something may take on a busy machine.
const MAX_SLOWDOWN: u32 = 3;

impl Deadline {
    /// `limit` from now; never, if that is beyond what the clock can express.
    #[expect(clippy::disallowed_methods, reason = "a deadline needs a clock")]
    pub(crate) fn after(limit: Duration) -> Self {
        Self::starting(Instant::now(), process_time(), limit)
    }

    fn starting(now: Instant, cpu_time: Duration, limit: Duration) -> Self {
        let ends = || {
            Some(Ends {
                earliest: now.checked_add(limit)?,
                cpu_time: cpu_time.saturating_add(limit),
                latest: now.checked_add(limit.checked_mul(MAX_SLOWDOWN)?)?,
            })
        };
        Self(ends())
    }

    /// How much time is left; zero once it has passed.
    #[expect(clippy::disallowed_methods, reason = "a deadline needs a clock")]
    fn left(self) -> Duration {
        self.left_at(Instant::now(), process_time)
    }

    fn left_at(self, now: Instant, cpu_time: impl FnOnce() -> Duration) -> Duration {
        let Some(ends) = self.0 else {
            return Duration::MAX;
        };
        let left = ends.earliest.saturating_duration_since(now);
        if !left.is_zero() {
            return left;
        }
        let latest = ends.latest.saturating_duration_since(now);
        ends.cpu_time.saturating_sub(cpu_time()).min(latest)
    }

    /// How long to wait at most, by the wall clock, for work that may never end.
    #[expect(clippy::disallowed_methods, reason = "a deadline needs a clock")]
    pub(crate) fn max_wait(self) -> Duration {
        let wait = |ends: Ends| ends.latest.saturating_duration_since(Instant::now());
        self.0.map_or(Duration::MAX, wait)
    }

    pub(crate) fn has_passed(self) -> bool {
        self.left().is_zero()
    }

    /// This deadline, or `limit` from now if that is earlier.
    pub(crate) fn at_most(self, limit: Duration) -> Self {
        let mut sooner = Self::after(limit.min(self.left()));
        if let (Some(sooner), Some(whole)) = (&mut sooner.0, self.0) {
            sooner.latest = sooner.latest.min(whole.latest);
        }
        sooner
    }
}

/// The processor time of all threads of the process. If the system does not report it, more than
/// any limit.
fn process_time() -> Duration {
    #[cfg(any(target_os = "linux", target_vendor = "apple"))]
    {
        use rustix::time::{ClockId, clock_gettime};
        let time = clock_gettime(ClockId::ProcessCPUTime);
        Duration::try_from(time).unwrap_or(Duration::MAX)
    }
    #[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
    Duration::MAX
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
        assert!(far.max_wait() > Duration::from_mins(29));
        assert!(far.at_most(SECOND).max_wait() <= SECOND * MAX_SLOWDOWN);
        assert!(!Deadline::after(Duration::MAX).has_passed());
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the test needs a start time")]
    fn without_a_processor_there_is_more_time_but_not_for_ever() {
        let (start, before) = (Instant::now(), SECOND * 5);
        let deadline = Deadline::starting(start, before, SECOND);
        let left = |seconds: u32, cpu_time: Duration| {
            deadline.left_at(start + SECOND * seconds, || before + cpu_time)
        };
        assert_eq!(left(0, SECOND * 9), SECOND);
        assert_eq!(left(2, SECOND / 4), SECOND * 3 / 4);
        assert_eq!(left(1, SECOND), Duration::ZERO);
        assert_eq!(left(3, SECOND / 4), Duration::ZERO);
        let unknown = deadline.left_at(start + SECOND, || Duration::MAX);
        assert_eq!(unknown, Duration::ZERO);
    }
}
