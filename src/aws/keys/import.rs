//! Moves the key of a profile into the vault.

use std::path::PathBuf;

use super::{KeysError, LOCK};
use crate::aws::api::sts;
use crate::aws::config::{
    Conflict, EditError, File, Files, Source, edit, without_key, without_secret,
};
use crate::aws::host::ChangedBackup;
use crate::aws::{Error, Host, ProfileClient};
use crate::otp::AccountId;
use crate::vault::{AccessKey, ProfileKey, Vault};

/// What was done for one profile.
pub(crate) struct Imported {
    /// The key in the vault.
    pub(crate) key: ProfileKey,
    /// Whether the vault did not have it before.
    pub(crate) is_new: bool,
    /// AWS's files that had it.
    pub(crate) removed_from: Vec<PathBuf>,
    /// Backups of these files that had it.
    pub(crate) backups: Vec<ChangedBackup>,
    /// The file in which the profile now runs this program, if that was written.
    pub(crate) serves: Option<PathBuf>,
    /// The setting that keeps the profile from running this program.
    pub(crate) conflict: Option<&'static str>,
    /// Other profiles with the same key in the files.
    pub(crate) twins: Vec<String>,
    /// AWS's files in which the secret still occurs, as in a comment.
    pub(crate) secret_in: Vec<File>,
}

/// The `credential_process` line of a profile.
pub(crate) type ProcessLineOf<'a> = dyn Fn(&str) -> Result<String, EditError> + 'a;

/// Moves the key of a profile from AWS's files into the vault. The profile runs this program from then
/// on. If the vault has the key already, what an interrupted run left is finished.
pub(crate) fn import<H: Host>(
    host: &mut H,
    profile: &str,
    replace: bool,
    line: &ProcessLineOf<'_>,
) -> Result<Imported, H::Error> {
    let _turn = host.state().lock(LOCK)?;
    let vault = vault(host)?;
    let files = host.aws_files()?;
    let found = files.static_key(profile).map_err(|why| {
        let profile = profile.to_owned();
        Error::from(KeysError::Static { profile, why })
    })?;
    match (found, vault.aws_keys.of(profile)) {
        (Some(found), _) => store(host, profile, &found, replace, line),
        (None, Some(own)) => clean(host, own.clone(), false, line),
        (None, None) => Err(no_key(&files, profile).into()),
    }
}

/// Keeps a key that the person typed, as [`import`] does.
pub(crate) fn add<H: Host>(
    host: &mut H,
    profile: &str,
    key: &AccessKey,
    replace: bool,
    line: &ProcessLineOf<'_>,
) -> Result<Imported, H::Error> {
    let _turn = host.state().lock(LOCK)?;
    match host.aws_files()?.static_key(profile) {
        Ok(None) => {}
        Ok(Some(same)) if same == *key => {}
        _ => return Err(Error::from(KeysError::InFiles(profile.to_owned())).into()),
    }
    store(host, profile, key, replace, line)
}

fn vault<H: Host>(host: &mut H) -> Result<Vault, H::Error> {
    let open = host.open_vault_if_any()?;
    Ok(open.map(|open| open.vault).unwrap_or_default())
}

/// Asks AWS who has the key, stores it, and cleans up the files.
fn store<H: Host>(
    host: &mut H,
    profile: &str,
    key: &AccessKey,
    replace: bool,
    line: &ProcessLineOf<'_>,
) -> Result<Imported, H::Error> {
    let vault = vault(host)?;
    match vault.aws_keys.of(profile) {
        Some(own) if own.key == *key => return clean(host, own.clone(), false, line),
        Some(own) if !replace => {
            let (profile, stored) = (profile.to_owned(), own.key.id().to_owned());
            return Err(Error::from(KeysError::Other { profile, stored }).into());
        }
        _ => {}
    }
    let now = host.unix_seconds();
    let mut new = ProfileKey {
        id: AccountId::new(now.saturating_mul(1000), &host.random_bytes()?),
        profile: profile.to_owned(),
        key: key.clone(),
        arn: None,
        created: now,
        updated: now,
        rotation: None,
    };
    new.arn = Some(owner(host, &new)?);
    host.change_vault(|vault| vault.add_aws_key(new.clone(), true))?;
    clean(host, new, true, line)
}

