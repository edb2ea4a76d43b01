//! Both of AWS's files, together with the variables.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;

use super::ini::Sections;
use super::{ProcessLine, ProfileError};
use crate::vault::most_similar;

/// What profiles are resolved from.
#[derive(Debug, Default)]
pub(crate) struct Files {
    /// From `~/.aws/config`, or `AWS_CONFIG_FILE`.
    pub(crate) config: Sections,
    /// From `~/.aws/credentials`, or `AWS_SHARED_CREDENTIALS_FILE`.
    pub(crate) credentials: Sections,
    /// The environment variables that start with `AWS_`.
    pub(crate) variables: HashMap<String, String>,
    /// The profiles whose keys are in the vault. They need not be in the files, and precede them.
    pub(crate) in_vault: BTreeSet<String>,
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

impl Files {
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

    /// Whether a profile has long-term keys. Session keys may be overwritten, long-term ones not.
    pub(crate) fn has_long_term_keys(&self, name: &str) -> bool {
        self.has_static_keys(name) && self.setting(name, "aws_session_token").is_none()
    }

    /// A setting of the profile that would override a new `credential_process`, or be lost by it; `None`
    /// if the profile can be written.
    pub(crate) fn conflict_with_process(&self, name: &str) -> Option<&'static str> {
        if self.has_static_keys(name) {
            return Some("access keys");
        }
        self.conflict_besides_keys(name)
    }

    /// The same, once the profile has no keys in the files.
    pub(crate) fn conflict_besides_keys(&self, name: &str) -> Option<&'static str> {
        let others = [
            "role_arn",
            "sso_session",
            "sso_start_url",
            "web_identity_token_file",
        ];
        let process = self.setting(name, "credential_process");
        let other = others
            .into_iter()
            .find(|key| self.setting(name, key).is_some());
        other.or_else(|| {
            let foreign = process.is_some_and(|line| ProcessLine::source_of(&line).is_none());
            foreign.then_some("credential_process")
        })
    }

    /// The names of all profiles, sorted.
    pub(crate) fn names(&self) -> Vec<&str> {
        let mut names = self.config.names();
        names.extend(self.credentials.names());
        names.extend(self.in_vault.iter().map(String::as_str));
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
                program: shlex::split(&line)?.into_iter().next()?.into(),
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

    pub(super) fn exists(&self, name: &str) -> bool {
        self.config.get(name).is_some()
            || self.credentials.get(name).is_some()
            || self.in_vault.contains(name)
    }

    /// Whether the profile assumes a role. To AWS's tools, keys of its own override the role.
    pub(super) fn is_role(&self, name: &str) -> bool {
        let has_keys = self.has_static_keys(name) || self.in_vault.contains(name);
        self.setting(name, "role_arn").is_some() && !has_keys
    }
}
