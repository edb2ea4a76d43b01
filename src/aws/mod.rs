//! AWS: registers MFA devices, and gets sessions with their codes.
//!
//! | room | what is in it |
//! | --- | --- |
//! | [`config`] | `~/.aws/config` and `credentials`: read, resolved to a profile, edited. Pure |
//! | [`api`] | IAM, STS and the console's sign-in behind [`api::Api`]: signed requests and their answers |
//! | [`lookup`] | which MFA device and which account of the vault a profile means |
//! | [`session`] | MFA and role sessions: from the cache, or from AWS with a fresh code |
//! | [`device`] | register, rotate, resync and unregister a device; each can be interrupted and resumed |
//! | [`unfinished`] | what has to be remembered for that, sealed under the vault's key |
//!
//! This room prints nothing and asks nobody. What it needs from the program is a [`Host`]; it gives
//! back typed [`Error`]s and [`Notice`]s, and the commands turn them into words.
//!
#![doc = include_str!("aws.md")]

pub(crate) mod api;
pub(crate) mod arn;
pub(crate) mod config;
mod credentials;
pub(crate) mod device;
mod error;
mod host;
pub(crate) mod lookup;
mod profile_client;
mod sealed;
pub(crate) mod session;
#[cfg(test)]
mod test_host;
mod unfinished;

pub(crate) use credentials::Credentials;
use credentials::visible;
pub(crate) use error::{Error, Leftover};
pub(crate) use host::{Host, Notice, OpenVault};
pub(crate) use profile_client::{ProfileClient, resolve_profile};
pub(crate) use sealed::StateSeal;

/// What a command is about: a profile, and what its options say beyond it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Selection {
    /// The profile; `None` for the one that AWS's tools would use.
    pub(crate) profile: Option<String>,
    /// The account of the vault that gives the codes; `None` for the one of the profile's device.
    pub(crate) account: Option<String>,
    /// Length of a session in seconds; `None` for the profile's, or AWS's default.
    pub(crate) duration: Option<u32>,
}
