//! `mfa remove`: removes one account.

use super::Run;
use crate::app::clock::Clock;
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::app::hint::Hint;
use crate::app::select::{as_argument, find_exactly};
use crate::otp::Account;
use crate::ui::escape;
use crate::vault::Vault;

/// Remove an account ('mfa undo' restores it)
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "With --yes, NAME must be the exact name or an id.\n\nExample:\n  mfa remove my-iam-user"
)]
pub(crate) struct Args {
    /// Account name, ISSUER:NAME, id, or a part [default: pick one]
    #[arg(add = clap_complete::ArgValueCompleter::new(crate::app::complete::account_names))]
    name: Vec<String>,
    /// Skip the confirmation; needs the exact name or an id
    #[arg(long, short, requires = "name")]
    yes: bool,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let now = Clock::seconds()?;
        let removed = if self.yes {
            context.change_existing(|vault| {
                let id = find_exactly(vault, &self.name.join(" "), without_asking)?.id;
                Ok(vault.remove(id, now)?)
            })?
        } else {
            let vault = context.accounts_to_choose_from()?;
            let Some(account) = self.confirmed(context, &vault)? else {
                context.ui.note("nothing removed");
                return Ok(());
            };
            context.change_existing(|vault| Ok(vault.remove(account.id, now)?))?
        };
        let name = removed.full_name();
        Ok(context.ui.print(&format!("removed {}\n", escape(&name)))?)
    }
}

impl Args {
    /// Finds the account that NAME means, and asks before it is removed; `None` if the answer is
    /// no.
    fn confirmed<'a>(&self, context: &Context, vault: &'a Vault) -> Result<Option<&'a Account>> {
        let Some(prompt) = context.ui.prompt() else {
            let account = if self.name.is_empty() {
                context.select(vault, &[])?
            } else {
                find_exactly(vault, &self.name.join(" "), without_asking)?
            };
            let name = account.full_name();
            let message = format!("cannot remove {name}: there is no terminal to confirm it");
            let hint = without_asking(&as_argument(account));
            return Err(CommandError::new(Exit::Usage, message).with_hint(hint));
        };
        let account = context.select(vault, &self.name)?;
        if account.aws.is_some() {
            let name = as_argument(account);
            let mut unregister = Hint::from(format!("mfa aws unregister --account {name}"));
            if let Some(profile) = account.aws.as_ref().and_then(|link| link.profile.as_ref()) {
                unregister = unregister.implied("profile", profile);
            }
            context.ui.warn(&format!(
                "AWS still asks for codes of this account; to delete its device too: {}",
                context.command(unregister)
            ));
        }
        let is_sure = prompt.confirm(&format!("Remove {}?", account.full_name()))?;
        Ok(is_sure.then_some(account))
    }
}

fn without_asking(name: &str) -> String {
    format!("mfa remove {name} --yes")
}
