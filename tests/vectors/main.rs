//! Comparison with others: collected cases, and another program that computes the same codes.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]
#![expect(
    clippy::disallowed_methods,
    reason = "these tests read fixtures and run oathtool"
)]

mod oathtool;
mod uri_cases;

use std::path::PathBuf;

use mfa_test_support::can;

/// The folder of fixtures, named by `MFA_FIXTURES`.
fn fixtures() -> Option<PathBuf> {
    let folder = std::env::var_os("MFA_FIXTURES").unwrap_or_default();
    can(!folder.is_empty(), "MFA_FIXTURES").then(|| folder.into())
}
