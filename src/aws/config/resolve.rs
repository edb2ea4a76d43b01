//! Finds the keys and the role of a profile.

use super::ini::Section;
use super::{EndpointOptions, Files, ProcessLine, Profile, ProfileError, Role, Source};
use crate::aws::Credentials;
use crate::aws::partition::{Partition, Variant};

/// The longest accepted chain of `source_profile`s.
const MAX_CHAIN: usize = 8;

/// Settings of profiles that get their keys from the `aws` program.
const BY_AWS_PROGRAM: [&str; 5] = [
    "credential_source",
    "sso_session",
    "sso_start_url",
    "web_identity_token_file",
    "login_session",
];

impl Files {
    /// Resolves the named profile, else that of `AWS_PROFILE`, else keys in the environment, else
    /// `default`. AWS's tools prefer keys in the environment to `AWS_PROFILE`. Here, those may be the
    /// session that `mfa aws env` printed, and the caller wants another. For the same reason, the region
    /// of a named profile overrides the variables.
    pub(crate) fn profile(&self, named: Option<&str>) -> Result<Profile, ProfileError> {
        let named = named.or_else(|| self.profile_of_session());
        let mut profile = match (named, self.environment_keys()) {
            (None, Some(keys)) => {
                let options = self.endpoint_options("default", "default");
                Profile::of_environment(keys, options)
            }
            _ => self.resolve(self.name(named))?,
        };
        let variable = self.variable("AWS_REGION");
        let variable = variable.or_else(|| self.variable("AWS_DEFAULT_REGION"));
        let own = profile.file_region.clone();
        // A variable may be left from a profile in another partition.
        let is_foreign = |region: &&str| {
            let partition = Partition::of_region(region).map(|partition| partition.id);
            let wanted = profile.arn_partition();
            partition.is_some() && wanted.is_some() && partition != wanted
        };
        // It may also be left from the session of another profile.
        let left_by = self.variable("AWS_VAULT");
        let is_left = left_by.is_some() && left_by != profile.name.as_deref();
        let variable =
            variable.filter(|region| named.is_none() || !(is_left || is_foreign(region)));
        let variable = variable.map(ToOwned::to_owned);
        profile.region = match named {
            Some(_) => own.or(variable),
            None => variable.or(own),
        };
        Ok(profile)
    }

    /// The profile whose session `mfa aws env` or `exec` put into the environment. A session gets no other
    /// session, but its profile does.
    fn profile_of_session(&self) -> Option<&str> {
        self.environment_keys().filter(Credentials::is_session)?;
        let name = self.variable("AWS_VAULT")?;
        self.resolve(name).ok().map(|_| name)
    }

    fn environment_keys(&self) -> Option<Credentials> {
        let variable = |name: &str| self.variable(name).map(ToOwned::to_owned);
        if variable("AWS_PROFILE").is_some() {
            return None;
        }
        Some(Credentials {
            id: variable("AWS_ACCESS_KEY_ID")?,
            secret: variable("AWS_SECRET_ACCESS_KEY")?,
            token: variable("AWS_SESSION_TOKEN"),
            expiration: None,
        })
    }

    /// For a profile that `mfa aws setup` wrote, the profile with its keys; else the profile itself.
    fn behind(&self, name: &str) -> Result<String, ProfileError> {
        let mut meant = name.to_owned();
        for _ in 0..MAX_CHAIN {
            // Its own line may name the profile itself, since the vault comes first.
            if self.in_vault.contains_key(&meant) {
                return Ok(meant);
            }
            let process = self.setting(&meant, "credential_process");
            match process.as_deref().and_then(ProcessLine::source_of) {
                Some(source) if source == meant && !self.has_others_keys(&meant) => {
                    return Err(ProfileError::NotInVault(meant));
                }
                Some(source) if !self.has_others_keys(&meant) && !self.is_role(&meant) => {
                    meant = source;
                }
                _ => return Ok(meant),
            }
        }
        Err(ProfileError::Circle(name.to_owned()))
    }

    fn resolve(&self, name: &str) -> Result<Profile, ProfileError> {
        let name = &self.behind(name)?;
        if !self.exists(name) {
            return Err(ProfileError::Missing(name.to_owned()));
        }
        let setting = |key: &str| self.setting(name, key).filter(|value| !value.is_empty());
        let role = setting("role_arn").filter(|_| !self.is_assumed_by_program(name));
        let role = role.map(|arn| self.role(name, arn));
        let role = role.transpose()?;
        let (keys_of, source) = self.source(name, role.is_some(), 0)?;
        let source_role = match setting("source_profile").filter(|_| role.is_some()) {
            Some(source) => Some(self.behind(&source)?),
            None => None,
        };
        let source_role = source_role.filter(|source| source != name && self.is_role(source));
        let inherited = |key: &str| self.setting(&keys_of, key).filter(|v| !v.is_empty());
        let services = setting("services").or_else(|| inherited("services"));
        let endpoint_of = |service: &str| {
            let section = self
                .config
                .get(&format!("services {}", services.as_ref()?))?;
            section.get(&format!("{service}.endpoint_url")).cloned()
        };
        let duration = match setting("duration_seconds") {
            Some(text) => Some(
                text.parse()
                    .map_err(|_| ProfileError::Duration(name.to_owned()))?,
            ),
            None => None,
        };
        Ok(Profile {
            name: Some(name.to_owned()),
            source,
            mfa_serial: setting("mfa_serial").or_else(|| inherited("mfa_serial")),
            role,
            source_role,
            region: None,
            file_region: setting("region").or_else(|| inherited("region")),
            duration,
            endpoint: setting("endpoint_url").or_else(|| inherited("endpoint_url")),
            ca_bundle: setting("ca_bundle").or_else(|| inherited("ca_bundle")),
            endpoint_options: self.endpoint_options(name, &keys_of),
            endpoints: ["iam", "sts", "s3"].map(endpoint_of),
            keys_of: Some(keys_of),
        })
    }

