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
pub(crate) use register::{Registered, register};
pub(crate) use rotate::{Rotated, rotate};

use super::api::{ApiError, iam};
use super::arn::Arn;
use super::session::cache;
use super::{Error, Host, OpenVault, unfinished};
use crate::otp::Account;

/// Held while a device is registered or rotated, so that only one run does it.
const LOCK: &str = "aws-registering";

/// Synchronises a device with AWS, with two consecutive codes.
pub(crate) fn resync<H: Host>(
    host: &mut H,
    admin: &mut DeviceAdmin,
    serial: &str,
    account: &Account,
) -> Result<(), H::Error> {
    let ahead = admin.client.correction(host);
    let codes = host.fresh_pair(account, ahead)?;
    let pair = (codes[0].as_str(), codes[1].as_str());
    let user = admin.user.name.clone();
    let result = admin.call(|api, keys| iam::resync(api, keys, &user, serial, pair));
    admin.client.checked(host, result)
}

/// Removes a device from its user, deletes it, and removes its account from the vault.
pub(crate) fn unregister<H: Host>(
    host: &mut H,
    admin: &mut DeviceAdmin,
    open: &OpenVault,
    serial: &str,
    account: &Account,
) -> Result<(), H::Error> {
    // Asked about a device of another AWS account, AWS says that it is gone; its key would be lost.
    if Arn::parse(serial).is_none_or(|arn| arn.account != admin.user.account) {
        let (serial, user) = (serial.to_owned(), admin.user.name.clone());
        return Err(admin
            .client
            .of_profile(Error::ForeignDevice { serial, user })
            .into());
    }
    let is_enabled = admin.devices()?.iter().any(|d| d.serial == serial);
    if is_enabled {
        admin.use_session(host, open, Some(serial))?;
    }
    remove_device(host, admin, serial)?;
    let now = host.unix_seconds();
    host.change_vault(|vault| vault.remove(account.id, now))?;
    unfinished::remove(host, account.id)?;
    cache::forget(host.state(), open, serial);
    Ok(())
}

/// Removes a device from its user and deletes it. A step that was done already is no error.
fn remove_device<H: Host>(host: &H, admin: &mut DeviceAdmin, serial: &str) -> Result<(), H::Error> {
    let user = admin.user.name.clone();
    let done = |result: Result<(), ApiError>| match result {
        Err(error) if error.code() == Some("NoSuchEntity") => Ok(()),
        result => result,
    };
    let deactivated = admin.call(|api, keys| iam::deactivate(api, keys, &user, serial));
    admin.client.checked(host, done(deactivated))?;
    let deleted = admin.call(|api, keys| iam::delete(api, keys, serial));
    admin.client.checked(host, done(deleted))
}
