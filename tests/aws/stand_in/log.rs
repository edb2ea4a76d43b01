//! The calls, for tests to inspect. Contains no codes and no keys.

use std::collections::BTreeMap;
use std::fmt;

#[derive(Clone)]
pub struct Call {
    pub action: String,
    pub parameters: BTreeMap<String, String>,
    /// `AKIA` for long-term keys, `ASIA` for a session's, empty without a signature.
    pub key: String,
    /// `200`, the error's code, or the fault's effect; `…` while the call is running.
    pub outcome: String,
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.action)?;
        for (name, value) in &self.parameters {
            write!(f, " {name}={value}")?;
        }
        if !self.key.is_empty() {
            write!(f, " by {}", self.key)?;
        }
        write!(f, ": {}", self.outcome)
    }
}

#[derive(Default)]
pub struct Log(Vec<Call>);

impl Log {
    /// Records a new call; returns its index.
    pub fn begin(&mut self, call: Call) -> usize {
        self.0.push(call);
        self.0.len() - 1
    }

    pub fn end(&mut self, place: usize, outcome: &str) {
        // A test may have cleared the log meanwhile.
        if let Some(call) = self.0.get_mut(place) {
            outcome.clone_into(&mut call.outcome);
        }
    }

    pub fn calls(&self) -> &[Call] {
        &self.0
    }
}
