//! The difference between this machine's clock and AWS's.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Above this many seconds, people are told.
const NOTABLE_SECONDS: u64 = 10;
/// AWS accepts codes of one time step before and after the current one.
const CODE_WINDOW_SECONDS: u64 = 30;
/// AWS accepts signatures of up to five minutes ago; a minute of that is for the way.
const SIGNATURE_WINDOW_SECONDS: u64 = 4 * 60;

/// Seconds by which AWS's clock is ahead of this machine's: positive means that this clock is slow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ClockSkew(pub(super) i64);

impl ClockSkew {
    pub(crate) const fn seconds(self) -> i64 {
        self.0
    }

    pub(crate) const fn is_notable(self) -> bool {
        self.0.unsigned_abs() > NOTABLE_SECONDS
    }

    /// Whether it is large enough to explain a refused signature.
    pub(super) const fn is_beyond_signatures(self) -> bool {
        self.0.unsigned_abs() > SIGNATURE_WINDOW_SECONDS
    }

    /// Whether it is large enough to explain a refused code.
    pub(crate) const fn is_beyond_codes(self) -> bool {
        self.0.unsigned_abs() > CODE_WINDOW_SECONDS
    }
}

impl fmt::Display for ClockSkew {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.unsigned_abs();
        let direction = if self.0 > 0 { "behind" } else { "ahead of" };
        write!(f, "this machine's clock is {seconds} s {direction} AWS's")
    }
}
