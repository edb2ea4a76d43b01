//! Converts errors about access keys for people, with the command to type next.

use std::path::Path;

use crate::app::error::{CommandError, Exit};
use crate::app::hint::Hint;
use crate::app::local_time::local_time;
use crate::aws::keys::KeysError;
use crate::vault::storage::quoted;

impl From<KeysError> for CommandError {
    fn from(error: KeysError) -> Self {
        let kind = match &error {
            KeysError::NotInVault(_) => Exit::NotFound,
            KeysError::Other { .. } | KeysError::InFiles(_) => Exit::Exists,
            KeysError::InEnvironment => Exit::Usage,
            _ => Exit::Failed,
        };
        let told = Self::new(kind, error.to_string());
        let with = |command: &str, profile: &str| {
            format!(
                "mfa aws keys {command} --profile {}",
                quoted(Path::new(profile))
            )
        };
        match error {
            KeysError::InEnvironment => told.with_hint("mfa aws keys add --profile NAME"),
            KeysError::InFiles(profile) => told.with_hint(with("import", &profile)),
            KeysError::AlsoInFiles { others, .. } => {
                let first = others.first().cloned().unwrap_or_default();
                told.with_details(others).with_hint(with("import", &first))
            }
            KeysError::MaybeLost { .. } => told
                .with_details(vec![
                    "its secret is lost if so; if somebody else created it, it is theirs"
                        .to_owned(),
                ])
                .with_hint(Hint::again().word("--delete-lost")),
            KeysError::Elsewhere { .. } => told.with_hint("mfa aws keys import --all"),
            KeysError::OfAnother { keys_of, .. } => told.with_hint(with("import", &keys_of)),
            KeysError::Static { profile, .. } => {
                let profile = quoted(Path::new(&profile));
                told.with_hint(format!("aws configure list --profile {profile}"))
            }
            KeysError::Other { profile, .. } => {
                told.with_hint(format!("{} --replace", with("import", &profile)))
            }
            KeysError::NotInVault(profile) | KeysError::NotDurable(profile) => {
                told.with_hint(with("import", &profile))
            }
            KeysError::Quota {
                profile,
                keys,
                other,
                ..
            } => {
                let other = other.as_deref().unwrap_or("ID");
                let profile = quoted(Path::new(&profile));
                told.with_details(keys).with_hint(format!(
                    "aws iam delete-access-key --access-key-id {other} --profile {profile}"
                ))
            }
            KeysError::OldIsKept { profile, until, .. } => {
                let until = format!("it may be deleted after {}", local_time(until));
                told.with_details(vec![until])
                    .with_hint(format!("{} --delete-old", with("rotate", &profile)))
            }
            KeysError::Unproven { profile, .. } => told.with_hint(with("rotate", &profile)),
        }
    }
}
