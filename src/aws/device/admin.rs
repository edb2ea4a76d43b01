//! Changes devices: with long-term keys, or in a session with MFA if AWS requires one.

use crate::aws::api::iam::{self, Device};
use crate::aws::api::{Api, ApiError};
use crate::aws::arn::Arn;
use crate::aws::profile_client::{ProfileClient, User};
use crate::aws::session::{Request, user_session};
use crate::aws::{Credentials, Error, Host, OpenVault};
use crate::vault::by_serial;

/// A caller of IAM, and the user whose devices it changes.
pub(crate) struct DeviceAdmin {
    /// The profile's client; the profile's role is not assumed.
    pub(crate) client: ProfileClient,
    /// The user that the keys belong to.
    pub(crate) caller: User,
    /// The user whose devices are changed.
    pub(crate) user: User,
    keys: Credentials,
    session: Option<Credentials>,
}

impl DeviceAdmin {
    /// Asks AWS who the keys belong to. Without `user`, the devices are that user's own.
    pub(crate) fn new<H: Host>(
        host: &mut H,
        profile: Option<&str>,
        user: Option<&str>,
    ) -> Result<Self, H::Error> {
        let mut client = ProfileClient::new(host, profile)?;
        // Users change their own devices as themselves, not in a role.
        client.profile.role = None;
        let keys = client.keys(host)?;
        let caller = client.user(host, &keys)?;
        let mut of_devices = caller.clone();
        if let Some(name) = user {
            name.clone_into(&mut of_devices.name);
        }
        Ok(Self {
            client,
            caller,
            user: of_devices,
            keys,
            session: None,
        })
    }

    /// Whether the caller changes their own devices.
    pub(crate) fn is_own(&self) -> bool {
        self.user.name == self.caller.name
    }

    /// Calls IAM with the session if there is one, else with the long-term keys.
    pub(crate) fn call<T>(
        &mut self,
        call: impl FnOnce(&mut dyn Api, &Credentials) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let keys = self.session.as_ref().unwrap_or(&self.keys);
        call(&mut *self.client.api, keys)
    }

    /// The user's devices; empty if the keys may not list them.
    pub(crate) fn devices(&mut self) -> Result<Vec<Device>, Error> {
        let user = self.user.name.clone();
        self.devices_of(&user)
    }

    fn devices_of(&mut self, user: &str) -> Result<Vec<Device>, Error> {
        match self.call(|api, keys| iam::list(api, keys, user)) {
            Err(error) if error.code() == Some("AccessDenied") => Ok(Vec::new()),
            result => result.map_err(|error| self.client.error(error)),
        }
    }

    /// Makes further calls in a session with MFA, which AWS requires of users with a device: by `serial`,
    /// or by any device of the caller in the vault. Returns false if there is no such device.
    pub(in crate::aws) fn use_session<H: Host>(
        &mut self,
        host: &mut H,
        open: &OpenVault,
        serial: Option<&str>,
    ) -> Result<bool, H::Error> {
        if self.session.is_some() || self.keys.is_session() {
            return Ok(true);
        }
        let serial = match serial {
            Some(serial) => Some(serial.to_owned()),
            None => self.usable_device(open)?,
        };
        if serial.is_none() {
            return Ok(false);
        }
        let request = Request {
            serial,
            ..Request::default()
        };
        let (session, _) = user_session(host, &mut self.client, open, &request)?;
        self.session = Some(session.keys);
        Ok(true)
    }

    /// Returns to the long-term keys, so that another device can get a session.
    pub(super) fn leave_session(&mut self) {
        self.session = None;
    }

    fn usable_device(&mut self, open: &OpenVault) -> Result<Option<String>, Error> {
        let caller = self.caller.name.clone();
        let devices = self.devices_of(&caller)?;
        let usable = |device: &&Device| {
            Arn::parse(&device.serial).is_some_and(|arn| arn.is_virtual_mfa())
                && by_serial(&open.vault.accounts, &device.serial).is_some()
        };
        Ok(devices.iter().find(usable).map(|d| d.serial.clone()))
    }
}
