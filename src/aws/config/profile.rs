//! Profiles as AWS's tools understand them.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::aws::Credentials;

/// Why a profile cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum ProfileError {
    /// Neither file has this profile.
    #[error("there is no AWS profile '{0}'")]
    Missing(String),
    /// It has no access keys, and nothing that supplies them.
    #[error("the AWS profile '{0}' has no access keys")]
    NoKeys(String),
    /// Its source profiles form a loop.
    #[error("the AWS profile '{0}' is its own source_profile")]
    Circle(String),
    /// It gets its keys in a way that `mfa` does not support.
    #[error("the AWS profile '{profile}' uses {what}, which mfa does not support")]
    Unknown {
        profile: String,
        /// The setting that is not supported.
        what: String,
    },
    /// Its `source_profile` does not exist.
    #[error(
        "the AWS profile '{profile}' has the source_profile '{source_profile}', which does not exist"
    )]
    NoSource {
        profile: String,
        source_profile: String,
    },
    /// Its `duration_seconds` is not a number.
    #[error("the AWS profile '{0}' has a duration_seconds that is not a number")]
    Duration(String),
}

/// Where the keys come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// One of the files, or the environment.
    Credentials(Credentials),
    /// The vault has them, under the name of this profile.
    Vault(String),
    /// The command of `credential_process` prints them.
    Process(String),
    /// The `aws` program supplies them for this SSO profile.
    Sso(String),
}

/// A role that a profile assumes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Role {
    /// ARN of the role.
    pub(crate) arn: String,
    /// From `role_session_name`: the session's name in AWS's logs.
    pub(crate) session_name: Option<String>,
    /// From `external_id`: a value that the role's trust policy may require.
    pub(crate) external_id: Option<String>,
}

/// A profile with its keys, role and endpoints found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Profile {
    /// `None` for keys from the environment without a named profile.
    pub(crate) name: Option<String>,
    pub(crate) source: Source,
    /// The profile that has those keys.
    pub(crate) keys_of: Option<String>,
    /// From `mfa_serial`, of the profile or its source.
    pub(crate) mfa_serial: Option<String>,
    /// The role that the profile assumes.
    pub(crate) role: Option<Role>,
    /// In role chaining: the source profile, whose own role assumes this one. AWS limits such a session
    /// to an hour.
    pub(crate) source_role: Option<String>,
    pub(crate) region: Option<String>,
    /// From `duration_seconds`: the length of a session.
    pub(crate) duration: Option<u32>,
    /// From `endpoint_url`: the URL of all services.
    pub(crate) endpoint: Option<String>,
    /// From `ca_bundle`: a file with certificates in PEM.
    pub(crate) ca_bundle: Option<String>,
    /// URLs of IAM and STS, from the section named by `services`.
    pub(crate) endpoints: [Option<String>; 2],
}

impl Profile {
    /// The profile of keys from the environment, if none was named.
    pub(super) const fn of_environment(keys: Credentials) -> Self {
        Self {
            name: None,
            source: Source::Credentials(keys),
            keys_of: None,
            mfa_serial: None,
            role: None,
            source_role: None,
            region: None,
            duration: None,
            endpoint: None,
            ca_bundle: None,
            endpoints: [None, None],
        }
    }
}
