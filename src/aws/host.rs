//! What this room needs from the rest of the program.

use std::fmt;
use std::path::PathBuf;

use thiserror::Error as ThisError;

use super::api::{Api, ApiError, ClockSkew, Endpoints};
use super::config::{EditError, File, Files, Profile, Source};
use super::keys::KeysNotice;
use super::{Credentials, Error, StateSeal};
use crate::otp::{Account, Code};
use crate::vault::storage::StateDir;
use crate::vault::storage::StoreError;
use crate::vault::{ChangeError, Vault};

/// The vault, AWS's files, the clock and the connection to AWS. Implemented by the program, and by a
/// double in tests.
pub(crate) trait Host {
    /// The program's error type, which includes this room's.
    type Error: From<Error> + From<StoreError> + fmt::Display;

    fn open_vault(&mut self) -> Result<OpenVault, Self::Error>;

    /// Opens the vault; `None` if there is none yet.
    fn open_vault_if_any(&mut self) -> Result<Option<OpenVault>, Self::Error>;

    /// Loads, changes and saves the vault under its lock; creates it if there is none. If `change`
    /// fails, nothing is saved.
    fn change_vault<T>(
        &mut self,
        change: impl FnOnce(&mut Vault) -> Result<T, ChangeError>,
    ) -> Result<T, Self::Error>;

    /// Whether what was saved in the vault survives a power loss, as far as the system tells.
    fn vault_is_durable(&self) -> bool;

    /// Finds the account that `name` means, as other commands do.
    fn select_account<'a>(&self, vault: &'a Vault, name: &str) -> Result<&'a Account, Self::Error>;

    /// A code that was never handed out; waits for the next one if needed. `ahead` are the seconds by
    /// which AWS's clock is ahead of this machine's.
    fn fresh_code(&mut self, account: &Account, ahead: i64) -> Result<FreshCode, Self::Error>;

    /// Forgets that a code was handed out: it was not sent, or is from a wrong time.
    fn give_back(&mut self, account: &Account, unused: &FreshCode) -> Result<(), Self::Error>;

    /// Two consecutive codes, never handed out before; the second is the current one by a clock that
    /// is `ahead` seconds ahead.
    fn fresh_pair(&mut self, account: &Account, ahead: i64) -> Result<[Code; 2], Self::Error>;

    /// The folder for this machine's own files, outside the vault.
    fn state(&self) -> &StateDir;

    /// Reads AWS's files and variables.
    fn aws_files(&self) -> Result<Files, Self::Error>;

    /// Edits one of AWS's files; returns its path, or `None` if nothing changed.
    fn change_aws_file(
        &self,
        file: File,
        edit: impl FnOnce(&str) -> Result<String, EditError>,
    ) -> Result<Option<PathBuf>, Self::Error>;

    /// Edits the backups of AWS's files that this program has left beside them. Returns each that had
    /// to change, and why that failed if it did.
    fn change_aws_backups(
        &self,
        edit: &dyn Fn(File, &str) -> String,
    ) -> Result<Vec<ChangedBackup>, Self::Error>;

    /// As [`Host::change_aws_file`], but keeps no copy of what goes: the vault has it.
    fn move_out_of_aws_file(
        &self,
        file: File,
        edit: impl FnOnce(&str) -> String,
    ) -> Result<Option<PathBuf>, Self::Error>;

    /// Gets long-term keys, or runs the profile's own command.
    fn resolve_keys(&self, source: &Source) -> Result<Credentials, Self::Error>;

    /// A client for these endpoints that trusts the profile's certificates. Sends nothing yet.
    fn connect(&self, endpoints: Endpoints, profile: &Profile)
    -> Result<Box<dyn Api>, Self::Error>;

    /// The machine's clock, in Unix seconds.
    fn unix_seconds(&self) -> u64;

    fn random_bytes<const N: usize>(&mut self) -> Result<[u8; N], Self::Error>;

    /// Tells the person something during an operation.
    fn notify(&self, notice: &Notice);
}

/// A code that was handed out to nobody else.
pub(crate) struct FreshCode {
    pub(crate) code: Code,
    /// Its time step (RFC 6238 section 4.2).
    pub(crate) step: u64,
    /// The last step that was handed out before.
    pub(crate) before: Option<u64>,
}

/// The open vault, and the seal for this room's files outside it.
pub(crate) struct OpenVault {
    pub(crate) vault: Vault,
    pub(crate) seal: StateSeal,
}

/// A backup of one of AWS's files that had to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChangedBackup {
    pub(crate) path: PathBuf,
    /// Why it could not be changed; `None` if it was.
    pub(crate) failed: Option<String>,
}

/// Messages to the person during an operation.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
pub(crate) enum Notice {
    /// The clock is off, but AWS answered.
    #[error("{0}")]
    ClockSkew(ClockSkew),
    /// The clock is off by more than codes allow, so AWS's time is used for them.
    #[error("{0}; using AWS's time for this: correct the clock")]
    ClockCorrected(ClockSkew),
    /// There is no MFA device, so the session has no MFA.
    #[error("no MFA device is known: this session has no MFA")]
    NoMfa,
    /// A role needs a newer MFA than that of the cached session.
    #[error("AWS refused the cached MFA session; trying a new code")]
    NeedsNewCode,
    /// Requests to this URL are not encrypted. They contain no secret key, but the answers contain
    /// session keys.
    #[error("{0} is not encrypted: others on the network can read the session's keys")]
    PlainText(String),
    /// Requests to a bucket at this URL are not encrypted.
    #[error("{0} is not encrypted: others on the network can read and change requests to it")]
    PlainTextBucket(String),
    /// AWS refused a code that another program may have used.
    #[error("AWS refused the code; trying the next one")]
    TryingNextCode,
    /// The user already has a device; the new one does not replace it.
    #[error("{user} already has the device {serial}; this adds another")]
    HasDevice {
        /// The name of the IAM user.
        user: String,
        /// The ARN of the current device.
        serial: String,
    },
    /// AWS does not let the caller list the devices of this user.
    #[error(
        "AWS does not allow to list the MFA devices of {0}, so it is unknown whether one exists"
    )]
    Unlisted(String),
    /// An interrupted registration is resumed; its device has this ARN.
    #[error("resuming the registration of {0}")]
    Resuming(String),
    /// An interrupted registration is given up, because the vault was re-keyed since. Its device has
    /// this ARN.
    #[error("the vault was re-keyed after the registration of {0} was interrupted")]
    Forgotten(String),
    /// The device of an interrupted registration was deleted; it had this ARN.
    #[error("deleted {0}, which was never enabled")]
    DeletedHalf(String),
    /// AWS refused to delete the device of an interrupted registration.
    #[error("cannot delete {serial}, which was never enabled: ask an administrator ({error})")]
    LeftHalf { serial: String, error: ApiError },
    /// The new device of a rotation, with this ARN, is enabled.
    #[error("enabled {0}; checking that it works")]
    ProvingDevice(String),
    /// About access keys in the vault.
    #[error(transparent)]
    Keys(KeysNotice),
    /// `mfa_serial` was changed in this file.
    #[error("wrote the new mfa_serial to {}", .0.display())]
    SerialWritten(PathBuf),
    /// `mfa_serial` has to be changed in AWS's files, which cannot be written.
    #[error("{why}; in that file, set mfa_serial = {serial}")]
    SerialNotWritten {
        /// The ARN of the new device.
        serial: String,
        why: String,
    },
}
