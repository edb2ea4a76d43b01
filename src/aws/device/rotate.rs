//! Replaces a device with a new one. The old one is removed only once the new one has got a session.

use super::register::register_device;
use super::{DeviceAdmin, LOCK, remove_device};
use crate::aws::arn::Arn;
use crate::aws::config::{File, replace_serial};
use crate::aws::session::cache;
use crate::aws::unfinished::{self, Left, Replaced, Unfinished};
use crate::aws::{Error, Host, Notice, OpenVault, Selection, lookup};
use crate::otp::{Account, AccountId};
use crate::vault::by_serial;

/// The result of a rotation.
pub(crate) struct Rotated {
    /// The account's full name.
    pub(crate) name: String,
    /// The ARN of the deleted device.
    pub(crate) old: String,
    /// The ARN of the new device.
    pub(crate) new: String,
}

/// Rotates the selected device, or resumes an interrupted rotation.
pub(crate) fn rotate<H: Host>(
    host: &mut H,
    selection: &Selection,
    device_name: Option<&str>,
) -> Result<Rotated, H::Error> {
    let _turn = host.state().lock(LOCK)?;
    let open = unfinished::open_and_adopt(host)?;
    // A vault that cannot be written fails here, before a code is used.
    host.change_vault(|_| Ok(()))?;
    let mut admin = DeviceAdmin::new(host, selection.profile.as_deref(), None)?;
    let begun = interrupted(host, &open, &admin);
    if let (Some((account, _, replaced)), Some(named)) =
        (&begun, lookup::named_account(host, &open.vault, selection)?)
    {
        let id = named.id;
        let is_old = replaced.account.as_deref().and_then(AccountId::parse) == Some(id)
            || lookup::serial_of(named) == replaced.serial;
        if !is_old && id != account.id {
            return Err(lookup::not_of_device(named, &replaced.serial).into());
        }
    }
    let (account, replaced) = match begun {
        Some((account, left, replaced)) if left.enable_for.is_none() => (account.clone(), replaced),
        begun => {
            let replaced = match begun {
                Some((_, _, replaced)) => {
                    resume(host, &mut admin, &open, &replaced.serial)?;
                    replaced
                }
                None => begin(host, &mut admin, &open, selection, device_name)?,
            };
            let account = register_device(host, &mut admin, device_name, Some(&replaced))?;
            (account, replaced)
        }
    };
    let new = lookup::serial_of(&account).to_owned();
    host.notify(&Notice::ProvingDevice(new.clone()));
    prove(host, &mut admin, &new)?;
    let old = replaced.serial.clone();
    // Before the old device goes: what follows must not stop half-way.
    write_serial(host, &old, &new);
    remove_device(host, &mut admin, &open, &old)?;
    let name = take_place(host, &replaced, &account)?;
    cache::forget(host.state(), &open, &old);
    unfinished::remove(host, account.id)?;
    Ok(Rotated { name, old, new })
}

/// Selects the old device, finds out what AWS would refuse after a code was used, and gets a session.
fn begin<H: Host>(
    host: &mut H,
    admin: &mut DeviceAdmin,
    open: &OpenVault,
    selection: &Selection,
    device_name: Option<&str>,
) -> Result<Replaced, H::Error> {
    let serial = lookup::device(host, &mut admin.client, open, selection)?;
    let account = lookup::own_account(host, &open.vault, selection, &serial)?;
    let account = Some(account.id.to_string());
    admin.check_enabled(&serial)?;
    if let Some(devices) = admin.devices()? {
        admin.check_room(&devices, device_name)?;
    }
    admin.use_session(host, open, Some(&serial))?;
    Ok(Replaced { serial, account })
}

/// Gets a session with the old device; with any other one, if it was removed in the meantime.
fn resume<H: Host>(
    host: &mut H,
    admin: &mut DeviceAdmin,
    open: &OpenVault,
    old: &str,
) -> Result<(), H::Error> {
    let is_in_vault = by_serial(&open.vault.accounts, old).is_some();
    let is_usable = is_in_vault && admin.is_enabled(old)? != Some(false);
    admin.use_session(host, open, is_usable.then_some(old))?;
    Ok(())
}

/// Changes `mfa_serial` in AWS's config. A file that cannot be written is no failure, since both devices
/// work now: the person is told what to change.
fn write_serial<H: Host>(host: &H, old: &str, new: &str) {
    match host.change_aws_file(File::Config, |text| replace_serial(text, old, new)) {
        Ok(Some(path)) => host.notify(&Notice::SerialWritten(path)),
        Ok(None) => {}
        Err(error) => host.notify(&Notice::SerialNotWritten {
            serial: new.to_owned(),
            why: error.to_string(),
        }),
    }
}

/// The interrupted rotation of the same user.
fn interrupted<'a, H: Host>(
    host: &H,
    open: &'a OpenVault,
    admin: &DeviceAdmin,
) -> Option<(&'a Account, Left, Replaced)> {
    let mut all = Unfinished::all(host.state(), open).into_iter();
    all.find_map(|Unfinished { account, left }| {
        let replaced = left.replace.clone()?;
        let account = open.vault.get(account)?;
        let profile = account.aws.as_ref()?.profile.as_ref();
        let is_same = profile == admin.client.profile.keys_of.as_ref()
            && Arn::parse(&replaced.serial)?.account == admin.user.account;
        is_same.then_some((account, left, replaced))
    })
}

/// Gets a session with only the new device.
fn prove<H: Host>(host: &mut H, admin: &mut DeviceAdmin, serial: &str) -> Result<(), H::Error> {
    admin.leave_session();
    let open = host.open_vault()?;
    if admin.use_session(host, &open, Some(serial))? {
        return Ok(());
    }
    Err(Error::Unproven(serial.to_owned()).into())
}

/// Removes the old account, and gives its name and tags to the new one.
fn take_place<H: Host>(host: &mut H, old: &Replaced, new: &Account) -> Result<String, H::Error> {
    let now = host.unix_seconds();
    let id = old.account.as_deref().and_then(AccountId::parse);
    host.change_vault(|vault| {
        let is_old = |account: &&Account| match id {
            Some(id) => account.id == id,
            None => account.id != new.id && lookup::serial_of(account) == old.serial,
        };
        // An interrupted run may have removed it already.
        let found = vault.accounts.iter().find(is_old).map(|account| account.id);
        let before = found.map(|id| vault.remove(id, now)).transpose()?;
        let account = vault.update(new.id, now, |account| {
            if let Some(before) = before {
                account.issuer = before.issuer;
                account.name = before.name;
                account.tags.extend(before.tags);
            }
        })?;
        Ok(account.full_name())
    })
}
