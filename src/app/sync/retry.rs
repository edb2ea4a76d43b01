//! When `mfa sync --watch` tries again after a failure.

use std::time::Duration;

/// The longest wait after rounds that failed.
const LONGEST_WAIT: Duration = Duration::from_mins(10);

/// The rounds that failed since the last one that worked.
#[derive(Default)]
pub(crate) struct Failed {
    count: u32,
    why: String,
}

impl Failed {
    /// Counts a failure. Returns whether the last one had another reason.
    pub(crate) fn is_new(&mut self, why: &str) -> bool {
        self.count += 1;
        let is_new = self.why != why;
        why.clone_into(&mut self.why);
        is_new
    }

    /// Ends the failures. Returns whether there were any.
    pub(crate) fn end(&mut self) -> bool {
        let failed = self.count > 0;
        *self = Self::default();
        failed
    }

    /// The time until the next round: longer after each failure.
    pub(crate) fn wait(&self, every: Duration) -> Duration {
        let factor = 1 << self.count.saturating_sub(1).min(16);
        every.saturating_mul(factor).min(LONGEST_WAIT.max(every))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_told_once_and_tried_less_often() {
        let mut failed = Failed::default();
        let every = Duration::from_mins(1);
        assert_eq!(failed.wait(every), every);
        assert!(failed.is_new("no network"));
        assert_eq!(failed.wait(every), every);
        assert!(!failed.is_new("no network"));
        assert_eq!(failed.wait(every), every * 2);
        assert!(failed.is_new("no permission"));
        for _ in 0..100 {
            failed.is_new("no network");
        }
        assert_eq!(failed.wait(every), LONGEST_WAIT);
        assert_eq!(failed.wait(LONGEST_WAIT * 2), LONGEST_WAIT * 2);
        assert!(failed.end() && !failed.end());
        assert_eq!(failed.wait(every), every);
    }
}
