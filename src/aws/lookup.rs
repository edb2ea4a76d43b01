//! Finds the MFA device and the account of the vault that belong to a profile.
//!
//! First without AWS: the link of the named account, the profile's `mfa_serial`, or the only account
//! linked to the profile. Otherwise AWS lists the user's devices, and the oldest one in the vault is
//! used. If the user may not list them, the oldest account linked to the profile is used.

use super::api::iam;
use super::arn::Arn;
use super::config::Profile;
use super::unfinished::Unfinished;
use super::{Credentials, Error, Host, OpenVault, ProfileClient, Selection};
use crate::otp::Account;
use crate::vault::storage::StateDir;
use crate::vault::{Vault, by_serial};

/// The ARN of the account's device; empty if none is linked.
pub(crate) fn serial_of(account: &Account) -> &str {
    account.aws.as_ref().map_or("", |link| &link.serial)
}

pub(super) fn named_account<'a, H: Host>(
    host: &H,
    vault: &'a Vault,
    selection: &Selection,
) -> Result<Option<&'a Account>, H::Error> {
    let name = selection.account.as_deref();
    name.map(|name| host.select_account(vault, name))
        .transpose()
}

/// The profile's device, if it is known without asking AWS.
pub(crate) fn known_serial(
    profile: &Profile,
    vault: &Vault,
    named: Option<&Account>,
) -> Option<String> {
    let of = |account: &Account| account.aws.as_ref().map(|link| link.serial.clone());
    let mut linked = linked_to(profile, vault);
    let only = || match (linked.next(), linked.next()) {
        (Some(only), None) => of(only),
        _ => None,
    };
    named
        .and_then(of)
        .or_else(|| profile.mfa_serial.clone())
        .or_else(only)
}

/// The accounts linked to a profile, best first. A cached session of any of them can be used.
pub(crate) fn linked<'a>(
    profile: &Profile,
    open: &'a OpenVault,
    state: &StateDir,
) -> Vec<&'a Account> {
    let unfinished = Unfinished::all(state, open);
    let mut linked: Vec<_> = linked_to(profile, &open.vault).collect();
    linked.sort_by_key(|account| preference(account, &unfinished));
    linked
}

fn linked_to<'a>(profile: &Profile, vault: &'a Vault) -> impl Iterator<Item = &'a Account> {
    let own = [&profile.name, &profile.keys_of];
    vault.accounts.iter().filter(move |account| {
        let profile = account.aws.as_ref().and_then(|link| link.profile.as_ref());
        profile.is_some_and(|p| own.iter().any(|name| name.as_ref() == Some(p)))
    })
}

/// Sort key: accounts in use come before unfinished ones, then the oldest first.
fn preference(account: &Account, unfinished: &[Unfinished]) -> (bool, u64) {
    let is_unfinished = unfinished.iter().any(|u| u.account == account.id);
    (is_unfinished, account.created)
}

/// Asks AWS for the user's devices, and picks the best one in the vault. With `is_named`, the person
/// named the account, which is linked to no device: then it must be the user's only virtual device. The
/// inner error is that no device fits.
pub(super) fn find_serial<H: Host>(
    host: &H,
    client: &mut ProfileClient,
    open: &OpenVault,
    is_named: bool,
    keys: &Credentials,
) -> Result<Result<String, Error>, H::Error> {
    let user = client.user(host, keys)?.name;
    let devices = match iam::list(&mut *client.api, keys, &user) {
        Err(error) if error.code() == Some("AccessDenied") => {
            let linked = linked(&client.profile, open, host.state());
            let best = linked.first().filter(|_| !is_named);
            let best = best.map(|best| serial_of(best).to_owned());
            return Ok(best.ok_or(Error::Unlisted { user, error }));
        }
        devices => client.checked(host, devices)?,
    };
    let devices: Vec<_> = devices.into_iter().map(|device| device.serial).collect();
    Ok(if is_named {
        only_virtual(user, devices)
    } else {
        best_in_vault(host.state(), open, user, devices)
    })
}

