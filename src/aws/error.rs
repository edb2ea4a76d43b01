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
    #[error("these are the root user's keys; AWS registers root devices only in the console")]
    RootKeys,
    /// The keys belong to this ARN.
    #[error("{0} is not an IAM user")]
    NotAUser(String),
    /// The keys of this profile cannot get a session.
    #[error("the keys of {0} are session credentials")]
    SessionKeys(String),
    /// AWS gives no session of that length.
    #[error("a session of {profile} cannot last {asked}: AWS allows 15m to {longest}")]
    Duration {
        /// The profile.
        profile: String,
        /// What was asked for.
        asked: Seconds,
        /// The most that AWS gives.
        longest: Seconds,
    },
    /// The device is not a virtual one.
    #[error("{0} is a security key, which has no codes")]
    SecurityKey(String),
    /// No account of the vault belongs to this device.
    #[error("no account in the vault belongs to the device {0}")]
    NoAccount(String),
    /// The account that was named has the key of another device, or of none.
    #[error("the account {account} is not that of the device {serial}")]
    NotOfDevice {
        /// Full name of the account.
        account: String,
        /// ARN of the device.
        serial: String,
    },
    /// The device is of another AWS account than the keys.
    #[error("the device {serial} is not in the AWS account of {user}")]
    ForeignDevice {
        /// ARN of the device.
        serial: String,
        /// Name of the IAM user whose keys they are.
        user: String,
    },
    /// It is unknown which device the named account is.
    #[error(
        "{user} has several devices, and no account is linked to one of them: set mfa_serial in \
         ~/.aws/config"
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
    #[error("no account in the vault belongs to an MFA device of {user}")]
    NoCodes {
        /// Name of the IAM user.
        user: String,
        /// ARNs of the devices.
        devices: Vec<String>,
    },
    /// AWS wants a session with MFA, and no device of the caller is in the vault.
    #[error(
        "{error}: this needs a session with MFA, and no account in the vault belongs to a device \
         of {caller}"
    )]
    NeedsMfa {
        /// What AWS refused.
        error: ApiError,
        /// Name of the IAM user.
        caller: String,
    },
    /// There is a device of that name.
    #[error("a device '{0}' already exists")]
    DeviceExists(String),
    /// The policy allows only a device named like the user, and there is one.
    #[error(
        "the policy of {0} allows only a device named '{0}', and it exists: unregister it first, \
         or ask an administrator to delete it"
    )]
    OnlyOwnName(String),
    /// Somebody deleted the new device.
    #[error("{0} was deleted in AWS before it was enabled")]
    DeviceGone(String),
    /// The new device of a rotation gave no session.
    #[error("{0} does not work: the old device stays")]
    Unproven(String),
    /// What was to be kept in this file of the state folder cannot be sealed.
    #[error("cannot seal {0}")]
    Seal(String),
}

/// What an interrupted registration leaves, and what the same command does about it.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
pub(crate) enum Leftover {
    /// There is no device.
    #[error("nothing remains of it; run it again to start over")]
    Nothing,
    /// There is a device that may not be deleted.
    #[error("run it again to start over, with another device")]
    Undeletable,
    /// There may be a device with this ARN.
    #[error("it is unknown whether {0} exists now; run it again to delete it and start over")]
    Unknown(String),
    /// The device is there, and its secret key in the vault.
    #[error("the device and its key are kept; run it again to resume")]
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