    /// Settings for AWS's own endpoints, from the variables, the profile, or the one with the keys.
    fn endpoint_options(&self, name: &str, keys_of: &str) -> EndpointOptions {
        let setting = |variable: &str, key: &str| {
            let of = |profile: &str| self.setting(profile, key).filter(|v| !v.is_empty());
            let set = self.variable(variable).map(ToOwned::to_owned);
            set.or_else(|| of(name)).or_else(|| of(keys_of))
        };
        let is = |variable: &str, key: &str, value: &str| {
            setting(variable, key).is_some_and(|set| set.eq_ignore_ascii_case(value))
        };
        EndpointOptions {
            variant: Variant {
                fips: is("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint", "true"),
                dual_stack: is(
                    "AWS_USE_DUALSTACK_ENDPOINT",
                    "use_dualstack_endpoint",
                    "true",
                ),
            },
            is_legacy: is(
                "AWS_STS_REGIONAL_ENDPOINTS",
                "sts_regional_endpoints",
                "legacy",
            ),
            ignores_configured: is(
                "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
                "ignore_configured_endpoint_urls",
                "true",
            ),
        }
    }

    fn role(&self, name: &str, arn: String) -> Result<Role, ProfileError> {
        let setting = |key: &str| self.setting(name, key).filter(|value| !value.is_empty());
        let tags = setting("session_tags").map(|text| Role::tags(&text));
        let tags = tags.unwrap_or_else(|| Some(Vec::new()));
        let transitive = setting("transitive_session_tags").unwrap_or_default();
        let transitive = transitive.split(',').map(|key| key.trim().to_owned());
        Ok(Role {
            arn,
            session_name: setting("role_session_name"),
            external_id: setting("external_id"),
            session_tags: tags.ok_or_else(|| ProfileError::Tags(name.to_owned()))?,
            transitive_tags: transitive.filter(|key| !key.is_empty()).collect(),
            source_identity: setting("source_identity"),
        })
    }

    /// Follows `source_profile` to the profile with the keys.
    fn source(
        &self,
        name: &str,
        has_role: bool,
        depth: usize,
    ) -> Result<(String, Source), ProfileError> {
        if depth > MAX_CHAIN {
            return Err(ProfileError::Circle(name.to_owned()));
        }
        let setting = |key: &str| self.setting(name, key).filter(|value| !value.is_empty());
        if let Some(source) = setting("source_profile").filter(|_| has_role) {
            if source == name {
                return self.own_source(name, depth);
            }
            if !self.exists(&source) {
                return Err(ProfileError::NoSource {
                    profile: name.to_owned(),
                    source_profile: source,
                });
            }
            return self.source(&source, self.is_role(&source), depth + 1);
        }
        self.own_source(name, depth)
    }

    fn own_source(&self, name: &str, depth: usize) -> Result<(String, Source), ProfileError> {
        if let Some(id) = self.in_vault.get(name) {
            let source = Source::Vault {
                profile: name.to_owned(),
                id: id.clone(),
            };
            return Ok((name.to_owned(), source));
        }
        let keys = |section: Option<&Section>| {
            let get = |key: &str| section?.get(key).filter(|v| !v.is_empty()).cloned();
            Some(Credentials {
                id: get("aws_access_key_id")?,
                secret: get("aws_secret_access_key")?,
                token: get("aws_session_token").or_else(|| get("aws_security_token")),
                expiration: None,
            })
        };
        let stored = keys(self.credentials.get(name)).or_else(|| keys(self.config.get(name)));
        let source = if let Some(keys) = stored {
            Source::Credentials(keys)
        } else if let Some(command) = self.setting(name, "credential_process") {
            if let Some(source) = ProcessLine::source_of(&command) {
                return self.source(&source, self.is_role(&source), depth + 1);
            }
            Source::Process(command)
        } else if BY_AWS_PROGRAM
            .iter()
            .any(|key| self.setting(name, key).is_some_and(|v| !v.is_empty()))
        {
            Source::AwsProgram(name.to_owned())
        } else {
            return Err(ProfileError::NoKeys(name.to_owned()));
        };
        Ok((name.to_owned(), source))
    }
}
