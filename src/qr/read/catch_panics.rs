//! Catches panics of decoders, silently.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};

thread_local! {
    static CATCHING: Cell<bool> = const { Cell::new(false) };
}

/// Whether the reader would catch a panic on this thread and go on.
///
/// For the process-wide panic hook, which must print nothing while this is true: decoders panic
/// on some pictures, and such a panic only means that they found nothing.
#[must_use]
pub fn is_catching_panics() -> bool {
    // The variable may be gone on a thread that is just ending. Nothing is caught then.
    CATCHING.try_with(Cell::get).unwrap_or(false)
}

/// Runs `work`; none if it panicked. Needs `panic = "unwind"`, Rust's default.
///
/// Unwind safety is asserted: whatever `work` was writing to is dropped with it.
pub(crate) fn catch_panics<T>(work: impl FnOnce() -> T) -> Option<T> {
    let _flag = Flag {
        before: CATCHING.replace(true),
    };
    panic::catch_unwind(AssertUnwindSafe(work)).ok()
}

/// Restores the flag, so that calls may nest.
struct Flag {
    before: bool,
}

impl Drop for Flag {
    fn drop(&mut self) {
        CATCHING.set(self.before);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_gives_none_and_the_flag_is_set_meanwhile() {
        assert!(!is_catching_panics());
        let mut seen = false;
        let gone = catch_panics(|| -> u8 {
            seen = is_catching_panics();
            panic!("caught");
        });
        assert!(gone.is_none() && seen);
        assert!(!is_catching_panics());
    }

    #[test]
    fn calls_nest() {
        let inner = catch_panics(|| {
            assert!(catch_panics(|| panic!("inner")).is_none());
            is_catching_panics()
        });
        assert_eq!(inner, Some(true));
    }
}