fn only_virtual(user: String, devices: Vec<String>) -> Result<String, Error> {
    let mut fits = devices.iter().filter(|serial| is_virtual(serial));
    match (fits.next(), fits.next()) {
        (Some(one), None) => Ok(one.clone()),
        (Some(_), Some(_)) => Err(Error::SeveralDevices { user, devices }),
        (None, _) => Err(none_usable(user, devices)),
    }
}

fn best_in_vault(
    state: &StateDir,
    open: &OpenVault,
    user: String,
    devices: Vec<String>,
) -> Result<String, Error> {
    let unfinished = Unfinished::all(state, open);
    let known = devices.iter().filter_map(|serial| {
        let account = by_serial(&open.vault.accounts, serial)?;
        Some((preference(account, &unfinished), serial))
    });
    let best = known.min().map(|(_, serial)| serial.clone());
    best.ok_or_else(|| none_usable(user, devices))
}

fn none_usable(user: String, devices: Vec<String>) -> Error {
    if devices.is_empty() {
        Error::NoDevice(user)
    } else {
        Error::NoCodes { user, devices }
    }
}

fn is_virtual(serial: &str) -> bool {
    Arn::parse(serial).is_some_and(|arn| arn.is_virtual_mfa())
}

/// The device that a command is about; asks AWS if it must.
pub(crate) fn device<H: Host>(
    host: &H,
    client: &mut ProfileClient,
    open: &OpenVault,
    selection: &Selection,
) -> Result<String, H::Error> {
    let named = named_account(host, &open.vault, selection)?;
    if let Some(serial) = known_serial(&client.profile, &open.vault, named) {
        return Ok(serial);
    }
    let keys = client.keys(host)?;
    let found = find_serial(host, client, open, named.is_some(), &keys)?;
    Ok(found.map_err(|error| client.of_profile(error))?)
}

/// The named account, or else the account of a device.
pub(crate) fn account_for<'a, H: Host>(
    host: &H,
    vault: &'a Vault,
    selection: &Selection,
    serial: &str,
) -> Result<&'a Account, H::Error> {
    match named_account(host, vault, selection)? {
        Some(account) => Ok(account),
        None => Ok(account_of(vault, serial)?),
    }
}

/// The account of a device, for commands that destroy it. Fails if another account was named.
pub(crate) fn own_account<'a, H: Host>(
    host: &H,
    vault: &'a Vault,
    selection: &Selection,
    serial: &str,
) -> Result<&'a Account, H::Error> {
    let Some(named) = named_account(host, vault, selection)? else {
        return Ok(account_of(vault, serial)?);
    };
    let owner = by_serial(&vault.accounts, serial);
    if owner.is_some_and(|owner| owner.id == named.id) {
        return Ok(named);
    }
    Err(not_of_device(named, serial).into())
}

/// The error for an account and a device that do not belong together.
pub(super) fn not_of_device(account: &Account, serial: &str) -> Error {
    Error::NotOfDevice {
        account: account.full_name(),
        serial: serial.to_owned(),
    }
}

/// The accounts of these devices, and those linked to the profile.
pub(crate) fn candidates<'a>(
    profile: &Profile,
    vault: &'a Vault,
    devices: &[iam::Device],
) -> Vec<&'a Account> {
    let listed = devices
        .iter()
        .filter_map(|device| by_serial(&vault.accounts, &device.serial));
    let mut found: Vec<_> = linked_to(profile, vault).chain(listed).collect();
    found.sort_by_key(|account| account.id);
    found.dedup_by_key(|account| account.id);
    found
}

/// The account of a device. Fails if the device is a security key, or the vault has no account for it.
pub(super) fn account_of<'a>(vault: &'a Vault, serial: &str) -> Result<&'a Account, Error> {
    if Arn::parse(serial).is_some_and(|arn| !arn.is_virtual_mfa()) {
        return Err(Error::SecurityKey(serial.to_owned()));
    }
    by_serial(&vault.accounts, serial).ok_or_else(|| Error::NoAccount(serial.to_owned()))
}
