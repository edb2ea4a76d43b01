//! Formats of other authenticators: one file each, bytes to accounts, no I/O.

pub mod google;
