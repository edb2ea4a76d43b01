//! A time limit for work that may not come to an end.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use image::GrayImage;

use super::{Decoder, Sight, contain};
use crate::qr::clock::Deadline;

/// Why [`within`] has no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The time was over; the work goes on until it ends or the process does.
    Late,
    /// The work panicked, or no thread could be started for it.
    Broken,
}

/// How many threads are left behind, in the whole process.
static LATE: AtomicUsize = AtomicUsize::new(0);

/// Runs `work` on a thread of its own, contained, and waits at most `limit` for its result.
///
/// A thread cannot be stopped from outside: a late one is left behind, with what it holds.
pub(crate) fn within<T, W>(limit: Duration, work: W) -> Result<T, Failure>
where
    T: Send + 'static,
    W: FnOnce() -> T + Send + 'static,
{
    // Without a buffer: sent is received, so either side knows whether it was late.
    let (sender, receiver) = mpsc::sync_channel(0);
    let run = move || {
        if sender.send(contain(work)).is_err() {
            LATE.fetch_sub(1, Ordering::Relaxed);
        }
    };
    let thread = thread::Builder::new().name("qr".to_owned());
    thread.spawn(run).map_err(|_| Failure::Broken)?;
    match receiver.recv_timeout(limit) {
        Ok(result) => result.ok_or(Failure::Broken),
        Err(RecvTimeoutError::Disconnected) => Err(Failure::Broken),
        Err(RecvTimeoutError::Timeout) => {
            // Before the receiver goes, and with it the sender's chance to subtract again.
            LATE.fetch_add(1, Ordering::Relaxed);
            Err(Failure::Late)
        }
    }
}

/// A decoder that cannot be stopped, with a time limit of its own; late, it has found nothing.
///
/// While [`MOST_LATE`] threads are left behind it is not asked any more, so that a folder of
/// pictures that it cannot cope with does not fill the machine.
pub(crate) struct Fused<D> {
    decoder: D,
    limit: Duration,
}

const MOST_LATE: usize = 4;

impl<D> Fused<D> {
    /// Gives `decoder` so much time for one picture.
    pub(crate) const fn new(decoder: D, limit: Duration) -> Self {
        Self { decoder, limit }
    }
}

impl<D: Decoder + Clone + Send + 'static> Decoder for Fused<D> {
    fn look(&self, grey: &GrayImage, until: Deadline) -> Sight {
        if LATE.load(Ordering::Relaxed) >= MOST_LATE {
            return Sight::default();
        }
        let (decoder, grey) = (self.decoder.clone(), grey.clone());
        let limit = self.limit.min(until.longest());
        within(limit, move || decoder.look(&grey, until)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::containing_panics;
    use super::*;

    #[test]
    fn a_result_in_time_is_given() {
        let result = within(Duration::from_mins(1), || u8::from(containing_panics()));
        assert_eq!(result, Ok(1));
    }

    #[test]
    fn a_panic_on_the_thread_is_contained_too() {
        let result: Result<u8, _> = within(Duration::from_mins(1), || panic!("contained"));
        assert_eq!(result, Err(Failure::Broken));
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "it is there to be late")]
    fn late_is_late() {
        let limit = Duration::from_millis(5);
        let result = within(limit, || thread::sleep(Duration::from_millis(200)));
        assert_eq!(result, Err(Failure::Late));
    }
}
