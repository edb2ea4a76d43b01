//! `mfa aws keys rm`: removes an access key from the vault.

use std::path::Path;

use crate::app::aws::args::ProfileArgs;
use crate::app::aws::keys::named_profile;
use crate::app::clock::Clock;
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::aws::Error;
use crate::aws::keys::KeysError;
use crate::commands::Run;
use crate::ui::escape;
use crate::vault::storage::quoted;

/// Remove an access key from the vault
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "AWS keeps the key; this removes the copy in the vault. 'mfa undo' brings it back.\n\nExample:\n  mfa aws keys rm --profile work"
)]
pub(crate) struct Args {
    #[command(flatten)]
    profile: ProfileArgs,
    /// Do not ask for confirmation
    #[arg(long)]
    yes: bool,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let profile = named_profile(context, self.profile)?;
        let vault = context.accounts()?;
        let own = vault.aws_keys.of(&profile);
        let own = own.ok_or_else(|| Error::from(KeysError::NotInVault(profile.clone())))?;
        let id = own.key.id();
        let name = quoted(Path::new(&profile));
        if !self.yes {
            let Some(prompt) = context.ui.prompt() else {
                let message = "cannot remove an access key: there is no terminal to confirm it";
                let hint = format!("mfa aws keys rm --profile {name} --yes");
                return Err(CommandError::new(Exit::Usage, message).with_hint(hint));
            };
            let question = format!("Remove the access key {id} of {profile} from the vault?");
            if !prompt.confirm(&question)? {
                context.ui.note("nothing removed");
                return Err(CommandError::quiet(Exit::Failed));
            }
        }
        let now = Clock::seconds()?;
        let _turn = context.state.lock("aws-keys")?;
        context.change_existing(|vault| {
            let is_same = vault
                .aws_keys
                .of(&profile)
                .is_some_and(|now| now.key.id() == id);
            if is_same {
                vault.remove_aws_keys(&profile, now);
                return Ok(());
            }
            let message = format!("the access key of {profile} changed meanwhile");
            Err(CommandError::new(Exit::Failed, message))
        })?;
        let text = format!(
            "removed the access key {} of {}\n",
            escape(id),
            escape(&profile)
        );
        context.ui.print(&text)?;
        let undo = context.command("mfa undo");
        context.ui.note(&format!(
            "it still works at AWS; to get it back here: {undo}; to delete it there: \
             aws iam delete-access-key --access-key-id {id}"
        ));
        Ok(())
    }
}
