//! One file per command. A command resolves what it was given, acts, and reports, in that order.

pub mod add;
#[cfg(feature = "aws")]
pub(crate) mod aws;
pub mod code;
pub mod edit;
pub mod export;
pub mod import;
pub mod list;
pub mod lock;
pub mod qr;
pub mod remove;
pub mod rename;
pub mod scan;
pub mod show;
pub mod undo;
pub mod unlock;
pub mod vault;

use crate::app::context::Context;
use crate::app::error::Result;

/// A command with its arguments.
pub trait Run: clap::Args {
    /// Does it.
    ///
    /// # Errors
    /// What is to be told to the user, and the exit code.
    fn run(self, context: &mut Context) -> Result;
}
