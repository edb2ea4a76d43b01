//! AWS: registers MFA devices, and gets sessions with their codes.
//!
//! | room | what is in it |
//! | --- | --- |
//! | [`config`] | `~/.aws/config` and `credentials`: read, resolved to a profile, edited. Pure |
//! | [`api`] | IAM, STS and the console's sign-in behind [`api::Api`]: signed requests and their answers |
//! | [`partition`] | AWS's own data on partitions, regions and endpoints |
//! | [`lookup`] | which MFA device and which account of the vault a profile means |
//! | [`session`] | MFA and role sessions: from the cache, or from AWS with a fresh code |
//! | [`device`] | registers, rotates, resyncs and unregisters devices, and resumes what was interrupted |
//! | [`keys`] | moves long-term access keys into the vault, and rotates them |
//! | [`s3`] | the keys and the server for an S3 bucket |
//! | [`unfinished`] | what must be remembered for that, sealed under the vault's key |
//!
//! This room prints nothing and prompts nobody. It gets what it needs from a [`Host`], and returns typed
//! [`Error`]s and [`Notice`]s that the commands put into words.
//!
#![doc = include_str!("aws.md")]

pub(crate) mod api;
pub(crate) mod arn;
pub(crate) mod config;
mod credentials;
pub(crate) mod device;
mod error;
mod host;
pub(crate) mod keys;
pub(crate) mod lookup;
pub(crate) mod partition;
mod profile_client;
pub(crate) mod s3;
mod sealed;
pub(crate) mod session;
#[cfg(test)]
mod test_host;
mod unfinished;

pub(crate) use credentials::Credentials;
use credentials::visible;
pub(crate) use error::{Error, Leftover};
pub(crate) use host::{ChangedBackup, FreshCode, Host, Notice, OpenVault};
pub(crate) use profile_client::{ProfileClient, resolve_profile};
pub(crate) use sealed::StateSeal;

/// What a command is about: a profile, and what its options add.
#[derive(Debug, Clone, Default)]
pub(crate) struct Selection {
    /// The profile; `None` for the one that AWS's tools would use.
    pub(crate) profile: Option<String>,
    /// The account whose codes are used; `None` for that of the profile's device.
    pub(crate) account: Option<String>,
    /// The length of a session in seconds; `None` for the profile's, or AWS's default.
    pub(crate) duration: Option<u32>,
}