/// Asks AWS who a key belongs to.
fn owner<H: Host>(host: &H, new: &ProfileKey) -> Result<String, H::Error> {
    let mut vault = Vault::default();
    vault.aws_keys.entries.push(new.clone());
    let mut client = ProfileClient::with_vault(host, Some(&new.profile), &vault)?;
    let caller = sts::get_caller_identity(&mut *client.api, &(&new.key).into());
    Ok(client.checked(host, caller)?.arn)
}

/// Takes the key out of AWS's files, once the vault has it for good. First the profile learns to run
/// this program, so that it works at any time.
fn clean<H: Host>(
    host: &H,
    key: ProfileKey,
    is_new: bool,
    line: &ProcessLineOf<'_>,
) -> Result<Imported, H::Error> {
    let ProfileKey { profile, .. } = &key;
    if !host.vault_is_durable() {
        return Err(Error::from(KeysError::NotDurable(profile.clone())).into());
    }
    let files = host.aws_files()?;
    let conflict = match files.conflict_besides_keys(profile) {
        Some(Conflict::Setting(what)) => Some(what),
        Some(Conflict::OwnProcess(source)) if source != *profile => Some("credential_process"),
        _ => None,
    };
    let mut serves = None;
    if conflict.is_none() {
        serves = host.change_aws_file(File::Config, |text| {
            let line = line(profile)?;
            let settings = [("credential_process", Some(line.as_str()))];
            edit(text, File::Config, profile, &settings)
        })?;
    }
    let mut removed_from = Vec::new();
    for file in [File::Credentials, File::Config] {
        let changed =
            host.move_out_of_aws_file(file, |text| without_key(text, file, profile, &key.key))?;
        removed_from.extend(changed);
    }
    let backups = host.change_aws_backups(&|file, text| without_secret(text, file, &key.key))?;
    let mut secret_in = Vec::new();
    for file in [File::Credentials, File::Config] {
        let mut has_secret = false;
        host.change_aws_file(file, |text| {
            has_secret = text.contains(key.key.expose_secret());
            Ok(text.to_owned())
        })?;
        secret_in.extend(has_secret.then_some(file));
    }
    let twins = twins(&host.aws_files()?, &key.key);
    Ok(Imported {
        key,
        is_new,
        removed_from,
        backups,
        serves,
        conflict,
        twins,
        secret_in,
    })
}

/// The profiles whose keys in the files have the same secret.
pub(super) fn twins(files: &Files, key: &AccessKey) -> Vec<String> {
    let is_same = |name: &&str| matches!(files.static_key(name), Ok(Some(own)) if own == *key);
    let names = files.names().into_iter().filter(is_same);
    names.map(ToOwned::to_owned).collect()
}

/// Why a profile has no key in the files.
fn no_key(files: &Files, profile: &str) -> Error {
    let elsewhere = |what: &str| KeysError::Elsewhere {
        profile: profile.to_owned(),
        what: what.to_owned(),
    };
    let resolved = match files.profile(Some(profile)) {
        Ok(resolved) => resolved,
        Err(error) => {
            let near = files.names_like(&error);
            return Error::Profile { error, near };
        }
    };
    match (&resolved.source, resolved.keys_of) {
        (_, Some(keys_of)) if keys_of != profile => KeysError::OfAnother {
            profile: profile.to_owned(),
            keys_of,
        },
        (Source::AwsProgram(name), _) => elsewhere(files.source_of_program(name)),
        _ => elsewhere("credential_process"),
    }
    .into()
}
