//! What this room needs from the program around it.

use std::path::PathBuf;

use thiserror::Error as ThisError;

use super::api::{Api, ApiError, ClockSkew, Endpoints};
use super::config::{EditError, File, Files, Profile, Source};
use super::{Credentials, Error, StateSeal};
use crate::otp::{Account, Code};
use crate::vault::storage::StateDir;
use crate::vault::storage::StoreError;
use crate::vault::{ChangeError, Vault};

/// The vault, AWS's files, the clock and the way to AWS. The program implements it once; tests have
/// one of their own.
pub(crate) trait Host {
    /// What an operation fails with: an error of the host itself, or of this room.
    type Error: From<Error> + From<StoreError>;

    /// Opens the vault, which must exist.
    fn open_vault(&mut self) -> Result<OpenVault, Self::Error>;

    /// Loads, changes and saves the vault under its lock; creates it if there is none. Nothing is
    /// saved when `change` fails.
    fn change_vault<T>(
        &mut self,
        change: impl FnOnce(&mut Vault) -> Result<T, ChangeError>,
    ) -> Result<T, Self::Error>;

    /// The account that a person means by `name`.
    fn select_account<'a>(&self, vault: &'a Vault, name: &str) -> Result<&'a Account, Self::Error>;

    /// A code that was never given out before; waits for the next one if needed.
    fn fresh_code(&mut self, account: &Account) -> Result<Code, Self::Error>;

    /// The same for two consecutive codes, of which the second is the current one.
    fn fresh_pair(&mut self, account: &Account) -> Result<[Code; 2], Self::Error>;

    /// What this machine remembers.
    fn state(&self) -> &StateDir;

    /// Reads AWS's files and variables.
    fn aws_files(&self) -> Result<Files, Self::Error>;

    /// Edits one of AWS's files; `None` where that changes nothing, else the path that was written.
    fn change_aws_file(
        &self,
        file: File,
        edit: impl FnOnce(&str) -> Result<String, EditError>,
    ) -> Result<Option<PathBuf>, Self::Error>;

    /// Long-term keys, or what the profile's own command prints.
    fn resolve_keys(&self, source: &Source) -> Result<Credentials, Self::Error>;

    /// A client for these endpoints, with the certificates that the profile trusts. Sends nothing yet.
    fn connect(&self, endpoints: Endpoints, profile: &Profile)
    -> Result<Box<dyn Api>, Self::Error>;

    /// The machine's clock, in Unix seconds.
    fn unix_seconds(&self) -> u64;

    /// `N` random bytes.
    fn random_bytes<const N: usize>(&mut self) -> Result<[u8; N], Self::Error>;

    /// Tells the person something while an operation goes on.
    fn notify(&self, notice: &Notice);
}

/// The open vault, and the seal of what this room keeps outside of it.
pub(crate) struct OpenVault {
    /// The accounts.
    pub(crate) vault: Vault,
    /// Seals files of the state folder.
    pub(crate) seal: StateSeal,
}

/// What a person is told while an operation goes on.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
pub(crate) enum Notice {
    /// The clock is off, and AWS answered all the same.
    #[error("{0}")]
    ClockSkew(ClockSkew),
    /// Requests to this URL are not encrypted. The keys are not in them, but all that they get is.
    #[error("{0} is not encrypted: others on the network can read the session's keys")]
    PlainText(String),
    /// AWS refused a code that may have been used elsewhere.
    #[error("AWS refused the code; trying the next one")]
    TryingNextCode,
    /// The user has a device; the new one does not replace it.
    #[error(
        "{user} already has the device {serial}; this adds another (to replace it: mfa aws rotate)"
    )]
    HasDevice {
        /// Name of the IAM user.
        user: String,
        /// ARN of the present device.
        serial: String,
    },
    /// An interrupted registration is resumed; the ARN of its device.
    #[error("resuming the registration of {0}")]
    Resuming(String),
    /// An interrupted registration is forgotten, because the vault has another key since; the ARN of
    /// its device.
    #[error(
        "the vault was re-keyed after the registration of {0} was interrupted; to see whether it \
         is enabled: mfa aws devices"
    )]
    Forgotten(String),
    /// A device of an interrupted registration was deleted; its ARN.
    #[error("deleted {0}, which was never enabled")]
    DeletedHalf(String),
    /// The same, and AWS refused to delete it.
    #[error("cannot delete {serial}, which was never enabled: ask an administrator ({error})")]
    LeftHalf {
        /// ARN of the device.
        serial: String,
        /// Why it was not deleted.
        error: ApiError,
    },
    /// The new device of a rotation is enabled; its ARN.
    #[error("enabled {0}; checking that it works")]
    ProvingDevice(String),
    /// `mfa_serial` was changed in this file.
    #[error("wrote the new mfa_serial to {}", .0.display())]
    SerialWritten(PathBuf),
}
