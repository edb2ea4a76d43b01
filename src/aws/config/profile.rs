//! Profiles as AWS's tools understand them.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::aws::Credentials;
use crate::aws::arn::Arn;
use crate::aws::partition::{COMMERCIAL, Partition, Variant};

/// Why a profile cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum ProfileError {
    /// Neither file has this profile.
    #[error("there is no AWS profile '{0}'")]
    Missing(String),
    /// It has no access keys, and nothing that supplies them.
    #[error("the AWS profile '{0}' has no access keys")]
    NoKeys(String),
    /// It runs this program for its own keys, but they are not in the vault.
    #[error("the access keys of the AWS profile '{0}' are not in the vault")]
    NotInVault(String),
    /// Its source profiles, or its `credential_process`, lead back to it.
    #[error("the AWS profile '{0}' gets its keys from itself")]
    Circle(String),
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
    /// Its `session_tags` cannot be parsed.
    #[error("the AWS profile '{0}' has session_tags that are not KEY=VALUE,KEY=VALUE")]
    Tags(String),
}

/// Where the keys come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// One of the files, or the environment.
    Credentials(Credentials),
    /// The vault has them, under the name of this profile.
    Vault {
        profile: String,
        /// The id of the access key.
        id: String,
    },
    /// The command of `credential_process` prints them.
    Process(String),
    /// The `aws` program supplies them for this profile, which has SSO, `credential_source`,
    /// `web_identity_token_file` or `login_session`.
    AwsProgram(String),
}

impl Source {
    /// What tells it apart from others in the cache: the id of the access key, or the command that
    /// prints it.
    pub(crate) fn id(&self) -> String {
        match self {
            Self::Credentials(keys) => keys.id.clone(),
            Self::Vault { id, .. } => id.clone(),
            Self::Process(line) => format!("process {line}"),
            Self::AwsProgram(profile) => format!("aws {profile}"),
        }
    }
}

/// A role that a profile assumes, with all settings that go into the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Role {
    /// ARN of the role.
    pub(crate) arn: String,
    /// From `role_session_name`: the session's name in AWS's logs.
    pub(crate) session_name: Option<String>,
    /// From `external_id`: a value that the role's trust policy may require.
    pub(crate) external_id: Option<String>,
    /// From aws-vault's `session_tags`: keys and values, for policies to compare.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) session_tags: Vec<(String, String)>,
    /// From aws-vault's `transitive_session_tags`: the keys that roles assumed from this one keep.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) transitive_tags: Vec<String>,
    /// From aws-vault's `source_identity`: who assumes the role, in AWS's logs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) source_identity: Option<String>,
}

impl Role {
    /// Parses `session_tags`: `KEY=VALUE,KEY=VALUE`, spaces around each part.
    pub(super) fn tags(text: &str) -> Option<Vec<(String, String)>> {
        let pair = |pair: &str| {
            let (key, value) = pair.split_once('=')?;
            let key = key.trim();
            (!key.is_empty()).then(|| (key.to_owned(), value.trim().to_owned()))
        };
        text.split(',').map(pair).collect()
    }
}

/// Which of AWS's endpoints to use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct EndpointOptions {
    /// From `use_fips_endpoint` and `use_dualstack_endpoint`.
    pub(crate) variant: Variant,
    /// From `sts_regional_endpoints = legacy`: the global endpoint of STS in AWS's older regions.
    pub(crate) is_legacy: bool,
    /// From `ignore_configured_endpoint_urls`: only AWS's own endpoints are used.
    pub(crate) ignores_configured: bool,
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
    /// The region to use.
    pub(crate) region: Option<String>,
    /// The region of the files, whatever the environment says.
    pub(crate) file_region: Option<String>,
    /// From `duration_seconds`: the length of a session.
    pub(crate) duration: Option<u32>,
    /// From `endpoint_url`: the URL of all services.
    pub(crate) endpoint: Option<String>,
    /// From `ca_bundle`: a file with certificates in PEM.
    pub(crate) ca_bundle: Option<String>,
    /// Settings that choose among AWS's own endpoints.
    pub(crate) endpoint_options: EndpointOptions,
    /// URLs of IAM, STS and S3, from the section named by `services`.
    pub(crate) endpoints: [Option<String>; 3],
}

impl Profile {
    /// The profile of keys from the environment, if none was named.
    pub(super) const fn of_environment(
        keys: Credentials,
        endpoint_options: EndpointOptions,
    ) -> Self {
        Self {
            name: None,
            source: Source::Credentials(keys),
            keys_of: None,
            mfa_serial: None,
            role: None,
            source_role: None,
            region: None,
            file_region: None,
            duration: None,
            endpoint: None,
            ca_bundle: None,
            endpoint_options,
            endpoints: [None, None, None],
        }
    }

    /// The name of the partition that the role, the device or the region is in. It may be unknown.
    pub(crate) fn partition(&self) -> &str {
        let of_region = || {
            let partition = self.region.as_deref().and_then(Partition::of_region);
            partition.unwrap_or(COMMERCIAL).id
        };
        self.arn_partition().unwrap_or_else(of_region)
    }

    /// The name of the partition that the role or the device is in.
    pub(super) fn arn_partition(&self) -> Option<&str> {
        let role = self.role.as_ref().map(|role| role.arn.as_str());
        let arn = role.or(self.mfa_serial.as_deref()).and_then(Arn::parse);
        arn.map(|arn| arn.partition)
    }
}
