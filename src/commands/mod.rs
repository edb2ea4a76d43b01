//! One file per command. Each command resolves its arguments, acts, and reports, in that order.

pub(crate) mod add;
#[cfg(feature = "aws")]
pub(crate) mod aws;
pub(crate) mod code;
pub(crate) mod doctor;
pub(crate) mod edit;
pub(crate) mod export;
pub(crate) mod import;
pub(crate) mod list;
pub(crate) mod lock;
pub(crate) mod qr;
pub(crate) mod redo;
pub(crate) mod remove;
pub(crate) mod rename;
pub(crate) mod scan;
pub(crate) mod show;
pub(crate) mod sync;
pub(crate) mod undo;
pub(crate) mod unlock;
pub(crate) mod vault;
pub(crate) mod watch;

use crate::app::context::Context;
use crate::app::error::Result;

/// A command with its arguments.
pub(crate) trait Run: clap::Args {
    /// Runs the command. An error holds the message for the user and the exit code.
    fn run(self, context: &mut Context) -> Result;
}
