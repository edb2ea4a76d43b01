//! The first half of a registration: creates a device, and stores its secret key in the vault.

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::DeviceAdmin;
use crate::aws::api::ApiError;
use crate::aws::api::iam::{self, NewDevice};
use crate::aws::{Error, Host, Leftover, Notice, OpenVault, lookup};

/// Checks a device's name: `[\w+=,.@-]+`, at most 226 characters. The error says what is wrong.
pub(crate) fn device_name(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    if (1..=226).contains(&text.len()) && text.chars().all(fits) {
        return Ok(text.to_owned());
    }
    Err("a device name can contain only letters, digits and _+=,.@-".to_owned())
}

/// Remembers the ARN of a device while AWS creates it.
pub(super) struct PendingDevice<'a> {
    open: &'a OpenVault,
    file: String,
}

impl<'a> PendingDevice<'a> {
    /// There is at most one for each user.
    pub(super) fn of(admin: &DeviceAdmin, open: &'a OpenVault) -> Self {
        let who = format!("{}/{}", admin.user.account, admin.user.name);
        let hash = Sha256::digest(who.as_bytes());
        let file = format!("aws-devices/{}", HEXLOWER.encode(&hash[..16]));
        Self { open, file }
    }

    fn serial<H: Host>(&self, host: &H) -> Result<Option<String>, H::Error> {
        if let Some(serial) = self.open.seal.read(host.state(), &self.file) {
            return Ok(Some(serial));
        }
        // Earlier versions wrote it unsealed.
        let bytes = host.state().read(&self.file)?.unwrap_or_default();
        let text = String::from_utf8(bytes).ok();
        Ok(text.filter(|text| text.starts_with("arn:")))
    }

    fn remember<H: Host>(&self, host: &mut H, serial: &str) -> Result<(), H::Error> {
        self.open.seal.write(host, &self.file, &serial)
    }

    /// Called once the device is in the vault or does not exist.
    pub(super) fn forget<H: Host>(&self, host: &H) -> Result<(), H::Error> {
        Ok(host.state().remove(&self.file)?)
    }

    /// Deletes the device of a run that was interrupted before its key was in the vault.
    pub(super) fn clean_up<H: Host>(
        &self,
        host: &H,
        admin: &mut DeviceAdmin,
    ) -> Result<(), H::Error> {
        let Some(serial) = self.serial(host)? else {
            return Ok(());
        };
        let mut accounts = self.open.vault.accounts.iter();
        if !accounts.any(|account| lookup::serial_of(account) == serial) {
            delete_half(host, admin, &serial)?;
        }
        self.forget(host)
    }
}

/// Deletes an unassigned device; returns whether it is gone. A refusal is no failure: the next device
/// gets another name.
pub(super) fn delete_half<H: Host>(
    host: &H,
    admin: &mut DeviceAdmin,
    serial: &str,
) -> Result<bool, Error> {
    match admin.call(|api, keys| iam::delete(api, keys, serial)) {
        Ok(()) => host.notify(&Notice::DeletedHalf(serial.to_owned())),
        Err(error) if error.code() == Some("NoSuchEntity") => {}
        Err(error @ ApiError::Refused { .. }) => {
            host.notify(&Notice::LeftHalf {
                serial: serial.to_owned(),
                error,
            });
            return Ok(false);
        }
        Err(error) => return Err(admin.client.error(error)),
    }
    Ok(true)
}

/// Creates a device with this name, or a random one. If a policy allows only the user's own name, that
/// one is used.
pub(super) fn create<H: Host>(
    host: &mut H,
    admin: &mut DeviceAdmin,
    name: Option<&str>,
    pending: &PendingDevice<'_>,
) -> Result<NewDevice, H::Error> {
    if let Some(name) = name {
        let created = create_named(host, admin, name, pending)?;
        return Ok(created.map_err(|error| refused(admin, name, error))?);
    }
    let user = admin.user.name.clone();
    let unique = format!("{user}-mfa-{}", HEXLOWER.encode(&host.random_bytes::<3>()?));
    let denied = match create_named(host, admin, &unique, pending)? {
        Err(error) if error.code() == Some("AccessDenied") => error,
        created => return Ok(created.map_err(|error| refused(admin, &unique, error))?),
    };
    let created = create_named(host, admin, &user, pending)?;
    Ok(created.map_err(|error| match error.code() {
        Some("AccessDenied") => admin.client.error(denied),
        Some("EntityAlreadyExists") => Error::OnlyOwnName(user),
        _ => admin.client.error(error),
    })?)
}

fn refused(admin: &DeviceAdmin, name: &str, error: ApiError) -> Error {
    match error.code() {
        Some("EntityAlreadyExists") => Error::DeviceExists(name.to_owned()),
        _ => admin.client.error(error),
    }
}

fn create_named<H: Host>(
    host: &mut H,
    admin: &mut DeviceAdmin,
    name: &str,
    pending: &PendingDevice<'_>,
) -> Result<Result<NewDevice, ApiError>, H::Error> {
    let user = &admin.user;
    let serial = user.serial_of(name);
    let is_own_name = name == user.name;
    pending.remember(host, &serial)?;
    let mut created = admin.call(|api, keys| iam::create(api, keys, name));
    if is_own_name && matches!(&created, Err(e) if e.code() == Some("EntityAlreadyExists")) {
        // An enabled device survives this: AWS answers DeleteConflict.
        if admin
            .call(|api, keys| iam::delete(api, keys, &serial))
            .is_ok()
        {
            created = admin.call(|api, keys| iam::create(api, keys, name));
        }
    }
    match created {
        Err(error @ (ApiError::Lost { .. } | ApiError::NotAws { .. })) => {
            Err(unanswered(host, admin, &serial, pending, error).into())
        }
        Err(error) => {
            pending.forget(host)?;
            Ok(Err(error))
        }
        Ok(device) => Ok(Ok(device)),
    }
}

/// AWS may have created the device: deletes it, or keeps its ARN until it can be deleted.
fn unanswered<H: Host>(
    host: &H,
    admin: &mut DeviceAdmin,
    serial: &str,
    pending: &PendingDevice<'_>,
    error: ApiError,
) -> Error {
    let error = Box::new(admin.client.error(error));
    let deleted = delete_half(host, admin, serial).ok();
    let leftover = match deleted.filter(|_| pending.forget(host).is_ok()) {
        Some(true) => Leftover::Nothing,
        Some(false) => Leftover::Undeletable,
        None => Leftover::Unknown(serial.to_owned()),
    };
    let error = Error::Interrupted { error, leftover };
    admin.client.of_profile(error)
}
