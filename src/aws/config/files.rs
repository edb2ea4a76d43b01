//! Both of AWS's files, together with the variables.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use super::ini::Sections;
use super::owned::{Held, held_by};
use super::{ProcessLine, ProfileError};
use crate::aws::arn::Arn;
use crate::aws::partition::{COMMERCIAL, Partition};
use crate::vault::{Vault, most_similar};

/// What profiles are resolved from.
#[derive(Debug, Default)]
pub(crate) struct Files {
    /// From `~/.aws/config`, or `AWS_CONFIG_FILE`.
    pub(crate) config: Sections,
    /// From `~/.aws/credentials`, or `AWS_SHARED_CREDENTIALS_FILE`.
    pub(crate) credentials: Sections,
    /// The environment variables that start with `AWS_`.
    pub(crate) variables: HashMap<String, String>,
    /// The profiles whose keys are in the vault, and the ids of these keys. They need not be in the files, and precede them.
    pub(crate) in_vault: BTreeMap<String, String>,
}

/// A profile whose `credential_process` is this program.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Served {
    pub(crate) name: String,
    /// The program as the line names it.
    pub(crate) program: PathBuf,
    /// The profile with the keys.
    pub(crate) source: String,
}

/// Why a profile is not written to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Conflict {
    /// This setting would be lost, or AWS's tools would prefer it.
    Setting(&'static str),
    /// It runs `mfa` for the sessions of this profile.
    OwnProcess(String),
}

impl Files {
    /// Notes which profiles have keys in the vault.
    pub(crate) fn add_vault_keys(&mut self, vault: &Vault) {
        let keys = vault.aws_keys.entries.iter();
        let keys = keys.map(|own| (own.profile.clone(), own.key.id().to_owned()));
        self.in_vault.extend(keys);
    }

    /// The profile's name: `named` from the command line, else `AWS_PROFILE`, else `default`.
    pub(crate) fn name<'a>(&'a self, named: Option<&'a str>) -> &'a str {
        let variable = |name: &str| self.variables.get(name).map(String::as_str);
        named
            .or_else(|| variable("AWS_PROFILE"))
            .or_else(|| variable("AWS_DEFAULT_PROFILE"))
            .filter(|name| !name.is_empty())
            .unwrap_or("default")
    }

    /// Whether one of the files has access keys for this profile. They override its
    /// `credential_process`.
    pub(crate) fn has_static_keys(&self, name: &str) -> bool {
        let has = |sections: &Sections| {
            sections
                .get(name)
                .is_some_and(|section| section.contains_key("aws_access_key_id"))
        };
        has(&self.credentials) || has(&self.config)
    }

    /// Whether a profile has access keys that `mfa` did not write.
    pub(crate) fn has_others_keys(&self, name: &str) -> bool {
        let in_config = held_by(self.config.get(name)) != Held::Nothing;
        in_config || held_by(self.credentials.get(name)) == Held::Others
    }

    /// Whether the profile's keys in the credentials file are a session that `mfa aws login --as` wrote.
    pub(crate) fn has_own_session(&self, name: &str) -> bool {
        held_by(self.credentials.get(name)) == Held::OwnSession
    }

    /// What keeps a profile from getting a new `credential_process`; `None` if it can be written. A
    /// session of ours is no conflict: `setup` removes it.
    pub(crate) fn conflict_with_process(&self, name: &str) -> Option<Conflict> {
        let conflict = self.conflict_with_session(name);
        conflict.filter(|conflict| !matches!(conflict, Conflict::OwnProcess(_)))
    }

    /// What keeps a profile from getting the keys of a session; `None` if they can be written.
    pub(crate) fn conflict_with_session(&self, name: &str) -> Option<Conflict> {
        if self.has_others_keys(name) {
            return Some(Conflict::Setting("access keys"));
        }
        self.conflict_besides_keys(name)
    }

    /// The same, once the profile has no keys in the files.
    pub(crate) fn conflict_besides_keys(&self, name: &str) -> Option<Conflict> {
        const OTHERS: [&str; 6] = [
            "role_arn",
            "sso_session",
            "sso_start_url",
            "sso_account_id",
            "web_identity_token_file",
            "login_session",
        ];
        let is_set = |key: &&&str| self.setting(name, key).is_some_and(|v| !v.is_empty());
        if let Some(key) = OTHERS.iter().find(is_set) {
            return Some(Conflict::Setting(key));
        }
        let process = self.setting(name, "credential_process");
        let process = process.filter(|line| !line.is_empty())?;
        Some(match ProcessLine::source_of(&process) {
            Some(source) => Conflict::OwnProcess(source),
            None => Conflict::Setting("credential_process"),
        })
    }

