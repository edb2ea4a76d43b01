//! Whoever changes devices: with long-term keys, and in a session with MFA where AWS wants one.

use crate::aws::api::iam::{self, Device};
use crate::aws::api::{Api, ApiError};
use crate::aws::arn::Arn;
use crate::aws::profile_client::{ProfileClient, User};
use crate::aws::session::{self, DEFAULT_STS_SECONDS, Request};
use crate::aws::{Credentials, Error, Host, OpenVault};
use crate::vault::by_serial;

/// A caller of IAM, and the user whose devices are changed.
pub(crate) struct DeviceAdmin {
    /// The profile; no role is assumed.
    pub(crate) client: ProfileClient,
    /// Whose keys they are.
    pub(crate) caller: User,
    /// Whose devices are meant.
    pub(crate) user: User,
    keys: Credentials,
    session: Option<Credentials>,
}

impl DeviceAdmin {
    /// Asks AWS whose keys they are. The devices are those of `user`, where one is named.
    ///
    /// # Errors
    /// When there is no such profile, or AWS does not know its keys.
    pub(crate) fn new<H: Host>(
        host: &H,
        profile: Option<&str>,
        user: Option<&str>,
    ) -> Result<Self, H::Error> {
        let mut client = ProfileClient::new(host, profile)?;
        // A user's own devices are changed by the user, not by a role.
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

    /// Whether the devices are those of the caller.
    pub(crate) fn is_own(&self) -> bool {
        self.user.name == self.caller.name
    }

    /// Calls IAM with the session, if there is one, else with the long-term keys.
    ///
    /// # Errors
    /// AWS's.
    pub(crate) fn call<T>(
        &mut self,
        call: impl FnOnce(&mut dyn Api, &Credentials) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let keys = self.session.as_ref().unwrap_or(&self.keys);
        call(&mut *self.client.api, keys)
    }

    /// The user's devices; none where the keys may not list them.
    ///
    /// # Errors
    /// AWS's, but for a refusal.
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

    /// Calls in a session with MFA from now on, which AWS wants of a user who has a device: by
    /// `serial`, or by any device of the caller that is in the vault. Says whether there is one.
    ///
    /// # Errors
    /// Those of getting the session.
    pub(super) fn use_session<H: Host>(
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
            alternatives: Vec::new(),
            seconds: DEFAULT_STS_SECONDS,
            named: None,
            renew: false,
        };
        let (keys, _) = session::obtain(host, &mut self.client, open, &request)?;
        self.session = Some(keys);
        Ok(true)
    }

    /// Goes back to the long-term keys, for a session by another device.
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
