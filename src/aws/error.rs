//! Why an operation failed. What to type next is the commands' business.

use std::fmt;

use thiserror::Error as ThisError;

use super::api::{ApiError, ClockSkew};
use super::config::ProfileError;

/// Why an operation failed. Quotes no key and no code.
#[derive(Debug, ThisError)]
pub(crate) enum Error {
    /// AWS refused, or was not reached.
    #[error("{error}")]
    Api {
        /// What AWS answered.
        error: ApiError,
        /// Of the last answer.
        clock_skew: Option<ClockSkew>,
    },
    /// There is no such profile, or it cannot be used.
    #[error("{error}")]
    Profile {
        /// What is wrong with it.
        error: ProfileError,
        /// Profiles with a similar name, the nearest first.
        near: Vec<String>,
    },
    /// An error in work with a named profile: commands to try have to name it.
    #[error("{error}")]
    OfProfile {
        /// The error.
        error: Box<Self>,
        /// The profile.
        profile: String,
    },
    /// A registration was interrupted, and can be resumed.
    #[error("{error}")]
    Interrupted {
        /// What interrupted it.
        error: Box<Self>,
        /// What is left of it.
        leftover: Leftover,
    },
    /// Devices of the root user cannot be registered by the API.
    #[error("these are the root user's keys: AWS registers its devices in the console alone")]
    RootKeys,
    /// The keys belong to this ARN.
    #[error("{0} is no IAM user")]
    NotAUser(String),
    /// The keys of this profile cannot get a session.
    #[error("the keys of {0} are those of a session already")]
    SessionKeys(String),
    /// AWS gives no session of that length.
    #[error("a session of {profile} cannot last {asked}: AWS gives 15m to {longest}")]
    Duration {
        /// The profile.
        profile: String,
        /// What was asked for.
        asked: Seconds,
        /// The most that AWS gives.
        longest: Seconds,
    },
    /// The device is not a virtual one.
    #[error("{0} is a security key: it gives no codes")]
    SecurityKey(String),
    /// No account of the vault belongs to this device.
    #[error("no account of the vault gives the codes of {0}")]
    NoAccount(String),
    /// It is unknown which device the named account is.
    #[error(
        "{user} has several devices, and no account of the vault is linked to one: say which it is, \
         by mfa_serial in ~/.aws/config"
    )]
    SeveralDevices {
        /// Name of the IAM user.
        user: String,
        /// ARNs of the devices.
        devices: Vec<String>,
    },
    /// The user has no device.
    #[error("the AWS user {0} has no MFA device")]
    NoDevice(String),
    /// The vault has none of the user's devices.
    #[error("the vault has the codes of no MFA device of {user}")]
    NoCodes {
        /// Name of the IAM user.
        user: String,
        /// ARNs of the devices.
        devices: Vec<String>,
    },
    /// AWS wants a session with MFA, and no device of the caller is in the vault.
    #[error(
        "{error}: a user who has a device changes devices in a session with MFA only, and the vault \
         has the codes of none of {caller}'s"
    )]
    NeedsMfa {
        /// What AWS refused.
        error: ApiError,
        /// Name of the IAM user.
        caller: String,
    },
    /// There is a device of that name.
    #[error("there is a device '{0}' already")]
    DeviceExists(String),
    /// The policy allows only a device named like the user, and there is one.
    #[error(
        "the policy of {0} allows a device of the name '{0}' only, and there is one: it has to be \
         unregistered first, or deleted by an administrator"
    )]
    OnlyOwnName(String),
    /// Somebody deleted the new device.
    #[error("{0} was deleted at AWS before it was enabled")]
    DeviceGone(String),
    /// The new device of a rotation gave no session.
    #[error("{0} could not be proven: the old device stays")]
    Unproven(String),
    /// What was to be kept in this file of the state folder cannot be sealed.
    #[error("cannot seal {0}")]
    Seal(String),
}

/// What an interrupted registration leaves, and what the same command does about it.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
pub(crate) enum Leftover {
    /// There is no device.
    #[error("nothing is left of it: the same command begins again")]
    Nothing,
    /// There is a device that may not be deleted.
    #[error("the same command begins again, with another device")]
    Undeletable,
    /// There may be a device with this ARN.
    #[error(
        "whether there is a {0} now is not known: the same command deletes it, where it is, and begins \
         again"
    )]
    Unknown(String),
    /// The device is there, and its secret key in the vault.
    #[error("the device and its key are kept: the same command goes on from here")]
    DeviceAndKey,
}

/// A length of time, shown as `--duration` takes it: `12h`, `90m`, `901s`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seconds(pub(crate) u32);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            hours if hours % 3600 == 0 => write!(f, "{}h", hours / 3600),
            minutes if minutes % 60 == 0 => write!(f, "{}m", minutes / 60),
            seconds => write!(f, "{seconds}s"),
        }
    }
}
