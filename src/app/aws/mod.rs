//! What the commands of `mfa aws` share. Implements the host of `crate::aws` with a command's
//! vault, streams and files.

pub(crate) mod args;
mod backups;
mod credentials;
mod error;
pub(crate) mod files;
pub(crate) mod keys;
mod keys_error;
pub(crate) mod programs;

use std::path::{Path, PathBuf};

use super::clock::Clock;
use super::context::Context;
use super::error::{CommandError, Exit, Result};
use crate::aws::api::{Api, Client, ClockSkew, Endpoints, Service};
use crate::aws::config::{EditError, File, Files, Profile, Source};
use crate::aws::{
    ChangedBackup, Credentials, FreshCode, Host, Notice, OpenVault, StateSeal, lookup,
    resolve_profile,
};
use crate::otp::{Account, Code};
use crate::vault::format::random_array;
use crate::vault::repository::Open;
use crate::vault::storage::StateDir;
use crate::vault::storage::quoted;
use crate::vault::{ChangeError, Vault};

impl Host for Context {
    type Error = CommandError;

    fn open_vault(&mut self) -> Result<OpenVault> {
        self.open_existing().map(open_vault)
    }

    fn open_vault_if_any(&mut self) -> Result<Option<OpenVault>> {
        Ok(self.open()?.map(open_vault))
    }

    fn change_vault<T>(
        &mut self,
        change: impl FnOnce(&mut Vault) -> Result<T, ChangeError>,
    ) -> Result<T> {
        self.change(|vault| Ok(change(vault)?))
    }

    fn vault_is_durable(&self) -> bool {
        self.repository.is_durable()
    }

    fn select_account<'a>(&self, vault: &'a Vault, name: &str) -> Result<&'a Account> {
        self.select(vault, &[name.to_owned()])
    }

    fn fresh_code(&mut self, account: &Account, ahead: i64) -> Result<FreshCode> {
        self.take_fresh_code(account, ahead)
    }

    fn give_back(&mut self, account: &Account, unused: &FreshCode) -> Result {
        Self::give_back(self, account, unused)
    }

    fn fresh_pair(&mut self, account: &Account, ahead: i64) -> Result<[Code; 2]> {
        self.take_fresh_pair(account, ahead)
    }

    fn state(&self) -> &StateDir {
        &self.state
    }

    fn aws_files(&self) -> Result<Files> {
        files::load()
    }

    fn change_aws_file(
        &self,
        file: File,
        edit: impl FnOnce(&str) -> Result<String, EditError>,
    ) -> Result<Option<PathBuf>> {
        files::change(self, file, edit)
    }

    fn change_aws_backups(
        &self,
        edit: &dyn Fn(File, &str) -> String,
    ) -> Result<Vec<ChangedBackup>> {
        backups::change(self, edit)
    }

    fn resolve_keys(&self, source: &Source) -> Result<Credentials> {
        credentials::resolve(source)
    }

    fn connect(&self, endpoints: Endpoints, profile: &Profile) -> Result<Box<dyn Api>> {
        let trust = files::trust(Some(profile));
        Ok(Box::new(Client::new(endpoints, trust, files::now)))
    }

    fn unix_seconds(&self) -> u64 {
        Clock::machine_seconds()
    }

    fn random_bytes<const N: usize>(&mut self) -> Result<[u8; N]> {
        Ok(random_array(&mut self.random)?)
    }

    fn notify(&self, notice: &Notice) {
        match notice {
            Notice::ClockSkew(_) | Notice::ClockCorrected(_) | Notice::PlainText(_) => {
                self.ui.warn(&notice.to_string());
            }
            _ => self.ui.note(&notice.to_string()),
        }
    }
}

fn open_vault(open: Open) -> OpenVault {
    OpenVault {
        seal: StateSeal::new(open.header.vault_id, &open.key),
        vault: open.vault,
    }
}

/// Asks AWS for the time, without keys. Returns how far off this clock is, and the URL that answered.
///
/// # Errors
/// If nothing answers, or without a date.
pub(crate) fn server_clock(context: &Context) -> Result<(ClockSkew, String)> {
    let mut files = context.aws_files().unwrap_or_default();
    // The time needs no keys, so they may as well be in the locked vault.
    files.in_vault.insert(files.name(None).to_owned());
    let (endpoints, trust) = match files.profile(None) {
        Ok(profile) => (
            Endpoints::resolve(&files, &profile),
            files::trust(Some(&profile)),
        ),
        // The files may be missing.
        Err(_) => (Endpoints::default(), files::trust(None)),
    };
    let url = endpoints.of(Service::Sts).0;
    let mut client = Client::new(endpoints, trust, files::now);
    // Any answer has a date, also a refusal.
    let answer = client.get(&format!("{url}/"), "Date", &url);
    match (client.clock_skew(), answer) {
        (Some(skew), _) => Ok((skew, url)),
        (None, Err(error)) => Err(CommandError::new(Exit::Failed, error)),
        (None, Ok(_)) => {
            let message = format!("{url} answered without the time");
            Err(CommandError::new(Exit::Failed, message))
        }
    }
}

/// Returns the ARN of a profile's device without asking AWS, for `mfa code --profile`. Fails if the
/// profile is missing or names no device.
pub(crate) fn serial_of_profile(
    context: &mut Context,
    vault: &Vault,
    name: &str,
) -> Result<String> {
    let (_, profile) = resolve_profile(context, Some(name), vault)?;
    let known = lookup::known_serial(&profile, vault, None);
    let serial = match known {
        None if !vault.accounts.is_empty() => {
            let open = context.open_vault()?;
            let linked = lookup::linked(&profile, &open, &context.state);
            linked
                .first()
                .map(|account| lookup::serial_of(account).to_owned())
        }
        known => known,
    };
    serial.ok_or_else(|| {
        let message = format!("the AWS profile '{name}' names no MFA device");
        let hint = format!("mfa aws login --profile {}", quoted(Path::new(name)));
        CommandError::new(Exit::NotFound, message).with_hint(hint)
    })
}
