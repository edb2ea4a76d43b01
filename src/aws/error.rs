//! Errors of this room's operations. The commands say what to type next.

use std::fmt;

use thiserror::Error as ThisError;

use super::api::{ApiError, ClockSkew, EndpointError};
use super::config::ProfileError;
use super::keys::KeysError;

/// Why an operation failed. Quotes no key and no code.
#[derive(Debug, ThisError)]
pub(crate) enum Error {
    /// AWS refused, or was not reached.
    #[error("{error}")]
    Api {
        error: ApiError,
        /// As measured at the last answer.
        clock_skew: Option<ClockSkew>,
    },
    /// There is no such profile, or it cannot be used.
    #[error("{error}")]
    Profile {
        error: ProfileError,
        /// Existing profiles with similar names, the nearest first.
        near: Vec<String>,
    },
    /// It is unclear where the profile's requests go.
    #[error("{error}")]
    Endpoint {
        error: EndpointError,
        /// The profile's name, if it has one.
        profile: Option<String>,
    },
    /// An error while working with a named profile: suggested commands must name it too.
    #[error("{error}")]
    OfProfile { error: Box<Self>, profile: String },
    /// A registration was interrupted, and can be resumed.
    #[error("{error}")]
    Interrupted {
        error: Box<Self>,
        /// What remains of it.
        leftover: Leftover,
    },
    /// Devices of the root user cannot be registered by the API.
    #[error("these are the root user's keys; AWS registers root devices only in the console")]
    RootKeys,
    /// The keys belong to this ARN, which is not an IAM user.
    #[error("{0} is not an IAM user")]
    NotAUser(String),
    /// This profile's keys are a session's, which cannot get another session.
    #[error("the keys of {0} are session credentials")]
    SessionKeys(String),
    /// AWS allows no session of that length.
    #[error("a session of {profile} cannot last {asked}: AWS allows 15m to {longest}")]
    Duration {
        profile: String,
        /// The length that was asked for.
        asked: Seconds,
        /// The longest session that AWS allows.
        longest: Seconds,
    },
    /// This device is not a virtual one.
    #[error("{0} is a security key, which has no codes")]
    SecurityKey(String),
    /// No account of the vault belongs to this device.
    #[error("no account in the vault belongs to the device {0}")]
    NoAccount(String),
    /// The named account belongs to another device, or to none.
    #[error("the account {account} does not belong to the device {serial}")]
    NotOfDevice {
        /// The account's full name.
        account: String,
        serial: String,
    },
    /// The device is in another AWS account than the keys.
    #[error("the device {serial} is not in the AWS account of {user}")]
    ForeignDevice {
        serial: String,
        /// The name of the IAM user that the keys belong to.
        user: String,
    },
    /// It is unknown which of the devices the named account belongs to.
    #[error(
        "{user} has several devices, and no account is linked to one of them: set mfa_serial in \
         ~/.aws/config"
    )]
    SeveralDevices {
        /// The name of the IAM user.
        user: String,
        devices: Vec<String>,
    },
    /// The user's devices cannot be listed, and the vault has no account linked to the profile.
    #[error("{error}; so the MFA device of {user} is unknown: set mfa_serial in ~/.aws/config")]
    Unlisted {
        /// The name of the IAM user.
        user: String,
        error: ApiError,
    },
    /// AWS says that this device is not enabled for the user.
    #[error("the device {serial} is not enabled for {user}")]
    NotEnabled {
        serial: String,
        /// The name of the IAM user.
        user: String,
    },
    /// The user has as many devices as AWS allows.
    #[error("{0} already has 8 MFA devices, and AWS allows no more: unregister one first")]
    Full(String),
    /// The account was changed by another process before it was its turn.
    #[error("another process changed the account {0}: nothing was done")]
    Changed(String),
    /// The user has no device.
    #[error("the IAM user {0} has no MFA device")]
    NoDevice(String),
    /// None of the user's devices is in the vault.
    #[error("no account in the vault belongs to an MFA device of {user}")]
    NoCodes {
        /// The name of the IAM user.
        user: String,
        devices: Vec<String>,
    },
    /// AWS requires a session with MFA, and no device of the caller is known to be in the vault.
    #[error(
        "{error}: this needs a session with MFA, and no account in the vault belongs to a device \
         of {caller}"
    )]
    NeedsMfa {
        error: ApiError,
        /// The name of the IAM user.
        caller: String,
    },
    /// A device with this name exists.
    #[error("a device '{0}' already exists")]
    DeviceExists(String),
    /// The policy allows only a device with the user's name, and it exists.
    #[error(
        "the policy of {0} allows only a device named '{0}', and it exists: unregister it first, \
         or ask an administrator to delete it"
    )]
    OnlyOwnName(String),
    /// The new device was deleted in AWS before it was enabled.
    #[error("{0} was deleted in AWS before it was enabled")]
    DeviceGone(String),
    /// The new device of a rotation could not get a session.
    #[error("{0} does not work; the old device was kept")]
    Unproven(String),
    /// About access keys in the vault.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// Sealing this file of the state folder failed.
    #[error("cannot encrypt {0}")]
    Seal(String),
}

/// What an interrupted registration leaves behind, and what running it again does.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
pub(crate) enum Leftover {
    /// No device is left.
    #[error("nothing was left behind; run it again to start over")]
    Nothing,
    /// A device is left that the caller may not delete.
    #[error("run it again to start over, with another device")]
    Undeletable,
    /// A device with this ARN may exist.
    #[error("it is unknown whether {0} exists now; run it again to delete it and start over")]
    Unknown(String),
    /// The device exists, and its secret key is in the vault.
    #[error("the device and its key are kept; run it again to resume")]
    DeviceAndKey,
}

/// A length of time, printed as `--duration` takes it: `12h`, `90m`, `901s`.
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
