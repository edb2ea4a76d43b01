//! The only clock of this module: when to stop looking.

use std::time::{Duration, Instant};

/// A moment after which no new work is begun.
///
/// It is told by the time that the process had on a processor, so that a busy machine reads the
/// same pictures as an idle one, only later; but never later than [`PATIENCE`] times the limit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline(Option<Ends>);

#[derive(Debug, Clone, Copy)]
struct Ends {
    /// When it passes, if the process had a processor for itself all the time.
    idle: Instant,
    /// When it passes, in time on processors.
    busy: Duration,
    /// When it passes, however little could be done.
    last: Instant,
}

/// How many times as long as its limit something may take on a busy machine.
const PATIENCE: u32 = 3;

impl Deadline {
    /// So long from now; never, when that is beyond what the clock can tell.
    #[expect(clippy::disallowed_methods, reason = "a deadline needs a clock")]
    pub(crate) fn after(limit: Duration) -> Self {
        Self::from(Instant::now(), busy(), limit)
    }

    fn from(now: Instant, busy: Duration, limit: Duration) -> Self {
        let ends = || {
            Some(Ends {
                idle: now.checked_add(limit)?,
                busy: busy.saturating_add(limit),
                last: now.checked_add(limit.checked_mul(PATIENCE)?)?,
            })
        };
        Self(ends())
    }

    /// How much work is left of it; zero when it has passed.
    #[expect(clippy::disallowed_methods, reason = "a deadline needs a clock")]
    fn left(self) -> Duration {
        self.left_at(Instant::now(), busy)
    }

    fn left_at(self, now: Instant, busy: impl FnOnce() -> Duration) -> Duration {
        let Some(ends) = self.0 else {
            return Duration::MAX;
        };
        let left = ends.idle.saturating_duration_since(now);
        if !left.is_zero() {
            return left;
        }
        let last = ends.last.saturating_duration_since(now);
        ends.busy.saturating_sub(busy()).min(last)
    }

    /// How long it is worth waiting for work that may not come to an end.
    #[expect(clippy::disallowed_methods, reason = "a deadline needs a clock")]
    pub(crate) fn longest(self) -> Duration {
        let longest = |ends: Ends| ends.last.saturating_duration_since(Instant::now());
        self.0.map_or(Duration::MAX, longest)
    }

    /// Whether it has passed.
    pub(crate) fn over(self) -> bool {
        self.left().is_zero()
    }

    /// The earlier of this and a moment so long from now.
    pub(crate) fn at_most(self, limit: Duration) -> Self {
        let mut sooner = Self::after(limit.min(self.left()));
        if let (Some(sooner), Some(whole)) = (&mut sooner.0, self.0) {
            sooner.last = sooner.last.min(whole.last);
        }
        sooner
    }
}

/// How long the process was on processors, all its threads together; where that cannot be told,
/// more than any limit.
fn busy() -> Duration {
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
        assert!(Deadline::after(Duration::ZERO).over());
        let far = Deadline::after(Duration::from_mins(10));
        assert!(!far.over() && far.left() > Duration::from_mins(9));
        assert!(far.at_most(SECOND).left() <= SECOND);
        assert!(far.longest() > Duration::from_mins(29));
        assert!(far.at_most(SECOND).longest() <= SECOND * PATIENCE);
        assert!(!Deadline::after(Duration::MAX).over());
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "some moment to begin at")]
    fn what_had_no_processor_has_more_time_but_not_for_ever() {
        let (start, before) = (Instant::now(), SECOND * 5);
        let deadline = Deadline::from(start, before, SECOND);
        let left = |seconds: u32, busy: Duration| {
            deadline.left_at(start + SECOND * seconds, || before + busy)
        };
        assert_eq!(left(0, SECOND * 9), SECOND);
        assert_eq!(left(2, SECOND / 4), SECOND * 3 / 4);
        assert_eq!(left(1, SECOND), Duration::ZERO);
        assert_eq!(left(3, SECOND / 4), Duration::ZERO);
        let untold = deadline.left_at(start + SECOND, || Duration::MAX);
        assert_eq!(untold, Duration::ZERO);
    }
}
