//! `mfa aws keys import`: moves access keys from AWS's files into the vault.

use crate::app::aws::args::ProfileArgs;
use crate::app::aws::keys::{process_line, report};
use crate::app::aws::renewing::remove_abandoned;
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::aws::config::StaticKeyError;
use crate::aws::keys::{ProcessLineOf, import, profile_with_keys};
use crate::aws::{Host, Selection};
use crate::commands::Run;
use crate::ui::escape;

/// Move an access key from ~/.aws into the vault
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "AWS is asked first whether the key works. The key leaves ~/.aws, and the backups that mfa left there, once the vault has it. From then on the profile itself runs mfa, so 'aws --profile work' works as before.\n\nExample:\n  mfa aws keys import --profile work"
)]
pub(crate) struct Args {
    #[command(flatten)]
    profile: ProfileArgs,
    /// Import the keys of every profile in ~/.aws
    #[arg(long, conflicts_with = "profile")]
    all: bool,
    /// Replace another key that the vault has for this profile
    #[arg(long)]
    replace: bool,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let selection: Selection = self.profile.into();
        // Copies of the config file, which killed runs of `exec --refresh` left, may have keys.
        remove_abandoned(&context.state);
        let line = process_line(context);
        if self.all {
            return all(context, self.replace, &line);
        }
        let profile = profile_with_keys(context, selection.profile.as_deref())?;
        let done = import(context, &profile, self.replace, &line)?;
        report(context, &done)
    }
}

/// Imports every profile with a long-term key. A failure is told, and the rest go on.
fn all(context: &mut Context, replace: bool, line: &ProcessLineOf<'_>) -> Result {
    let files = context.aws_files()?;
    let names = files.names().into_iter().map(ToOwned::to_owned);
    let names: Vec<_> = names
        .filter(|name| match files.static_key(name) {
            Ok(key) => key.is_some(),
            Err(StaticKeyError::Session) => {
                let name = escape(name);
                context
                    .ui
                    .note(&format!("skipped {name}: its keys are a session's"));
                false
            }
            Err(_) => true,
        })
        .collect();
    if names.is_empty() {
        context
            .ui
            .note("no profile in AWS's files has an access key");
        return Ok(());
    }
    let mut failed = Vec::new();
    for name in &names {
        match import(context, name, replace, line) {
            Ok(mut done) => {
                // They follow, and have the secret.
                if !done.twins.is_empty() {
                    done.secret_in.clear();
                }
                done.twins.retain(|twin| !names.contains(twin));
                report(context, &done)?;
            }
            Err(error) => {
                failed.push(format!("{}: {error}", escape(name)));
            }
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    let message = format!("{} of {} keys were not imported", failed.len(), names.len());
    Err(CommandError::new(Exit::Failed, message).with_details(failed))
}
