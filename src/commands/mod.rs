//! One file per command. A command resolves what it was given, acts, and reports, in that order.

pub mod add;
#[cfg(feature = "aws")]
pub mod aws;
mod cache;
pub mod clock;
pub mod code;
pub mod context;
pub mod edit;
pub mod export;
pub mod failure;
pub mod files;
mod identities;
pub mod import;
mod keyring;
mod lifetime;
pub mod list;
pub mod lock;
pub mod names;
mod overrides;
mod passphrase;
mod progress;
pub mod qr;
pub mod remove;
pub mod rename;
mod report;
pub mod scan;
mod select;
mod session;
pub mod show;
mod slots;
mod steps;
pub mod undo;
pub mod unlock;
mod unlocking;
pub mod vault;
mod ways;

use context::Context;
use failure::Outcome;

/// A command with its arguments.
pub trait Run: clap::Args {
    /// Does it.
    ///
    /// # Errors
    /// What is to be told to the user, and the exit code.
    fn run(self, context: &mut Context) -> Outcome;
}
