//! `mfa rename`: another name for an account.

use super::Run;
use crate::app::account_args::{AccountArgs, label};
use crate::app::complete::account_names;
use crate::app::context::Context;
use crate::app::error::Result;
use crate::ui::escape;

/// Rename an account
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "NEW is a name, or ISSUER:NAME to change both.\n\nExample:\n  mfa rename my-iam-user AWS:work"
)]
pub(crate) struct Args {
    /// The account
    #[arg(add = clap_complete::ArgValueCompleter::new(account_names))]
    old: String,
    /// Its new name, or ISSUER:NAME
    #[arg(value_parser = label)]
    new: String,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let new = AccountArgs {
            name: Some(self.new),
            ..AccountArgs::default()
        };
        let edited = context.edit(&self.old, &new, &[])?;
        let (old, new) = (edited.before.full_name(), edited.after.full_name());
        if edited.changes().is_empty() {
            context.ui.note(&format!("the name is already {new}"));
            return Ok(());
        }
        let line = format!("renamed {} to {}\n", escape(&old), escape(&new));
        Ok(context.ui.print(&line)?)
    }
}
