//! `mfa aws login`: starts a session, from the cache or from AWS.

use std::path::Path;

use crate::app::aws::args::SessionArgs;
use crate::app::aws::files;
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::app::hint::Hint;
use crate::app::local_time::local_time;
use crate::aws::config::{Conflict, File, profile_name, write_session};
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

impl Args {
    pub(super) const fn of(session: SessionArgs) -> Self {
        Self {
            session,
            write_to: None,
            renew: false,
        }
    }
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let mut selection: Selection = self.session.into();
        context.choose_profile(&mut selection)?;
        if let Some(profile) = &self.write_to {
            spare_profile(context, profile)?;
        }
        let session = session(context, &selection, self.renew)?;
        print_expiration(context, &session)?;
        if let Some(profile) = &self.write_to {
            return write_profile(context, &session, profile);
        }
        let setup = context.command("mfa aws setup");
        context.ui.note(&format!("try: {setup}"));
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
    context.change_aws_file(File::Credentials, |text| {
        write_session(text, profile, &session.keys)
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

/// Fails if `profile` has keys that may have no other copy, or a setting that AWS's tools would use
/// instead of the session.
fn spare_profile(context: &Context, profile: &str) -> Result {
    let files = context.aws_files()?;
    let another = Hint::again().option("as", "ANOTHER");
    let (why, hint) = match files.conflict_with_session(profile) {
        None => return Ok(()),
        Some(Conflict::Setting("access keys")) => (
            "has its own access keys, which would be lost".to_owned(),
            another,
        ),
        Some(Conflict::Setting(what)) => {
            let why =
                format!("has {what}, which AWS's tools would not use together with a session");
            (why, another)
        }
        Some(Conflict::OwnProcess(source)) => {
            let profile = quoted(Path::new(profile));
            // Until the keys of an earlier session are gone, they are used instead of the command.
            let hint = if files.has_own_session(&profile) {
                let source = quoted(Path::new(&source));
                format!("mfa aws setup --profile {source} --as {profile}").into()
            } else {
                format!("aws --profile {profile} sts get-caller-identity").into()
            };
            (
                "runs mfa for its sessions, so it needs no login".to_owned(),
                hint,
            )
        }
    };
    let message = format!("the profile '{profile}' {why}");
    Err(CommandError::new(Exit::Exists, message).with_hint(hint))
}
