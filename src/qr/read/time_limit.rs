//! A time limit for work that may never end.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use super::catch_panics::catch_panics;
use super::deadline::Deadline;

/// Why [`run_until`] has no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Aborted {
    /// The time ran out. The work goes on until it ends or the process does.
    TimedOut,
    /// The work panicked, or its thread could not be started.
    Panicked,
}

/// Threads of this process that timed out and still run.
static ABANDONED: AtomicUsize = AtomicUsize::new(0);

/// How many timed-out threads still run.
pub(crate) fn abandoned_threads() -> usize {
    ABANDONED.load(Ordering::Relaxed)
}

/// Waits are no shorter than this.
const TICK: Duration = Duration::from_millis(1);

/// Runs `work` on its own thread, catches its panics, and waits until `deadline` for its result.
///
/// A thread cannot be stopped from outside: one that times out is abandoned, with all it holds.
pub(crate) fn run_until<T, W>(deadline: Deadline, work: W) -> Result<T, Aborted>
where
    T: Send + 'static,
    W: FnOnce() -> T + Send + 'static,
{
    // Unbuffered: a sent result has been received, so both sides agree on whether it was late.
    let (sender, receiver) = mpsc::sync_channel(0);
    let run = move || {
        if sender.send(catch_panics(work)).is_err() {
            ABANDONED.fetch_sub(1, Ordering::Relaxed);
        }
    };
    let thread = thread::Builder::new().name("qr".to_owned());
    thread.spawn(run).map_err(|_| Aborted::Panicked)?;
    loop {
        // Processor time passes no faster than the clock while one thread works, so look again then.
        match receiver.recv_timeout(deadline.left().max(TICK)) {
            Ok(result) => return result.ok_or(Aborted::Panicked),
            Err(RecvTimeoutError::Disconnected) => return Err(Aborted::Panicked),
            Err(RecvTimeoutError::Timeout) if !deadline.has_passed() => {}
            Err(RecvTimeoutError::Timeout) => {
                // Counted before the receiver is dropped, which lets the thread subtract again.
                ABANDONED.fetch_add(1, Ordering::Relaxed);
                return Err(Aborted::TimedOut);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::qr::is_catching_panics;

    use super::*;

    fn soon() -> Deadline {
        Deadline::after(Duration::from_mins(1))
    }

    #[test]
    fn a_result_in_time_is_returned() {
        let result = run_until(soon(), || u8::from(is_catching_panics()));
        assert_eq!(result, Ok(1));
    }

    #[test]
    fn a_panic_on_the_thread_is_caught() {
        let result: Result<u8, _> = run_until(soon(), || panic!("caught"));
        assert_eq!(result, Err(Aborted::Panicked));
    }

    #[test]
    #[expect(
        clippy::disallowed_methods,
        reason = "this work has to exceed the limit"
    )]
    fn late_work_times_out() {
        let passed = Deadline::after(Duration::ZERO);
        let result = run_until(passed, || thread::sleep(Duration::from_secs(2)));
        assert_eq!(result, Err(Aborted::TimedOut));
    }
}
