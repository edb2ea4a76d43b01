//! MFA devices: [`register`](mod@register), [`rotate`](mod@rotate), [`resync`] and [`unregister`].
//!
//! Each operation can be interrupted anywhere, and resumed by running it again. This order allows it:
//! the device's name is remembered before AWS creates the device, its secret key is in the vault before
//! AWS enables it, and the [`unfinished`] record is removed last. So the next run finds a
//! device without a key, and deletes it, or one that is not enabled, and enables it.

mod admin;
mod create;
mod enable;
mod register;
mod rotate;
#[cfg(test)]
mod tests;

pub(crate) use admin::DeviceAdmin;
pub(crate) use create::device_name;
pub(crate) use register::{Registered, Wanted, register};
pub(crate) use rotate::{Rotated, rotate};

use super::api::{ApiError, iam};
use super::session::cache;
use super::{Error, Host, OpenVault, lookup, unfinished};
use crate::otp::Account;

/// Held while a device is registered, rotated or unregistered, so that only one run does it.
const LOCK: &str = "aws-registering";

/// Synchronises a device with AWS, with two consecutive codes.
pub(crate) fn resync<H: Host>(
    host: &mut H,
    admin: &mut DeviceAdmin,
    serial: &str,
    account: &Account,
) -> Result<(), H::Error> {
    admin.check_enabled(serial)?;
    let ahead = admin.client.correction(host);
    let codes = host.fresh_pair(account, ahead)?;
    let pair = (codes[0].as_str(), codes[1].as_str());
    let user = admin.user.name.clone();
    let result = admin.call(|api, keys| iam::resync(api, keys, &user, serial, pair));
    admin.client.checked(host, result)
}

/// Removes a device from its user, deletes it, and removes its account from the vault. Fails if another
/// process changed the account while this one asked or waited.
pub(crate) fn unregister<H: Host>(
    host: &mut H,
    admin: &mut DeviceAdmin,
    serial: &str,
    account: &Account,
) -> Result<(), H::Error> {
    admin.check_own(serial)?;
    let _turn = host.state().lock(LOCK)?;
    let open = host.open_vault()?;
    let now = open.vault.get(account.id);
    if now.is_none_or(|now| lookup::serial_of(now) != lookup::serial_of(account)) {
        return Err(Error::Changed(account.full_name()).into());
    }
    // A vault that cannot be written fails here, before a code is used.
    host.change_vault(|_| Ok(()))?;
    remove_device(host, admin, &open, serial)?;
    let now = host.unix_seconds();
    host.change_vault(|vault| vault.remove(account.id, now))?;
    unfinished::remove(host, account.id)?;
    cache::forget(host.state(), &open, serial);
    Ok(())
}

/// Removes a device from its user and deletes it. A step that was done already is no error.
///
/// A device that is not enabled is only deleted: it can get no session, and without one, many policies
/// forbid to deactivate it. An enabled one survives that: AWS answers `DeleteConflict`.
fn remove_device<H: Host>(
    host: &mut H,
    admin: &mut DeviceAdmin,
    open: &OpenVault,
    serial: &str,
) -> Result<(), H::Error> {
    let is_enabled = admin.is_enabled(serial)?;
    if is_enabled != Some(true) {
        let deleted = done(admin.call(|api, keys| iam::delete(api, keys, serial)));
        match &deleted {
            Err(error) if error.code() == Some("DeleteConflict") => {}
            Err(error) if error.code() == Some("AccessDenied") && is_enabled.is_none() => {}
            // Another device may give the session that this needs.
            Err(error) if error.code() == Some("AccessDenied") => {
                if !admin.use_session(host, open, None)? {
                    return admin.client.checked(host, deleted);
                }
                let deleted = admin.call(|api, keys| iam::delete(api, keys, serial));
                return admin.client.checked(host, done(deleted));
            }
            _ => return admin.client.checked(host, deleted),
        }
    }
    admin.use_session(host, open, Some(serial))?;
    let user = admin.user.name.clone();
    let deactivated = admin.call(|api, keys| iam::deactivate(api, keys, &user, serial));
    admin.client.checked(host, done(deactivated))?;
    let deleted = admin.call(|api, keys| iam::delete(api, keys, serial));
    admin.client.checked(host, done(deleted))
}

fn done(result: Result<(), ApiError>) -> Result<(), ApiError> {
    match result {
        Err(error) if error.code() == Some("NoSuchEntity") => Ok(()),
        result => result,
    }
}
