//! The program as users and scripts see it: a cleared environment, a temporary home and a fixed time.
//! stdout, stderr and exit codes are in snapshots.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests start the program, read files, and fail by panicking"
)]

mod add;
#[cfg(unix)]
mod children;
#[cfg(all(target_os = "linux", feature = "desktop"))]
mod clipboard;
#[cfg(all(target_os = "linux", feature = "desktop"))]
mod clipboard_of_terminals;
mod code;
mod completions;
#[cfg(unix)]
mod completions_in_shells;
#[cfg(target_os = "linux")]
mod costs;
#[cfg(all(target_os = "linux", feature = "desktop"))]
mod desktops;
#[cfg(unix)]
mod doctor;
#[cfg(unix)]
mod documents;
mod edit;
mod everywhere;
mod export;
mod export_targets;
#[cfg(unix)]
mod eyes;
mod fresh;
mod help;
mod import;
mod import_trash;
#[cfg(all(target_os = "linux", feature = "keyring"))]
mod keyring;
mod list;
mod named_vault;
mod parameters;
#[cfg(unix)]
mod peers;
mod pictures;
#[cfg(unix)]
mod qr;
mod reports;
mod sandbox;
mod scan;
#[cfg(all(target_os = "linux", feature = "desktop"))]
mod screen;
mod secrets;
mod share;
mod show;
#[cfg(unix)]
mod signals;
mod sync;
mod tags;
#[cfg(unix)]
mod terminal;
#[cfg(unix)]
mod typed;
mod undo;
#[cfg(unix)]
mod unlock;
mod vault;
#[cfg(unix)]
mod watch;

/// What needs the terminals, shells, signals or modes of Unix.
#[cfg(not(unix))]
#[test]
fn the_rest_needs_unix() {
    let rest = [
        "children",
        "clipboard",
        "clipboard_of_terminals",
        "completions_in_shells",
        "costs",
        "desktops",
        "doctor",
        "documents",
        "eyes",
        "keyring",
        "peers",
        "qr",
        "screen",
        "signals",
        "terminal",
        "typed",
        "unlock",
        "watch",
    ];
    for module in rest {
        assert!(!mfa_test_support::can(
            false,
            &format!("Unix for cli::{module}")
        ));
    }
}
