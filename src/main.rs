//! The program `mfa`; all of it is in the library beside it.
#![expect(clippy::disallowed_methods, reason = "the arguments come in here")]

use std::process::ExitCode;

fn main() -> ExitCode {
    mfa::run(std::env::args_os().collect())
}
