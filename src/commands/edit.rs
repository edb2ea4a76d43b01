//! `mfa edit`: other parameters for an account.

use super::Run;
use crate::app::account_args::AccountArgs;
use crate::app::complete::account_names;
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};

/// Change an account's details
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:\n  mfa edit my-iam-user --issuer AWS")]
pub(crate) struct Args {
    /// The account
    #[arg(value_name = "NAME", id = "account",
        add = clap_complete::ArgValueCompleter::new(account_names))]
    account: String,
    #[command(flatten)]
    new: AccountArgs,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        if self.new.is_empty() {
            let message = "nothing to change: no option given";
            return Err(CommandError::new(Exit::Usage, message).with_hint("mfa edit --help"));
        }
        context.edit(&self.account, &self.new, "changed")
    }
}
