//! `mfa aws login`: starts a session, from the cache or from AWS.

use std::path::Path;

use crate::app::aws::args::{SessionArgs, options};
use crate::app::aws::files;
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::app::local_time::local_time;
use crate::aws::config::{File, edit, profile_name, session_settings};
use crate::aws::session::{Session, session};
use crate::aws::{Host, Selection};
use crate::commands::Run;
use crate::ui::escape;
use crate::vault::storage::quoted;

/// Start a session with a new code
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:\n  mfa aws login --profile work --duration 8h")]
pub(crate) struct Args {
    #[command(flatten)]
    session: SessionArgs,
    /// Write the session to ~/.aws/credentials as this profile
    #[arg(long = "as", value_name = "NAME", value_parser = profile_name)]
    write_to: Option<String>,
    /// Renew the session even if it is still valid
    #[arg(long)]
    renew: bool,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let selection: Selection = self.session.into();
        if let Some(profile) = &self.write_to {
            spare_keys(context, &selection, profile)?;
        }
        let session = session(context, &selection, self.renew)?;
        print_expiration(context, &session)?;
        if let Some(profile) = &self.write_to {
            return write_profile(context, &session, profile);
        }
        let options = options(&selection);
        context.ui.note(&format!("try: mfa aws setup{options}"));
        Ok(())
    }
}

fn print_expiration(context: &Context, session: &Session) -> Result {
    let name = session.client.display_name();
    let until = local_time(session.keys.expires().unwrap_or_default());
    let how = if session.is_new {
        "logged in"
    } else {
        "already logged in"
    };
    let name = escape(name);
    let text = format!("{how} as {name} until {until}\n");
    Ok(context.ui.print(&text)?)
}

fn write_profile(context: &Context, session: &Session, profile: &str) -> Result {
    let settings = session_settings(&session.keys);
    context.change_aws_file(File::Credentials, |text| {
        edit(text, File::Credentials, profile, &settings)
    })?;
    let path = files::path_of(File::Credentials)?.display().to_string();
    context.ui.print(&format!(
        "wrote profile {} to {}\n",
        escape(profile),
        escape(&path)
    ))?;
    let profile = quoted(Path::new(profile));
    context.ui.note(&format!(
        "try: aws --profile {profile} sts get-caller-identity"
    ));
    Ok(())
}

/// Fails if `profile` has long-term keys, which may have no other copy.
fn spare_keys(context: &Context, selection: &Selection, profile: &str) -> Result {
    if !context.aws_files()?.has_long_term_keys(profile) {
        return Ok(());
    }
    let message = format!("the profile '{profile}' has its own access keys, which would be lost");
    let hint = format!("mfa aws login{} --as ANOTHER", options(selection));
    Err(CommandError::new(Exit::Exists, message).with_hint(hint))
}
