//! What the commands about access keys share.

use std::path::Path;

use crate::app::aws::args::ProfileArgs;
use crate::app::aws::files;
use crate::app::aws::programs::own_path;
use crate::app::context::Context;
use crate::app::error::Result;
use crate::aws::config::{EditError, ProcessLine};
use crate::aws::keys::Imported;
use crate::aws::{Host, Selection};
use crate::ui::escape;
use crate::vault::ProfileKey;
use crate::vault::storage::quoted;

/// The name of the profile that a command is about: keys in the environment do not matter to it.
///
/// # Errors
/// If AWS's files cannot be read.
pub(crate) fn named_profile(context: &Context, profile: ProfileArgs) -> Result<String> {
    let selection: Selection = profile.into();
    let files = context.aws_files()?;
    Ok(files.name(selection.profile.as_deref()).to_owned())
}

/// The `credential_process` line of a profile whose key is in the vault.
pub(crate) fn process_line(
    context: &Context,
) -> impl Fn(&str) -> std::result::Result<String, EditError> + use<> {
    let vault = context
        .vault_was_named
        .then(|| context.repository.path().to_owned());
    let program = own_path();
    move |profile: &str| {
        let line = ProcessLine {
            program: &program,
            vault: vault.as_deref(),
            source: profile,
            duration: None,
            account: None,
        };
        line.text()
    }
}

/// `alice in 123456789012`, from the ARN of a user; the ARN itself for others.
pub(crate) fn owner(key: &ProfileKey) -> String {
    let arn = key.arn.as_deref().unwrap_or_default();
    let parsed = crate::aws::arn::Arn::parse(arn);
    match parsed.filter(|arn| arn.kind == "user") {
        Some(user) => format!("{} in {}", user.name(), user.account),
        None => arn.to_owned(),
    }
}

/// Tells what was stored, and each plain copy that was removed or is left.
pub(crate) fn report(context: &Context, done: &Imported) -> Result {
    let Imported { key, .. } = done;
    let profile = escape(&key.profile).into_owned();
    let id = escape(key.key.id()).into_owned();
    let mut text = if done.is_new {
        let owner = owner(key);
        format!(
            "the vault now has the access key {id} of {profile} ({})\n",
            escape(&owner)
        )
    } else {
        format!("the vault already has the access key {id} of {profile}\n")
    };
    for path in &done.removed_from {
        let path = path.display().to_string();
        text.push_str(&format!("removed it from {}\n", escape(&path)));
    }
    for backup in done.backups.iter().filter(|backup| backup.failed.is_none()) {
        let path = backup.path.display().to_string();
        text.push_str(&format!("removed it from the backup {}\n", escape(&path)));
    }
    if let Some(path) = &done.serves {
        let path = path.display().to_string();
        text.push_str(&format!(
            "the profile {profile} in {} now runs mfa\n",
            escape(&path)
        ));
    }
    context.ui.print(&text)?;
    let quoted = |profile: &str| quoted(Path::new(profile));
    for backup in &done.backups {
        if let Some(why) = &backup.failed {
            let path = backup.path.display();
            context.ui.warn(&format!("{path} still has the key: {why}"));
        }
    }
    // Those of other profiles are told by their names.
    for file in done.secret_in.iter().filter(|_| done.twins.is_empty()) {
        let path = files::path_of(*file)?;
        context.ui.warn(&format!(
            "the secret is still in {}, as in a comment: remove it by hand",
            path.display()
        ));
    }
    for twin in &done.twins {
        let warning = format!("the profile '{twin}' still has the same key in AWS's files");
        context.ui.warn(&warning);
        let command = format!("mfa aws keys import --profile {}", quoted(twin));
        let command = context.command(command);
        context.ui.note(&format!("try: {command}"));
    }
    let profile = quoted(&key.profile);
    if let Some(what) = done.conflict {
        let command = format!("mfa aws setup --profile {profile} --as NAME");
        context.ui.note(&format!(
            "programs cannot use this profile itself, because it has {what}; try: {}",
            context.command(command)
        ));
    } else {
        let command = format!("aws --profile {profile} sts get-caller-identity");
        context.ui.note(&format!("try: {command}"));
    }
    Ok(())
}
