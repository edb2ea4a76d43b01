//! What was asked, for tests to look at. No codes and no keys are in it.

use std::collections::BTreeMap;
use std::fmt;

#[derive(Clone)]
pub struct Call {
    pub action: String,
    pub parameters: BTreeMap<String, String>,
    /// `AKIA` for keys that last, `ASIA` for a session's, empty without a signature.
    pub key: String,
    /// `200`, the code of the error, or what a fault did; `…` while it is under way.
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
    /// Writes down that a call came; gives its place back.
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
