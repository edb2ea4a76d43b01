//! `mfa aws setup`: a profile that all of AWS's tools use without a prompt.

use super::super::Run;
use super::super::context::Context;
use super::super::failure::{Exit, Failure, Outcome};
use super::connect::Connection;
use super::{Which, files};
use crate::aws::ini::{File, edit};
use crate::ui::escape;
use crate::vault::file::quoted;

/// Write a profile with which aws, Terraform, CDK and the SDKs need no prompt
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    which: Which,
    /// The new profile's name [default: the profile's with -mfa after it]
    #[arg(long = "as", value_name = "NAME")]
    name: Option<String>,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Outcome {
        let connection = Connection::new(&self.which)?;
        let Some(source) = connection.profile.name.clone() else {
            let message =
                "the keys are in the environment: setup needs a profile to take them from";
            return Err(Failure::new(Exit::Failed, message).with_hint("aws configure"));
        };
        let name = self.name.clone().unwrap_or_else(|| format!("{source}-mfa"));
        if name == source {
            let message = "the new profile needs another name than the one that has the keys";
            return Err(Failure::new(Exit::Usage, message).with_hint("mfa aws setup --as NAME"));
        }
        if connection.files.has_static_keys(&name) {
            let message = format!(
                "the profile '{name}' has keys of its own, which AWS's tools take before any \
                 credential_process: take them out, or choose another name"
            );
            return Err(Failure::new(Exit::Exists, message)
                .with_hint(format!("mfa aws setup --profile {source} --as NAME")));
        }
        let command = self.command(context, &source);
        let settings = [
            ("credential_process", Some(command.as_str())),
            ("region", connection.profile.region.as_deref()),
            ("endpoint_url", connection.profile.endpoint.as_deref()),
        ];
        let settings: Vec<_> = settings.into_iter().filter(|(_, v)| v.is_some()).collect();
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
        context.ui.answer(&text)?;
        context.ui.note(&format!(
            "try: aws --profile {name} sts get-caller-identity"
        ));
        Ok(())
    }
}

impl Args {
    /// The line that AWS's tools run: no shell may be there, so no variable is in it.
    fn command(&self, context: &Context, source: &str) -> String {
        let mut words = vec![quoted(&files::own_path())];
        if context.vault_was_named {
            words.push("--vault".to_owned());
            words.push(quoted(context.store.path()));
        }
        words.extend(["aws", "credential-process", "--profile"].map(str::to_owned));
        words.push(quoted(std::path::Path::new(source)));
        if let Some(seconds) = self.which.duration {
            words.push(format!("--duration {seconds}"));
        }
        words.join(" ")
    }
}
