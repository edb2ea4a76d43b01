//! A profile as AWS's tools understand it.

use thiserror::Error;

use crate::aws::Credentials;

/// Why a profile cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum ProfileError {
    /// Neither file has it.
    #[error("there is no AWS profile '{0}'")]
    Missing(String),
    /// It has no source of keys.
    #[error("the AWS profile '{0}' has no access keys")]
    NoKeys(String),
    /// Its source profiles form a circle.
    #[error("the AWS profile '{0}' has itself as its source")]
    Circle(String),
    /// A source of keys that this program does not support.
    #[error("the AWS profile '{profile}' uses {what}, which mfa does not support")]
    Unknown {
        /// The profile.
        profile: String,
        /// The setting.
        what: String,
    },
    /// Its `source_profile` does not exist.
    #[error(
        "the AWS profile '{profile}' has the source_profile '{source_profile}', which does not exist"
    )]
    NoSource {
        /// The profile.
        profile: String,
        /// What it names.
        source_profile: String,
    },
    /// Its `duration_seconds` is not a number.
    #[error("the AWS profile '{0}' has a duration_seconds that is not a number")]
    Duration(String),
}

/// Where long-term keys come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// Stored in one of the files, or in the environment.
    Credentials(Credentials),
    /// Printed by this command, of `credential_process`.
    Process(String),
    /// The `aws` program supplies them, for the SSO profile of this name.
    Sso(String),
}

/// A role that a profile assumes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Role {
    /// ARN of the role.
    pub(crate) arn: String,
    /// `role_session_name`.
    pub(crate) session_name: Option<String>,
    /// `external_id`.
    pub(crate) external_id: Option<String>,
}

/// A profile, resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Profile {
    /// `None` where the keys of the environment are used, and no profile was named.
    pub(crate) name: Option<String>,
    /// Where the keys come from.
    pub(crate) source: Source,
    /// The profile that holds those keys.
    pub(crate) keys_of: Option<String>,
    /// `mfa_serial`, of the profile or of its source.
    pub(crate) mfa_serial: Option<String>,
    /// The role to assume.
    pub(crate) role: Option<Role>,
    /// The profile whose role assumes this one, in role chaining: a `source_profile` that has a role of
    /// its own. AWS limits such a session to an hour.
    pub(crate) source_role: Option<String>,
    /// `region`.
    pub(crate) region: Option<String>,
    /// `duration_seconds`.
    pub(crate) duration: Option<u32>,
    /// `endpoint_url`.
    pub(crate) endpoint: Option<String>,
    /// `ca_bundle`: a file of certificates (PEM).
    pub(crate) ca_bundle: Option<String>,
    /// URLs of IAM and STS, from the section that `services` names.
    pub(crate) endpoints: [Option<String>; 2],
}

impl Profile {
    /// What keys of the environment are, where no profile was named.
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
