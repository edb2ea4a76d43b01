//! Shared by the test binaries: how a test says that it cannot run here, and servers of S3.
//!
//! A crate of its own, because each folder in `tests` with a `main.rs` is a crate too.

pub mod cut;
pub mod servers;

use std::env;
use std::io::Write as _;
use std::path::Path;

/// Whether a test has what it needs. If not, this prints one line to stderr, and the test returns:
///
/// ```text
/// skipped: cli::peers::zbar_reads_our_pictures: no zbarimg here
/// ```
///
/// # Panics
/// If nothing may be skipped: with `CI` or `MFA_FAULTS_REQUIRED` set to `true` or `1`, unless
/// `MFA_SKIPS_ALLOWED` lists `what`. Its entries are separated by commas.
#[track_caller]
#[must_use]
pub fn can(is_here: bool, what: &str) -> bool {
    if !is_here {
        assert!(!is_required(what), "may not be skipped: no {what} here");
        tell(&format!("skipped: {}: no {what} here", test()));
    }
    is_here
}

/// Writes a line to stderr. The print macros would write to the test harness, which hides the output of
/// tests that pass.
pub fn tell(line: &str) {
    // If stderr is closed, nobody wants to know.
    let _ = std::io::stderr().write_all(format!("{line}\n").as_bytes());
}

fn is_required(what: &str) -> bool {
    let is_on = |name| env::var(name).is_ok_and(|value| value == "1" || value == "true");
    let allowed = env::var("MFA_SKIPS_ALLOWED").unwrap_or_default();
    let is_allowed = allowed.split(',').any(|entry| entry.trim() == what);
    (is_on("CI") || is_on("MFA_FAULTS_REQUIRED")) && !is_allowed
}

/// The test binary without its hash, and the test: libtest names the thread after it.
fn test() -> String {
    let program = env::args().next().unwrap_or_default();
    let program = Path::new(&program).file_name().unwrap_or_default();
    let program = program.to_string_lossy();
    let binary = program.rsplit_once('-').map_or(&*program, |(name, _)| name);
    let thread = std::thread::current();
    format!("{binary}::{}", thread.name().unwrap_or("?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_here_is_not_skipped() {
        assert!(can(true, "anything"));
    }
}
