//! The only clock of this module: when to stop looking.

use std::time::{Duration, Instant};

/// A moment after which no new work is begun.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline(Option<Instant>);

impl Deadline {
    /// So long from now; never, when that is beyond what the clock can tell.
    #[expect(clippy::disallowed_methods, reason = "a deadline needs a clock")]
    pub(crate) fn after(limit: Duration) -> Self {
        Self(Instant::now().checked_add(limit))
    }

    /// What is left of it; zero when it has passed.
    #[expect(clippy::disallowed_methods, reason = "a deadline needs a clock")]
    pub(crate) fn left(self) -> Duration {
        let left = |end: Instant| end.saturating_duration_since(Instant::now());
        self.0.map_or(Duration::MAX, left)
    }

    /// Whether it has passed.
    pub(crate) fn over(self) -> bool {
        self.left().is_zero()
    }

    /// The earlier of this and a moment so long from now.
    pub(crate) fn at_most(self, limit: Duration) -> Self {
        Self::after(limit.min(self.left()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_passes() {
        assert!(Deadline::after(Duration::ZERO).over());
        let far = Deadline::after(Duration::from_mins(10));
        assert!(!far.over() && far.left() > Duration::from_mins(9));
        assert!(far.at_most(Duration::from_secs(1)).left() <= Duration::from_secs(1));
        assert!(!Deadline::after(Duration::MAX).over());
    }
}
