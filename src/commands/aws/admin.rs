//! Who changes devices: with keys that last, and with a session where AWS wants MFA for it.

use super::Which;
use super::connect::{Connection, User};
use super::explain::explain;
use super::session::{WORKDAY, Wanted, session_keys};
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::aws::arn::Arn;
use crate::aws::client::Client;
use crate::aws::error::AwsError;
use crate::aws::iam::{self, Device};
use crate::aws::keys::Keys;
use crate::vault::by_serial;
use crate::vault::repository::Open;

/// Somebody who calls IAM.
pub struct Admin {
    /// The way to AWS; no role is assumed.
    pub connection: Connection,
    /// Whose keys they are.
    pub caller: User,
    /// Whose devices are meant.
    pub user: User,
    keys: Keys,
    session: Option<Keys>,
}

impl Admin {
    /// Asks AWS whose keys they are. Devices are those of `user`, where one is named.
    ///
    /// # Errors
    /// When there is no such profile, or AWS does not know its keys.
    pub fn new(context: &Context, which: &Which, user: Option<&str>) -> Result<Self> {
        let mut connection = Connection::new(which)?;
        // A user's own devices are changed by the user, not by a role.
        connection.profile.role = None;
        let keys = connection.keys()?;
        let caller = connection.user(context, &keys)?;
        let mut own = caller.clone();
        if let Some(name) = user {
            name.clone_into(&mut own.name);
        }
        Ok(Self {
            connection,
            caller,
            user: own,
            keys,
            session: None,
        })
    }

    /// Whether the devices are those of the keys' own user.
    pub fn is_own(&self) -> bool {
        self.user.name == self.caller.name
    }

    /// Calls with the best keys that there are.
    ///
    /// # Errors
    /// AWS's.
    pub fn call<T>(
        &mut self,
        call: impl FnOnce(&mut Client, &Keys) -> Result<T, AwsError>,
    ) -> Result<T, AwsError> {
        let keys = self.session.as_ref().unwrap_or(&self.keys);
        call(&mut self.connection.client, keys)
    }

    /// Tells of an error.
    pub fn explain(&self, error: &AwsError) -> CommandError {
        let connection = &self.connection;
        connection.hinted(explain(error, connection.client.ahead))
    }

    /// The devices of the user; none where the keys may not see them.
    ///
    /// # Errors
    /// AWS's, but for a refusal.
    pub fn devices(&mut self) -> Result<Vec<Device>> {
        let user = self.user.name.clone();
        match self.call(|client, keys| iam::list(client, keys, &user)) {
            Ok(devices) => Ok(devices),
            Err(error) if error.code() == Some("AccessDenied") => Ok(Vec::new()),
            Err(error) => Err(self.explain(&error)),
        }
    }

    /// Goes on in a session with MFA, by `serial` or by any device of the caller whose codes the
    /// vault has: AWS wants that of who has a device already. Says whether there is one.
    ///
    /// # Errors
    /// Those of getting the session.
    pub fn use_session(
        &mut self,
        context: &mut Context,
        open: &Open,
        serial: Option<&str>,
    ) -> Result<bool> {
        if self.session.is_some() || self.keys.is_session() {
            return Ok(true);
        }
        let serial = match serial {
            Some(serial) => Some(serial.to_owned()),
            None => self.usable_device(open)?,
        };
        let Some(serial) = serial else {
            return Ok(false);
        };
        let wanted = Wanted {
            serial: Some(serial),
            others: Vec::new(),
            duration: WORKDAY,
            named: None,
            renew: false,
        };
        let (keys, _) = session_keys(context, &mut self.connection, open, &wanted)?;
        self.session = Some(keys);
        Ok(true)
    }

    /// Leaves the session, for one by another device.
    pub fn leave_session(&mut self) {
        self.session = None;
    }

    fn usable_device(&mut self, open: &Open) -> Result<Option<String>> {
        let caller = self.caller.name.clone();
        let listed = self.call(|client, keys| iam::list(client, keys, &caller));
        let devices = match listed {
            Err(error) if error.code() == Some("AccessDenied") => Vec::new(),
            result => result.map_err(|error| self.explain(&error))?,
        };
        let usable = |device: &&Device| {
            Arn::parse(&device.serial).is_some_and(|arn| arn.is_virtual_mfa())
                && by_serial(&open.vault.accounts, &device.serial).is_some()
        };
        Ok(devices.iter().find(usable).map(|d| d.serial.clone()))
    }

    /// What is said where AWS wants a session with MFA and there is none to be had.
    pub fn needs_mfa(&self, error: &AwsError) -> CommandError {
        let message = format!(
            "{error}: a user who has a device changes devices in a session with MFA only, and the \
             vault has the codes of none of {}'s",
            self.caller.name
        );
        CommandError::new(Exit::Failed, message).with_hint("mfa aws devices")
    }
}
