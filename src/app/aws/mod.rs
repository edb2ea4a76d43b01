//! What the commands of `mfa aws` share. Implements the host of `crate::aws` with a command's
//! vault, streams and files.

pub(crate) mod args;
mod backups;
pub(crate) mod browser;
mod bucket;
mod choose;
mod credentials;
mod error;
pub(crate) mod files;
mod handover;
pub(crate) mod keys;
mod keys_error;
pub(crate) mod programs;
pub(crate) mod renewing;
pub(crate) mod shells;

use std::path::PathBuf;

use super::clock::Clock;
use super::context::Context;
use super::error::{CommandError, Exit, Result};
use super::local_time::local_time;
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
        files::change(self, file, files::Copies::OfLosses, edit)
    }

    fn move_out_of_aws_file(
        &self,
        file: File,
        edit: impl FnOnce(&str) -> String,
    ) -> Result<Option<PathBuf>> {
        files::change(self, file, files::Copies::Never, |text| Ok(edit(text)))
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
        let told = notice.to_string();
        match notice {
            Notice::ClockSkew(_)
            | Notice::ClockCorrected(_)
            | Notice::PlainText(_)
            | Notice::PlainTextBucket(_)
            | Notice::SerialNotWritten { .. } => {
                self.ui.warn(&told);
            }
            Notice::HasDevice { .. } => {
                let rotate = self.command("mfa aws rotate");
                self.ui.note(&format!("{told}; to replace it: {rotate}"));
            }
            Notice::Forgotten(_) => {
                let devices = self.command("mfa aws devices");
                let told = format!("{told}; to see whether it is enabled: {devices}");
                self.ui.note(&told);
            }
            _ => self.ui.note(&told),
        }
    }
}

fn open_vault(open: Open) -> OpenVault {
    OpenVault {
        seal: StateSeal::new(open.header.vault_id, &open.key),
        vault: open.vault,
    }
}

impl Context {
    /// From now on, asks on the terminal of a program that took the streams.
    pub(crate) const fn ask_beside(&mut self) {
        self.ui.ask_beside();
        self.host.ui.ask_beside();
    }
}

/// Says when a session expires: ` until 18:05, in 8 h`; nothing if that is unknown.
pub(crate) fn until(keys: &Credentials) -> String {
    let time = keys.expires().map(local_time);
    time.map(|time| format!(" until {time}"))
        .unwrap_or_default()
}

/// Asks AWS for the time, without keys. Returns how far off this clock is, and the URL that answered.
///
/// # Errors
/// If nothing answers, or without a date.
pub(crate) fn server_clock(context: &Context) -> Result<(ClockSkew, String)> {
    let mut files = context.aws_files().unwrap_or_default();
    // The time needs no keys, so they may as well be in the locked vault.
    let name = files.name(None).to_owned();
    files.in_vault.insert(name, String::new());
    let (endpoints, trust) = match files.profile(None) {
        Ok(profile) => (
            Endpoints::resolve(&files, &profile)
                .map_err(|error| CommandError::new(Exit::Failed, error.to_string()))?,
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

/// Returns the accounts, and the ARN of a profile's device without asking AWS, for `mfa code --profile`.
/// Fails if the vault cannot be opened, or the profile is missing or names no device.
pub(crate) fn serial_of_profile(context: &mut Context, name: &str) -> Result<(Vault, String)> {
    let (vault, serial) = if context.repository.exists()? {
        let open = context.open_vault()?;
        let (_, profile) = resolve_profile(context, Some(name), &open.vault)?;
        let known = lookup::known_serial(&profile, &open.vault, None);
        let linked = || {
            let linked = lookup::linked(&profile, &open, &context.state);
            Some(lookup::serial_of(linked.first()?).to_owned())
        };
        let serial = known.or_else(linked);
        (open.vault, serial)
    } else {
        let (_, profile) = resolve_profile(context, Some(name), &Vault::default())?;
        (context.accounts_to_choose_from()?, profile.mfa_serial)
    };
    let serial = serial.ok_or_else(|| {
        let message = format!("the AWS profile '{name}' names no MFA device");
        CommandError::new(Exit::NotFound, message).with_hint("mfa aws login")
    })?;
    Ok((vault, serial))
}
