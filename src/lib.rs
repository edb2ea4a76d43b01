//! `mfa`, a TOTP authenticator for the terminal, made first for AWS.
//!
//! # Layers
//! Arrows point one way: `cli -> commands -> app -> {import, export, aws} -> {vault, qr, ui} -> otp`.
//!
//! | room | what is in it | may use |
//! | --- | --- | --- |
//! | [`otp`] | the domain: keys, codes, accounts, otpauth URIs. No I/O, no clock | nothing |
//! | [`vault`] | accounts in memory, the sealed JSON format, the file that keeps it | `otp` |
//! | [`import`] | files of other authenticators, and our own: bytes to accounts | `otp`, `vault`, `crypto` |
//! | [`export`] | accounts to files of other authenticators, and our own | `otp`, `vault`, `crypto` |
//! | `crypto` | ciphers and key derivations within bounds, buffers that are wiped | nothing |
//! | [`qr`] | pictures to payloads, payloads to pictures | nothing |
//! | `aws` | devices and sessions of AWS, its files (pure), its API behind a trait; prints nothing; a feature | `otp`, `vault` |
//! | [`ui`] | the terminal: output, prompts, tables, escaping | nothing |
//! | [`app`] | what commands share: the world they run in, where accounts come from, errors | all above |
//! | [`commands`] | one file per command: its arguments, and what it does | all above |
//! | [`cli`] | the table of commands, dispatch, errors to exit codes | `commands` |
//!
//! Data takes one road: text or picture -> [`otp::parse`] -> [`otp::Account`] ->
//! [`vault::Vault`] -> [`vault::document`] -> [`vault::seal`] -> [`vault::file`]; and back the
//! same road to an [`otp::Window`] and [`ui`].
//!
//! Files, the clock, randomness, the environment and processes are touched in adapters only:
//! [`vault::file`], [`commands::context`], [`commands::clock`], [`commands::files`], the passphrase
//! command, `app::aws`, AWS's client, and [`ui`].

mod app;
#[cfg(feature = "aws")]
mod aws;
mod cli;
mod commands;
mod crypto;
pub mod export;
mod harden;
pub mod import;
pub mod otp;
pub mod qr;
mod ui;
pub mod vault;

#[doc(hidden)]
pub use cli::fuzzing;
pub use cli::run;
