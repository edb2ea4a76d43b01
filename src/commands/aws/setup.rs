//! `mfa aws setup`: adds a profile that AWS's tools use without a prompt.

use std::path::{Path, PathBuf};

use crate::app::aws::args::SessionArgs;
use crate::app::aws::{files, programs};
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::app::hint::Hint;
use crate::aws::config::{
    Conflict, File, ProcessLine, edit, process_settings, profile_name, remove_session,
};
use crate::aws::session::check_profile;
use crate::aws::{Host, ProfileClient, Selection};
use crate::commands::Run;
use crate::ui::escape;
use crate::vault::Vault;
use crate::vault::storage::quoted;

/// Add a profile that needs no prompts, for aws and SDKs
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:\n  mfa aws setup --profile work")]
pub(crate) struct Args {
    #[command(flatten)]
    session: SessionArgs,
    /// Name of the new profile [default: PROFILE-mfa; PROFILE itself with keys in the vault]
    #[arg(long = "as", value_name = "NAME", value_parser = profile_name)]
    name: Option<String>,
    /// Print the profile instead of writing it
    #[arg(long)]
    print: bool,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let selection: Selection = self.session.into();
        // A locked vault does not matter to a profile that the files have.
        let vault = match context.accounts_if_any() {
            Err(error) if error.kind == Exit::Locked => Vault::default(),
            vault => vault?,
        };
        let profile = selection.profile.as_deref();
        let client = ProfileClient::with_vault(context, profile, &vault)?;
        let Some(source) = client.profile.name.clone() else {
            let message =
                "setup needs a profile to take the keys from, but they are in the environment";
            return Err(CommandError::new(Exit::Failed, message).with_hint("aws configure"));
        };
        check_profile(&client).map_err(|error| {
            let message = error.to_string();
            CommandError::new(Exit::Failed, message)
                .with_hint(Hint::again().option("profile", "NAME"))
        })?;
        let name = new_name(&client, self.name, &source)?;
        let line = process_line(context, &selection, &source)?;
        if self.print {
            return print(context, &client, &name, &line);
        }
        let present = client.files.config.get(&name);
        let settings = process_settings(&client.profile, present, &line);
        let written = context.change_aws_file(File::Config, |text| {
            edit(text, File::Config, &name, &settings)
        });
        let written = written
            .map_err(|error| error.with_hint(Hint::again().option("as", &name).word("--print")))?;
        let repaired = remove_own_session(context, &client, &name)?;
        report(context, &name, written.or(repaired).is_some())
    }
}

/// Chooses the profile to write. Fails if that would override or delete other settings.
fn new_name(client: &ProfileClient, named: Option<String>, source: &str) -> Result<String> {
    let another = Hint::again().option("as", "NAME");
    let refused = |kind: Exit, why: String| CommandError::new(kind, why).with_hint(another.clone());
    let name = match named {
        Some(name) => name,
        // With its keys in the vault, a profile can run mfa itself.
        None if client.files.in_vault.contains_key(source) => source.to_owned(),
        None => profile_name(&format!("{source}-mfa"))
            .map_err(|why| refused(Exit::Usage, why.to_string()))?,
    };
    if name == source && !client.files.in_vault.contains_key(source) {
        let message = "the new profile needs a different name from the one with the keys";
        return Err(refused(Exit::Usage, message.to_owned()));
    }
    if let Some(Conflict::OwnProcess(other)) = client.files.conflict_besides_keys(&name)
        && other != source
    {
        let message = format!("the profile '{name}' already runs mfa for the profile '{other}'");
        return Err(refused(Exit::Exists, message));
    }
    if let Some(Conflict::Setting(what)) = client.files.conflict_with_process(&name) {
        let message = format!(
            "the profile '{name}' already has {what}, which would be lost or override the new \
             settings: remove it, or choose another name"
        );
        return Err(refused(Exit::Exists, message));
    }
    Ok(name)
}

/// Prints the section, for files that another program writes, such as Nix.
fn print(context: &Context, client: &ProfileClient, name: &str, line: &str) -> Result {
    let settings = process_settings(&client.profile, None, line);
    let section = edit("", File::Config, name, &settings)
        .map_err(|why| CommandError::new(Exit::Failed, why.to_string()))?;
    context.ui.print(&section)?;
    if client.files.has_own_session(name) {
        let path = files::path_of(File::Credentials)?;
        context.ui.note(&format!(
            "remove the section {name} from {}: its keys would be used instead",
            path.display()
        ));
    }
    Ok(())
}

/// Removes a session that `mfa aws login --as` wrote: its keys would be used instead of the new
/// settings, also once they have expired.
fn remove_own_session(
    context: &Context,
    client: &ProfileClient,
    name: &str,
) -> Result<Option<PathBuf>> {
    if !client.files.has_own_session(name) {
        return Ok(None);
    }
    let removed = context.change_aws_file(File::Credentials, |text| remove_session(text, name))?;
    if let Some(path) = &removed {
        let path = path.display();
        context.ui.note(&format!(
            "removed the session of profile {name} from {path}"
        ));
    }
    Ok(removed)
}

fn process_line(context: &mut Context, selection: &Selection, source: &str) -> Result<String> {
    let account = match &selection.account {
        Some(name) => {
            let vault = context.accounts()?;
            Some(context.select(&vault, std::slice::from_ref(name))?.id)
        }
        None => None,
    };
    let line = ProcessLine {
        program: &programs::own_path(),
        vault: context.vault_was_named.then(|| context.repository.path()),
        source,
        duration: selection.duration,
        account,
    };
    line.text()
        .map_err(|why| CommandError::new(Exit::Failed, why.to_string()))
}

fn report(context: &Context, name: &str, is_written: bool) -> Result {
    let path = files::path_of(File::Config)?.display().to_string();
    let (shown, path) = (escape(name), escape(&path));
    let text = if is_written {
        format!("wrote profile {shown} to {path}\n")
    } else {
        format!("profile {shown} is already in {path}\n")
    };
    context.ui.print(&text)?;
    let exists = context.repository.load()?.is_some();
    if exists && context.repository.opens_by_itself(&context.host).is_none() {
        context.ui.note(&format!(
            "the vault has a passphrase; programs can use the profile while it is unlocked: {}, or {}",
            context.command("mfa unlock"),
            context.command("mfa vault keyring on")
        ));
    }
    let quoted = quoted(Path::new(name));
    context.ui.note(&format!(
        "try: aws --profile {quoted} sts get-caller-identity"
    ));
    Ok(())
}
