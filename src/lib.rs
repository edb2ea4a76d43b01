//! `mfa`, a TOTP authenticator for the terminal, made first for AWS.
//!
//! The public doors are [`otp`] (codes and otpauth URIs), [`qr`] (pictures), [`vault`] (the format of
//! the vault), [`import`] and [`export`] (bytes of other authenticators). All else is the program.
//!
//! # Layers
//! Arrows point one way. `tests/house` reads the imports and fails when this table is not true.
//!
//! | room | what it is for | uses |
//! | --- | --- | --- |
//! | `otp` | the domain: keys, codes, accounts, otpauth URIs. No I/O, no clock | |
//! | `crypto` | ciphers and key derivations within bounds, buffers that are wiped | |
//! | `qr` | pictures to payloads, payloads to pictures | |
//! | `harden` | what keeps memory private: no core dump, no debugger, no swap | |
//! | `desktop` | the clipboard and the screens around the terminal. A cargo feature | |
//! | `ui` | the terminal: output, prompts, tables, escaping | `otp`, `harden` |
//! | `vault` | accounts in memory, the sealed format, the ways to unlock it, the file | `otp`, `crypto` |
//! | `import` | files of other authenticators, and ours: bytes to accounts | `otp`, `crypto`, `vault` |
//! | `export` | accounts to files of other authenticators, and ours | `otp`, `crypto`, `vault` |
//! | `aws` | profiles, IAM and STS, MFA devices, sessions. A cargo feature | `otp`, `vault` |
//! | `sync` | several machines, one vault: merging, commits, and the remotes that keep them | `otp`, `vault`, `aws` |
//! | `app` | what commands share: their world, errors, arguments, where accounts come from | `otp`, `crypto`, `qr`, `harden`, `desktop`, `ui`, `vault`, `import`, `aws`, `sync` |
//! | `commands` | one file per command: its help, its arguments, what it does | `otp`, `qr`, `ui`, `vault`, `import`, `export`, `aws`, `sync`, `app` |
//! | `cli` | the table of commands, dispatch, completions, help and the manual page | `otp`, `qr`, `harden`, `ui`, `vault`, `import`, `sync`, `app`, `commands` |
//!
//! # The road of the data
//! Text or picture -> [`otp::parse`] -> [`otp::Account`] -> [`vault::Vault`] ->
//! [`vault::format::document`] -> [`vault::format::seal`](mod@vault::format::seal) -> a file; and back
//! the same road to an [`otp::Window`] and the terminal.
//!
//! # The outside
//! Files, the clock, randomness, the environment and processes are touched by adapters only:
//! `vault::storage`, the secret stores of `vault::unlock`, `app` (context, clock, the person's files
//! and programs), `aws::api`, `desktop`, and `ui`. `.clippy.toml` guards that. The vault asks its
//! `vault::host::Host` and AWS its `aws::Host` for all else; `app` is both.

mod app;
#[cfg(feature = "aws")]
mod aws;
mod cli;
mod commands;
mod crypto;
#[cfg(feature = "desktop")]
mod desktop;
pub mod export;
mod harden;
pub mod import;
pub mod otp;
pub mod qr;
mod sync;
mod ui;
pub mod vault;

#[doc(hidden)]
pub use cli::fuzzing;
pub use cli::run;
