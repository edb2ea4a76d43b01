//! Changes devices: with long-term keys, or in a session with MFA if AWS requires one.

use crate::aws::api::iam::{self, Device};
use crate::aws::api::{Api, ApiError};
use crate::aws::arn::Arn;
use crate::aws::profile_client::{ProfileClient, User};
use crate::aws::session::{Request, user_session};
use crate::aws::{Credentials, Error, Host, OpenVault, lookup};
use crate::vault::by_serial;

/// The most devices of a user, security keys included.
const MOST_DEVICES: usize = 8;

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

    /// The user's devices; `None` if the keys may not list them.
    pub(crate) fn devices(&mut self) -> Result<Option<Vec<Device>>, Error> {
        let user = self.user.name.clone();
        self.devices_of(&user)
    }

    fn devices_of(&mut self, user: &str) -> Result<Option<Vec<Device>>, Error> {
        match self.call(|api, keys| iam::list(api, keys, user)) {
            Err(error) if error.code() == Some("AccessDenied") => Ok(None),
            result => result.map(Some).map_err(|error| self.client.error(error)),
        }
    }

    /// Whether the device is enabled for the user; `None` if the keys may not list devices.
    pub(crate) fn is_enabled(&mut self, serial: &str) -> Result<Option<bool>, Error> {
        let devices = self.devices()?;
        Ok(devices.map(|devices| devices.iter().any(|device| device.serial == serial)))
    }

    /// Fails if the device is in another AWS account, or known not to be enabled. For this, no code
    /// is needed yet.
    pub(super) fn check_enabled(&mut self, serial: &str) -> Result<(), Error> {
        self.check_own(serial)?;
        match self.is_enabled(serial)? {
            Some(false) => {
                let (serial, user) = (serial.to_owned(), self.user.name.clone());
                Err(self.client.of_profile(Error::NotEnabled { serial, user }))
            }
            _ => Ok(()),
        }
    }

    /// Fails if the device is in another AWS account. Asked about such a device, AWS says that it is
    /// gone; its key would be lost.
    pub(super) fn check_own(&self, serial: &str) -> Result<(), Error> {
        if Arn::parse(serial).is_some_and(|arn| arn.account == self.user.account) {
            return Ok(());
        }
        let (serial, user) = (serial.to_owned(), self.user.name.clone());
        Err(self
            .client
            .of_profile(Error::ForeignDevice { serial, user }))
    }

    /// Fails if these devices leave no room for another one, or one has the name already.
    pub(super) fn check_room(&self, devices: &[Device], name: Option<&str>) -> Result<(), Error> {
        let user = &self.user;
        if devices.len() >= MOST_DEVICES {
            return Err(self.client.of_profile(Error::Full(user.name.clone())));
        }
        let taken = name.filter(|name| {
            let serial = user.serial_of(name);
            devices.iter().any(|device| device.serial == serial)
        });
        match taken {
            Some(name) => {
                let error = Error::DeviceExists(name.to_owned());
                Err(self.client.of_profile(error))
            }
            None => Ok(()),
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
            None => self.usable_device(host, open)?,
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

    /// A device of the caller in the vault: one that AWS lists or, if it lists none to the caller, one
    /// that is linked to the profile.
    pub(super) fn usable_device<H: Host>(
        &mut self,
        host: &H,
        open: &OpenVault,
    ) -> Result<Option<String>, Error> {
        let caller = self.caller.name.clone();
        let serials: Vec<_> = if let Some(devices) = self.devices_of(&caller)? {
            devices.into_iter().map(|device| device.serial).collect()
        } else {
            let profile = &self.client.profile;
            let linked = lookup::linked(profile, open, host.state()).into_iter();
            let linked = linked.map(|account| lookup::serial_of(account).to_owned());
            let configured = profile.mfa_serial.clone().into_iter();
            configured.chain(linked).collect()
        };
        let is_usable = |serial: &String| {
            Arn::parse(serial).is_some_and(|arn| arn.is_virtual_mfa())
                && by_serial(&open.vault.accounts, serial).is_some()
        };
        Ok(serials.into_iter().find(is_usable))
    }
}
