//! Faults on the way, by the name of the call.

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// How long tests and calls wait for each other.
const PATIENCE: Duration = Duration::from_mins(1);

#[derive(Clone)]
pub enum Fault {
    /// The answer comes this much later.
    Delay(Duration),
    /// The connection is cut, and nothing was done.
    DropBefore,
    /// The call is carried out, and the connection is cut without an answer.
    DropAfter,
    /// The call is carried out, and the connection is cut during the answer.
    Cut,
    /// Nothing is done; an error in the protocol's own form is returned.
    Refuse {
        status: u16,
        code: &'static str,
        message: &'static str,
    },
    /// Nothing is done; the answer is 500 with an HTML page.
    Html,
    /// Nothing is done; the answer is 200 without a body.
    Empty,
    /// Nothing is done, and nothing answered until the client goes away.
    Silent,
    /// The call is carried out; the header `Date` is off by these seconds.
    Date(i64),
    /// The call is carried out; the first element of this name gets this text, unescaped.
    Element(&'static str, &'static str),
    /// The call is carried out; the first element of this name is missing from the answer.
    Without(&'static str),
    /// The call waits at a [`Gate`].
    Hold(Moment, Gate),
}

impl Fault {
    pub const THROTTLING: Self = Self::Refuse {
        status: 400,
        code: "Throttling",
        message: "Rate exceeded",
    };
    pub const TOO_MANY: Self = Self::Refuse {
        status: 429,
        code: "TooManyRequestsException",
        message: "Too Many Requests",
    };
    pub const SLOW_DOWN: Self = Self::Refuse {
        status: 503,
        code: "SlowDown",
        message: "Please reduce your request rate.",
    };
    pub const UNAVAILABLE: Self = Self::Refuse {
        status: 503,
        code: "ServiceUnavailable",
        message: "Service is unavailable",
    };
    pub const UNMODIFIABLE: Self = Self::Refuse {
        status: 409,
        code: "EntityTemporarilyUnmodifiable",
        message: "The entity is temporarily unmodifiable. Please try again later.",
    };
    pub const CONCURRENT: Self = Self::Refuse {
        status: 409,
        code: "ConcurrentModification",
        message: "The request was rejected because multiple requests to change this object were \
                  submitted simultaneously. Wait a few minutes and submit your request again.",
    };
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Before anything is done.
    Before,
    /// Once it is done, before the answer.
    After,
}

/// Stops a call until the test has done something, such as killing the client.
#[derive(Clone, Default)]
pub struct Gate(Arc<(Mutex<Phase>, Condvar)>);

#[derive(Default, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    #[default]
    Waiting,
    Reached,
    Open,
}

impl Gate {
    /// Waits until the call arrives.
    pub fn reached(&self) {
        assert!(self.wait(&Phase::Reached), "no call came");
    }

    /// Lets the call continue.
    pub fn open(&self) {
        self.set(Phase::Open);
    }

    pub(super) fn stop(&self) {
        self.set(Phase::Reached);
        // If the test has ended, nobody opens it.
        self.wait(&Phase::Open);
    }

    fn set(&self, phase: Phase) {
        let (state, changed) = &*self.0;
        let mut state = state.lock().unwrap();
        if phase > *state {
            *state = phase;
        }
        changed.notify_all();
    }

    fn wait(&self, phase: &Phase) -> bool {
        let (state, changed) = &*self.0;
        let state = state.lock().unwrap();
        let waiting = |now: &mut Phase| *now < *phase;
        let waited = changed.wait_timeout_while(state, PATIENCE, waiting);
        !waited.unwrap().1.timed_out()
    }
}

/// The faults still to come, in order for each call.
#[derive(Default)]
pub struct Faults(Vec<(String, usize, Fault)>);

impl Faults {
    pub fn add(&mut self, action: &str, times: usize, fault: Fault) {
        self.0.push((action.to_owned(), times, fault));
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    pub fn next(&mut self, action: &str) -> Option<Fault> {
        let mut all = self.0.iter_mut();
        let found = all.find(|(name, left, _)| name == action && *left > 0)?;
        found.1 -= 1;
        Some(found.2.clone())
    }
}
