//! `mfa edit`: changes an account's details.

use super::Run;
use crate::app::account_args::AccountArgs;
use crate::app::complete::account_names;
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::ui::escape;

/// Change an account's details
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Examples:\n  mfa edit my-iam-user --issuer AWS\n  mfa edit my-iam-user --tag work"
)]
pub(crate) struct Args {
    /// Account name, ISSUER:NAME, id, or a part [default: pick one]
    #[arg(value_name = "NAME", id = "account",
        add = clap_complete::ArgValueCompleter::new(account_names))]
    account: Vec<String>,
    #[command(flatten)]
    new: AccountArgs,
    /// Remove a tag; may be repeated
    #[arg(long, value_name = "TAG", add = clap_complete::ArgValueCompleter::new(crate::app::complete::tags))]
    untag: Vec<String>,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        if self.new.is_empty() && self.untag.is_empty() {
            let message = "nothing to change: no option was given";
            return Err(CommandError::new(Exit::Usage, message).with_hint("mfa edit --help"));
        }
        let untag: Vec<_> = self.untag.iter().map(|tag| tag.trim().to_owned()).collect();
        let account = context.name_or_pick(&self.account)?;
        let edited = context.edit(&account, &self.new, &untag)?;
        let name = edited.after.full_name();
        for tag in untag.iter().filter(|tag| !edited.before.has_tag(tag)) {
            context.ui.note(&format!("{name} had no tag '{tag}'"));
        }
        let changes = edited.changes();
        if changes.is_empty() {
            context.ui.note(&format!("nothing changed in {name}"));
            return Ok(());
        }
        let was = if edited.is_renamed() {
            format!(" (was {})", edited.before.full_name())
        } else {
            String::new()
        };
        let line = format!("changed {name}{was}: {}", changes.join(", "));
        Ok(context.ui.print(&format!("{}\n", escape(&line)))?)
    }
}
