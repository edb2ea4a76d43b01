//! Finds the keys and the role of a profile.

use super::ini::Section;
use super::{Files, ProcessLine, Profile, ProfileError, Role, Source};
use crate::aws::Credentials;

/// The longest accepted chain of `source_profile`s.
const MAX_CHAIN: usize = 8;

impl Files {
    /// Resolves the named profile, else that of `AWS_PROFILE`, else keys in the environment, else
    /// `default`. AWS's tools prefer keys in the environment to `AWS_PROFILE`. Here, those may be the
    /// session that `mfa aws env` printed, and the caller wants another.
    pub(crate) fn profile(&self, named: Option<&str>) -> Result<Profile, ProfileError> {
        let mut profile = match (named, self.environment_keys()) {
            (None, Some(keys)) => Profile::of_environment(keys),
            _ => self.resolve(self.name(named))?,
        };
        let region = self.variable("AWS_REGION");
        let region = region.or_else(|| self.variable("AWS_DEFAULT_REGION"));
        profile.region = region.map(ToOwned::to_owned).or(profile.region);
        Ok(profile)
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
            if self.in_vault.contains(&meant) {
                return Ok(meant);
            }
            let process = self.setting(&meant, "credential_process");
            match process.as_deref().and_then(ProcessLine::source_of) {
                Some(source) if !self.has_static_keys(&meant) && !self.is_role(&meant) => {
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
        let role = setting("role_arn").map(|arn| Role {
            arn,
            session_name: setting("role_session_name"),
            external_id: setting("external_id"),
        });
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
            region: setting("region").or_else(|| inherited("region")),
            duration,
            endpoint: setting("endpoint_url").or_else(|| inherited("endpoint_url")),
            ca_bundle: setting("ca_bundle").or_else(|| inherited("ca_bundle")),
            endpoints: ["iam", "sts"].map(endpoint_of),
            keys_of: Some(keys_of),
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
        if has_role {
            if let Some(source) = setting("source_profile") {
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
            if let Some(what) = setting("credential_source") {
                return Err(ProfileError::Unknown {
                    profile: name.to_owned(),
                    what: format!("credential_source = {what}"),
                });
            }
        }
        self.own_source(name, depth)
    }

    fn own_source(&self, name: &str, depth: usize) -> Result<(String, Source), ProfileError> {
        if self.in_vault.contains(name) {
            return Ok((name.to_owned(), Source::Vault(name.to_owned())));
        }
        let keys = |section: Option<&Section>| {
            let get = |key: &str| section?.get(key).filter(|v| !v.is_empty()).cloned();
            Some(Credentials {
                id: get("aws_access_key_id")?,
                secret: get("aws_secret_access_key")?,
                token: get("aws_session_token"),
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
        } else if ["sso_session", "sso_start_url"]
            .iter()
            .any(|key| self.setting(name, key).is_some())
        {
            Source::Sso(name.to_owned())
        } else if self.setting(name, "web_identity_token_file").is_some() {
            return Err(ProfileError::Unknown {
                profile: name.to_owned(),
                what: "web_identity_token_file".to_owned(),
            });
        } else {
            return Err(ProfileError::NoKeys(name.to_owned()));
        };
        Ok((name.to_owned(), source))
    }
}
