//! The program `mfa`; all of it is in the library beside it.
#![expect(clippy::disallowed_methods, reason = "this is where arguments enter")]

use std::process::ExitCode;

fn main() -> ExitCode {
    mfa::run(std::env::args_os().collect())
}
