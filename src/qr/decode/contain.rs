//! Panics of foreign code end here, silently.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};

thread_local! {
    static CONTAINING: Cell<bool> = const { Cell::new(false) };
}

/// Whether a panic on this thread, now, would be caught as "nothing found".
///
/// For the process-wide panic hook: it must print nothing while this is true.
#[must_use]
pub fn containing_panics() -> bool {
    // On a thread that is just ending the variable may be gone: then nothing is contained.
    CONTAINING.try_with(Cell::get).unwrap_or(false)
}

/// Runs `work`; none if it panicked. Needs `panic = "unwind"`, which is Rust's default.
///
/// Unwind safety is asserted: what `work` was writing to is dropped with it.
pub(crate) fn contain<T>(work: impl FnOnce() -> T) -> Option<T> {
    let _mark = Mark {
        before: CONTAINING.replace(true),
    };
    panic::catch_unwind(AssertUnwindSafe(work)).ok()
}

/// Puts the mark back as it was, so that one containment may be within another.
struct Mark {
    before: bool,
}

impl Drop for Mark {
    fn drop(&mut self) {
        CONTAINING.set(self.before);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_none_and_the_mark_is_there_while_it_lasts() {
        assert!(!containing_panics());
        let mut seen = false;
        let gone = contain(|| -> u8 {
            seen = containing_panics();
            panic!("contained");
        });
        assert!(gone.is_none() && seen);
        assert!(!containing_panics());
    }

    #[test]
    fn containments_nest() {
        let inner = contain(|| {
            assert!(contain(|| panic!("inner")).is_none());
            containing_panics()
        });
        assert_eq!(inner, Some(true));
    }
}
