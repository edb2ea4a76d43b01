//! `mfa rename`: another name for an account.

use super::Run;
use crate::app::account_args::AccountArgs;
use crate::app::complete::account_names;
use crate::app::context::Context;
use crate::app::error::Result;

/// Rename an account
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "NEW is a name, or ISSUER:NAME to change both.\n\nExample:\n  mfa rename my-iam-user AWS:work"
)]
pub(crate) struct Args {
    /// The account
    #[arg(add = clap_complete::ArgValueCompleter::new(account_names))]
    old: String,
    /// Its new name
    new: String,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let (issuer, name) = match self.new.split_once(':') {
            Some((issuer, name)) => (Some(issuer.to_owned()), name.trim_start().to_owned()),
            None => (None, self.new.clone()),
        };
        let new = AccountArgs {
            issuer,
            name: Some(name),
            ..AccountArgs::default()
        };
        context.edit(&self.old, &new, "renamed")
    }
}
