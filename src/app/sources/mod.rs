//! Reads accounts from files of other programs, password stores, QR codes, stdin and arguments. The
//! commands store them.

pub(crate) mod files;
pub(crate) mod password_store;
pub(crate) mod payloads;
mod progress;
pub(crate) mod typed;
