//! `mfa rename`: another name for an account.

use super::Run;
use crate::app::account_args::Overrides;
use crate::app::context::Context;
use crate::app::error::Result;

/// Rename an account
#[derive(Debug, clap::Args)]
#[command(after_help = "NEW is a name, or issuer:name to change both.")]
pub struct Args {
    /// The account
    #[arg(add = clap_complete::ArgValueCompleter::new(crate::app::complete::account_names))]
    old: String,
    /// Its new name
    new: String,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let vault = context.accounts()?;
        let id = context.select(&vault, Some(&self.old))?.id;
        let (issuer, name) = match self.new.split_once(':') {
            Some((issuer, name)) => (Some(issuer.to_owned()), name.trim_start().to_owned()),
            None => (None, self.new.clone()),
        };
        let overrides = Overrides {
            issuer,
            name: Some(name),
            ..Overrides::default()
        };
        context.edit(id, &overrides, "renamed")
    }
}
