//! `mfa aws setup`: a profile that all of AWS's tools use without a prompt.

use std::path::Path;

use super::connect::Connection;
use super::{Which, files};
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::aws::arn::Arn;
use crate::aws::ini::{File, edit, profile_name};
use crate::aws::keys::Keys;
use crate::aws::profile::Source;
use crate::commands::Run;
use crate::ui::escape;
use crate::vault::storage::quoted;

/// Write a profile with which aws, Terraform, CDK and the SDKs need no prompt
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    which: Which,
    /// The new profile's name [default: the profile's with -mfa after it]
    #[arg(long = "as", value_name = "NAME", value_parser = profile_name)]
    name: Option<String>,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let connection = Connection::new(&self.which)?;
        let Some(source) = connection.profile.name.clone() else {
            let message =
                "the keys are in the environment: setup needs a profile to take them from";
            return Err(CommandError::new(Exit::Failed, message).with_hint("aws configure"));
        };
        gives_sessions(&connection)?;
        let another = format!("mfa aws setup{} --as NAME", self.which.option());
        let name = match &self.name {
            Some(name) => name.clone(),
            None => profile_name(&format!("{source}-mfa"))
                .map_err(|why| CommandError::new(Exit::Usage, why).with_hint(another.clone()))?,
        };
        if name == source {
            let message = "the new profile needs another name than the one that has the keys";
            return Err(CommandError::new(Exit::Usage, message).with_hint(another));
        }
        if let Some(what) = connection.files.in_the_way(&name) {
            let message = format!(
                "the profile '{name}' has {what} of its own, which AWS's tools would take, or which \
                 would be lost: take it out, or choose another name"
            );
            return Err(CommandError::new(Exit::Exists, message).with_hint(another));
        }
        let command = self.command(context, &source)?;
        let profile = &connection.profile;
        let settings = [
            ("region", &profile.region),
            ("endpoint_url", &profile.endpoint),
            ("ca_bundle", &profile.ca_bundle),
        ];
        // What the person has set there stays.
        let present = connection.files.config.get(&name);
        let is_new = |key: &str| present.is_none_or(|section| !section.contains_key(key));
        let settings = settings.into_iter().filter(|(key, _)| is_new(key));
        let settings = settings.filter_map(|(key, value)| Some((key, Some(value.as_deref()?))));
        let process = ("credential_process", Some(command.as_str()));
        let settings: Vec<_> = std::iter::once(process).chain(settings).collect();
        let written = files::change(context, File::Config, |text| {
            edit(text, File::Config, &name, &settings)
        })?;
        let path = files::path_of(File::Config)?.display().to_string();
        let text = match written {
            Some(_) => format!("wrote profile {} to {}\n", escape(&name), escape(&path)),
            None => format!(
                "profile {} is in {} already\n",
                escape(&name),
                escape(&path)
            ),
        };
        context.ui.print(&text)?;
        let exists = context.repository.load()?.is_some();
        if exists && context.repository.opens_by_itself(&context.host).is_none() {
            context.ui.note(
                "the vault asks for its passphrase, and nobody is there to be asked: 'mfa unlock' \
                 opens it for a day, 'mfa vault keyring on' for as long as you are logged in",
            );
        }
        let quoted = quoted(Path::new(&name));
        context.ui.note(&format!(
            "try: aws --profile {quoted} sts get-caller-identity"
        ));
        Ok(())
    }
}

/// Refuses a profile that `login` would refuse, as far as that can be known without AWS.
fn gives_sessions(connection: &Connection) -> Result {
    let profile = &connection.profile;
    let is_session = matches!(&profile.source, Source::Keys(keys) if Keys::is_session(keys));
    let message = if is_session && profile.role.is_none() {
        format!(
            "the keys of {} are those of a session already",
            connection.shown_name()
        )
    } else {
        let serial = profile.mfa_serial.as_deref();
        match serial.filter(|serial| Arn::parse(serial).is_some_and(|a| !a.is_virtual_mfa())) {
            Some(serial) => format!("{serial} is a security key: it gives no codes"),
            None => return Ok(()),
        }
    };
    Err(CommandError::new(Exit::Failed, message).with_hint("mfa aws setup --profile NAME"))
}

impl Args {
    /// The line that AWS's tools run: no shell may be there, so no variable is in it.
    fn command(&self, context: &mut Context, source: &str) -> Result<String> {
        let mut words = vec![quoted(&files::own_path())];
        if context.vault_was_named {
            words.push("--vault".to_owned());
            words.push(quoted(context.repository.path()));
        }
        words.extend(["aws", "credential-process", "--profile"].map(str::to_owned));
        words.push(quoted(Path::new(source)));
        if let Some(seconds) = self.which.duration {
            words.push(format!("--duration {seconds}"));
        }
        if let Some(name) = &self.which.account {
            let vault = context.accounts()?;
            let account = context.select(&vault, Some(name))?.full_name();
            words.push(format!("--account {}", quoted(Path::new(&account))));
        }
        Ok(words.join(" "))
    }
}
