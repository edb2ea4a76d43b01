//! `mfa remove`: removes one account.

use super::Run;
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::app::select::find;
use crate::ui::escape;

/// Remove an account; 'mfa undo' brings it back
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The account
    #[arg(add = clap_complete::ArgValueCompleter::new(crate::app::complete::account_names))]
    name: String,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let now = context.clock.seconds()?;
        let removed = if self.yes {
            context.change_existing(|vault| {
                let id = find(vault, &self.name)?.id;
                Ok(vault.remove(id, now)?)
            })?
        } else {
            let vault = context.accounts()?;
            let account = find(&vault, &self.name)?;
            if !confirm(context, &account.full_name())? {
                context.ui.note("nothing was removed");
                return Ok(());
            }
            context.change_existing(|vault| Ok(vault.remove(account.id, now)?))?
        };
        let name = removed.full_name();
        Ok(context.ui.print(&format!("removed {}\n", escape(&name)))?)
    }
}

fn confirm(context: &Context, name: &str) -> Result<bool> {
    let Some(prompt) = context.ui.prompt() else {
        let message = format!("cannot remove {name}: there is no terminal to ask on");
        return Err(CommandError::new(Exit::Usage, message).with_hint("mfa remove NAME --yes"));
    };
    Ok(prompt.confirm(&format!("Remove {name}?"))?)
}
