//! The second half of a registration: enables the device for its user.

use super::DeviceAdmin;
use super::create::delete_half;
use crate::aws::api::ApiError;
use crate::aws::api::iam;
use crate::aws::unfinished::{self, Unfinished};
use crate::aws::{Error, Host, Leftover, OpenVault, lookup};
use crate::otp::Account;

/// Enables the device with two codes (previous, current). `None` if the device no longer exists in AWS;
/// its account is then removed from the vault.
pub(super) fn enable<H: Host>(
    host: &mut H,
    admin: &mut DeviceAdmin,
    open: &OpenVault,
    account: &Account,
    unfinished: Unfinished,
) -> Result<Option<Account>, H::Error> {
    let serial = lookup::serial_of(account).to_owned();
    if admin.is_enabled(&serial)? == Some(true) {
        return finish(host, open, unfinished).map(Some);
    }
    let ahead = admin.client.correction(host);
    let codes = host.fresh_pair(account, ahead)?;
    let pair = (codes[0].as_str(), codes[1].as_str());
    let user = admin.user.name.clone();
    let enabled = admin.call(|api, keys| iam::enable(api, keys, &user, &serial, pair));
    let Err(error) = enabled else {
        return finish(host, open, unfinished).map(Some);
    };
    match error.code() {
        // An earlier run enabled it, but did not get the answer.
        Some("EntityAlreadyExists") => finish(host, open, unfinished).map(Some),
        Some("NoSuchEntity") => {
            forget(host, account)?;
            Ok(None)
        }
        // Once the clock is right, the same device can be enabled.
        Some("InvalidAuthenticationCode") => Err(kept(admin, error).into()),
        // A device that cannot be deleted might be enabled later: its key stays.
        Some(_) if !delete_half(host, admin, &serial)? => Err(kept(admin, error).into()),
        Some(_) => {
            forget(host, account)?;
            Err(refused(admin, error).into())
        }
        None if matches!(admin.is_enabled(&serial), Ok(Some(true))) => {
            finish(host, open, unfinished).map(Some)
        }
        None => Err(kept(admin, error).into()),
    }
}

fn refused(admin: &mut DeviceAdmin, error: ApiError) -> Error {
    let is_denied = error.code() == Some("AccessDenied");
    let is_first = matches!(admin.devices(), Ok(Some(devices)) if devices.is_empty());
    if is_denied && !is_first {
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

/// Marks the account as just changed: some of AWS's servers may not know its device yet.
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
