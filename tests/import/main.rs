//! Imports of every file in the fixtures: what is found, and what is refused.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "it reads the fixtures, says what is missing, and a test may fail"
)]

mod export;
mod fixtures;
mod hostile;
mod samples;
mod variants;
