//! Against others: cases that were collected elsewhere, and a peer that computes the same codes.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]
#![expect(
    clippy::disallowed_methods,
    reason = "tests read fixtures and run the peer"
)]

mod oathtool;
mod uri_cases;

use std::path::PathBuf;

/// The folder of fixtures, named by `MFA_FIXTURES`; without it one line says what was skipped.
fn fixtures(what: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("MFA_FIXTURES").map(PathBuf::from);
    if folder.is_none() {
        skipped(what, "MFA_FIXTURES is not set");
    }
    folder
}

#[expect(clippy::print_stderr, reason = "tests that are skipped say so")]
fn skipped(what: &str, why: &str) {
    eprintln!("skipped: {what}: {why}");
}
