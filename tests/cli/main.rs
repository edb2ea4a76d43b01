//! The program as users and scripts see it: a cleared environment, a temporary home and a fixed time.
//! stdout, stderr and exit codes are in snapshots.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests start the program, read files, and fail by panicking"
)]

mod add;
mod children;
#[cfg(feature = "desktop")]
mod clipboard;
#[cfg(feature = "desktop")]
mod clipboard_of_terminals;
mod code;
mod completions;
mod completions_in_shells;
mod costs;
#[cfg(feature = "desktop")]
mod desktops;
mod doctor;
mod documents;
mod edit;
mod everywhere;
mod export;
mod eyes;
mod fresh;
mod help;
mod import;
mod import_trash;
#[cfg(feature = "keyring")]
mod keyring;
mod list;
mod named_vault;
mod parameters;
mod peers;
mod pictures;
mod qr;
mod reports;
mod sandbox;
mod scan;
#[cfg(feature = "desktop")]
mod screen;
mod secrets;
mod share;
mod show;
mod signals;
mod sync;
mod tags;
mod terminal;
mod typed;
mod undo;
mod unlock;
mod vault;
mod watch;
