//! `mfa aws login`: a session, got now.

use std::path::Path;

use super::session::session;
use super::{Which, files};
use crate::app::clock::rfc3339_seconds;
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::aws::ini::{File, edit, profile_name};
use crate::commands::Run;
use crate::ui::escape;
use crate::vault::storage::quoted;

/// Get a session with a fresh code; it is kept until it ends
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    which: Which,
    /// Write the session's keys as this profile of ~/.aws/credentials
    #[arg(long = "as", value_name = "NAME", value_parser = profile_name)]
    write_to: Option<String>,
    /// Get a new one, also when there is one that is good
    #[arg(long)]
    renew: bool,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        if let Some(profile) = &self.write_to {
            self.spare_keys(profile)?;
        }
        let session = session(context, &self.which, self.renew)?;
        let name = session.connection.shown_name().to_owned();
        let until = rfc3339_seconds(session.keys.expires().unwrap_or_default());
        let minutes = session.left().div_ceil(60);
        let left = format!("{} h {:02} min", minutes / 60, minutes % 60);
        let how = if session.is_new {
            "logged in"
        } else {
            "logged in already"
        };
        context.ui.print(&format!(
            "{how} as {} until {until} ({left} left)\n",
            escape(&name)
        ))?;
        if let Some(profile) = &self.write_to {
            let keys = &session.keys;
            let settings = [
                ("aws_access_key_id", Some(keys.id.as_str())),
                ("aws_secret_access_key", Some(keys.secret.as_str())),
                ("aws_session_token", keys.token.as_deref()),
            ];
            files::change(context, File::Credentials, |text| {
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
        } else {
            let option = self.which.option();
            context.ui.note(&format!("try: mfa aws setup{option}"));
        }
        Ok(())
    }
}

impl Args {
    /// Keys that last are nowhere else: a session never takes their place.
    fn spare_keys(&self, profile: &str) -> Result {
        if !files::load()?.has_lasting_keys(profile) {
            return Ok(());
        }
        let message = format!("the profile '{profile}' has keys of its own, which would be lost");
        let hint = format!("mfa aws login{} --as ANOTHER", self.which.option());
        Err(CommandError::new(Exit::Exists, message).with_hint(hint))
    }
}
