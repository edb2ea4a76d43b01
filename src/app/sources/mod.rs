//! Reads accounts from files of other programs, password stores, QR codes, the clipboard, the screens,
//! stdin and arguments. The commands store them.

#[cfg(feature = "desktop")]
pub(crate) mod desktop;
pub(crate) mod files;
pub(crate) mod password_store;
pub(crate) mod payloads;
mod progress;
pub(crate) mod typed;
