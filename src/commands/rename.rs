//! `mfa rename`: changes the name of an account.

use std::path::Path;

use super::Run;
use crate::app::account_args::{AccountArgs, label};
use crate::app::complete::account_names;
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::app::sources::typed::ask_name;
use crate::ui::escape;
use crate::vault::storage::quoted;

/// Rename an account
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "NEW is a name, or ISSUER:NAME to change both.\n\nExample:\n  mfa rename my-iam-user AWS:work"
)]
pub(crate) struct Args {
    /// Account name, ISSUER:NAME, id, or a part [default: pick one]
    #[arg(add = clap_complete::ArgValueCompleter::new(account_names))]
    old: Option<String>,
    /// Its new name, or ISSUER:NAME [default: prompts for it]
    #[arg(value_parser = label)]
    new: Option<String>,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let old: Vec<_> = self.old.into_iter().collect();
        if self.new.is_none() && context.ui.prompt().is_none() {
            let message = "no new name was given, and there is no terminal to ask for it";
            let old = old.first().map_or("OLD", String::as_str);
            let hint = format!("mfa rename {} NEW", quoted(Path::new(old)));
            return Err(CommandError::new(Exit::Usage, message).with_hint(hint));
        }
        let old = context.name_or_pick(&old)?;
        let name = match self.new {
            Some(name) => Some(name),
            None => ask_name(context, "New name", "")?,
        };
        let new = AccountArgs {
            name,
            ..AccountArgs::default()
        };
        let edited = context.edit(&old, &new, &[])?;
        let (old, new) = (edited.before.full_name(), edited.after.full_name());
        if edited.changes().is_empty() {
            context.ui.note(&format!("the name is already {new}"));
            return Ok(());
        }
        let line = format!("renamed {} to {}\n", escape(&old), escape(&new));
        Ok(context.ui.print(&line)?)
    }
}
