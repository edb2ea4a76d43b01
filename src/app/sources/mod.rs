//! Where accounts come from: files of other programs, password stores, and the texts of QR codes,
//! lines and arguments. Reads and asks; what it finds out is for the commands to store.

pub(crate) mod files;
pub(crate) mod password_store;
pub(crate) mod payloads;
mod progress;
pub(crate) mod typed;
