//! Reads accounts from files of other programs, password stores, QR codes, the clipboard, the screens,
//! stdin and arguments. The commands store them.

pub(crate) mod batch;
#[cfg(feature = "desktop")]
pub(crate) mod desktop;
pub(crate) mod files;
mod left_out;
mod pages;
pub(crate) mod password_store;
pub(crate) mod payloads;
mod progress;
mod siblings;
pub(crate) mod typed;
