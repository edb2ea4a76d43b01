//! The program `mfa`; all of it is in the library beside it.

fn main() {}
