//! The second half of a registration: the device is enabled for its user.

use super::DeviceAdmin;
use super::create::delete_half;
use crate::aws::api::ApiError;
use crate::aws::api::iam::{self, Device};
use crate::aws::unfinished::{self, Unfinished};
use crate::aws::{Error, Host, Leftover, OpenVault, lookup};
use crate::otp::Account;

/// Proves the device to AWS by the codes (previous, current). `None` where AWS no longer knows the
/// device; its account is removed from the vault then.
pub(super) fn enable<H: Host>(
    host: &mut H,
    admin: &mut DeviceAdmin,
    open: &OpenVault,
    account: &Account,
    unfinished: Unfinished,
) -> Result<Option<Account>, H::Error> {
    let serial = lookup::serial_of(account).to_owned();
    let is_enabled = |devices: Vec<Device>| devices.iter().any(|d| d.serial == serial);
    if is_enabled(admin.devices()?) {
        return finish(host, open, unfinished).map(Some);
    }
    let codes = host.fresh_pair(account)?;
    let pair = (codes[0].as_str(), codes[1].as_str());
    let user = admin.user.name.clone();
    let enabled = admin.call(|api, keys| iam::enable(api, keys, &user, &serial, pair));
    let Err(error) = enabled else {
        return finish(host, open, unfinished).map(Some);
    };
    match error.code() {
        // A run that did not get the answer has enabled it.
        Some("EntityAlreadyExists") => finish(host, open, unfinished).map(Some),
        Some("NoSuchEntity") => {
            forget(host, account)?;
            Ok(None)
        }
        // With the clock set right, or the right to do it, the same device can be enabled.
        Some("InvalidAuthenticationCode") => Err(kept(admin, error).into()),
        // One that may not be deleted may be enabled: its key stays.
        Some(_) if !delete_half(host, admin, &serial)? => Err(kept(admin, error).into()),
        Some(_) => {
            forget(host, account)?;
            Err(refused(admin, error).into())
        }
        None if is_enabled(admin.devices().unwrap_or_default()) => {
            finish(host, open, unfinished).map(Some)
        }
        None => Err(kept(admin, error).into()),
    }
}

fn refused(admin: &mut DeviceAdmin, error: ApiError) -> Error {
    let is_denied = error.code() == Some("AccessDenied");
    let is_first = |devices: Vec<Device>| devices.is_empty();
    if is_denied && !admin.devices().is_ok_and(is_first) {
        let caller = admin.caller.name.clone();
        return Error::NeedsMfa { error, caller };
    }
    admin.client.error(error)
}

fn kept(admin: &DeviceAdmin, error: ApiError) -> Error {
    let error = Error::Interrupted {
        error: Box::new(admin.client.error(error)),
        leftover: Leftover::DeviceAndKey,
    };
    admin.client.of_profile(error)
}

/// The account is marked as changed now: its device may be unknown at some of AWS's servers yet.
fn finish<H: Host>(
    host: &mut H,
    open: &OpenVault,
    mut unfinished: Unfinished,
) -> Result<Account, H::Error> {
    let now = host.unix_seconds();
    let account = host.change_vault(|vault| {
        let account = vault.update(unfinished.account, now, |_| {})?;
        Ok(account.clone())
    })?;
    unfinished.left.enable_for = None;
    unfinished.save(host, open)?;
    Ok(account)
}

fn forget<H: Host>(host: &mut H, account: &Account) -> Result<(), H::Error> {
    let now = host.unix_seconds();
    host.change_vault(|vault| vault.remove(account.id, now))?;
    unfinished::remove(host, account.id)
}