    /// The name of the partition that a profile's role, device or region is in. It may be unknown, and
    /// the profile may have no keys. Fails if a named profile does not exist.
    pub(crate) fn partition(&self, named: Option<&str>) -> Result<String, ProfileError> {
        let name = self.name(named);
        if named.is_some() && !self.exists(name) {
            return Err(ProfileError::Missing(name.to_owned()));
        }
        let arn = ["role_arn", "mfa_serial"].map(|key| self.setting(name, key));
        let mut arns = arn.iter().flatten();
        if let Some(arn) = arns.find_map(|arn| Arn::parse(arn)) {
            return Ok(arn.partition.to_owned());
        }
        let variables = ["AWS_REGION", "AWS_DEFAULT_REGION"];
        let variable = || variables.into_iter().find_map(|name| self.variable(name));
        let own = self.setting(name, "region");
        let region = own.as_deref().or_else(variable);
        let partition = region.and_then(Partition::of_region);
        Ok(partition.unwrap_or(COMMERCIAL).id.to_owned())
    }

    /// The setting by which the `aws` program gets a profile's keys; `SSO` if it signs in by that.
    pub(crate) fn source_of_program(&self, name: &str) -> &'static str {
        let others = [
            "credential_source",
            "web_identity_token_file",
            "login_session",
        ];
        let is_set = |key: &&str| self.setting(name, key).is_some_and(|v| !v.is_empty());
        others.into_iter().find(is_set).unwrap_or("SSO")
    }

    /// The names of all profiles, sorted.
    pub(crate) fn names(&self) -> Vec<&str> {
        let mut names = self.config.names();
        names.extend(self.credentials.names());
        names.extend(self.in_vault.keys().map(String::as_str));
        let is_other = |name: &str| {
            ["sso-session ", "services ", "["]
                .iter()
                .any(|start| name.starts_with(start))
        };
        names.retain(|name| !is_other(name));
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The profiles that get their sessions from this program.
    pub(crate) fn served(&self) -> Vec<Served> {
        let served = |name: &&str| {
            let line = self.setting(name, "credential_process")?;
            let source = ProcessLine::source_of(&line)?;
            Some(Served {
                name: (*name).to_owned(),
                program: ProcessLine::program_of(&line)?,
                source,
            })
        };
        self.names().iter().filter_map(served).collect()
    }

    /// The profiles with an `mfa_serial`, and what it is.
    pub(crate) fn serials(&self) -> Vec<(String, String)> {
        let serial = |name: &str| {
            let serial = self.setting(name, "mfa_serial")?;
            Some((name.to_owned(), serial))
        };
        self.names().into_iter().filter_map(serial).collect()
    }

    /// Up to three existing profiles whose names are like the missing one, the nearest first.
    pub(crate) fn names_like(&self, error: &ProfileError) -> Vec<String> {
        let ProfileError::Missing(name) = error else {
            return Vec::new();
        };
        let names = self.names().into_iter();
        most_similar(names.map(|other| (strsim::jaro_winkler(name, other), other.to_owned())))
    }

    /// The value of a variable; `None` if it is unset or empty.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        let value = self.variables.get(name)?;
        Some(value.as_str()).filter(|value| !value.is_empty())
    }

    /// A setting of a profile; `config` overrides `credentials`.
    pub(super) fn setting(&self, profile: &str, key: &str) -> Option<String> {
        let of = |sections: &Sections| sections.get(profile)?.get(key).cloned();
        of(&self.config).or_else(|| of(&self.credentials))
    }

    pub(crate) fn exists(&self, name: &str) -> bool {
        self.config.get(name).is_some()
            || self.credentials.get(name).is_some()
            || self.in_vault.contains_key(name)
    }

    /// Whether the profile assumes a role. To AWS's tools, keys of its own override the role.
    pub(super) fn is_role(&self, name: &str) -> bool {
        let has_role = self.setting(name, "role_arn").is_some();
        let has_keys = self.has_static_keys(name) || self.in_vault.contains_key(name);
        has_role && !has_keys && !self.is_assumed_by_program(name)
    }

    /// Whether the `aws` program assumes the profile's role: its keys come from a machine or a token.
    pub(super) fn is_assumed_by_program(&self, name: &str) -> bool {
        let is_set = |key: &str| self.setting(name, key).is_some_and(|v| !v.is_empty());
        let has_token = is_set("credential_source") || is_set("web_identity_token_file");
        is_set("role_arn") && has_token && !is_set("source_profile") && !self.has_static_keys(name)
    }
}
