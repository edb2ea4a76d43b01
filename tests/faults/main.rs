//! What the vault must survive: kills, failing disks, full disks, many writers, foreign owners and
//! tampering. The program runs as for its users, in a temporary home. Faults come from `strace`, mounts
//! and file modes.
//!
//! For Linux, as root. A test that lacks a tool or a right prints `skipped: …` to stderr; see
//! `tests/support`.
#![cfg(target_os = "linux")]
#![expect(
    clippy::disallowed_methods,
    reason = "tests start the program and damage its files"
)]
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod errors;
mod fault_injection;
mod folders;
mod full_disk;
mod hostile;
mod kill;
mod kill_passphrase;
mod lies;
mod links;
mod memory;
mod owners;
mod paths;
mod power_loss;
mod races;
mod reads;
mod restore;
mod states;
mod support;
mod tamper;
mod writers;
