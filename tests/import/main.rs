//! Imports of every file in the fixtures: what is found, and what is refused.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "tests read the fixtures, print what is missing, and fail by panicking"
)]

mod apps;
mod export;
mod fixtures;
mod hostile;
mod logs;
mod manager_tables;
mod managers;
mod managers_json;
mod names;
mod partly;
mod samples;
mod structure;
mod variants;
mod windows_and_steam;
