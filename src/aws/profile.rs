//! A profile as AWS's tools understand it: `~/.aws/config`, `~/.aws/credentials` and the
//! environment together. Pure.

use std::collections::HashMap;

use thiserror::Error;

use super::ini::{Section, Sections};
use super::keys::Keys;

/// How many `source_profile`s may follow each other.
const MAX_CHAIN: usize = 8;

/// What a profile is made of.
#[derive(Debug, Default)]
pub struct Files {
    /// `~/.aws/config`.
    pub config: Sections,
    /// `~/.aws/credentials`.
    pub credentials: Sections,
    /// The variables that begin with `AWS_`.
    pub variables: HashMap<String, String>,
}

/// Why there is no such profile.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ProfileError {
    /// Neither file has it.
    #[error("there is no AWS profile '{0}'")]
    Missing(String),
    /// It says nothing of where its keys come from.
    #[error("the AWS profile '{0}' has no access keys")]
    NoKeys(String),
    /// Source profiles lead in a circle.
    #[error("the AWS profile '{0}' has itself as its source")]
    Circle(String),
    /// Something that this program does not do.
    #[error("the AWS profile '{profile}' uses {what}, which mfa does not know")]
    Unknown {
        /// The profile.
        profile: String,
        /// The setting.
        what: String,
    },
    /// `source_profile` leads nowhere.
    #[error(
        "the AWS profile '{profile}' has the source_profile '{source_profile}', which there is not"
    )]
    NoSource {
        /// The profile.
        profile: String,
        /// What it names.
        source_profile: String,
    },
    /// A number is none.
    #[error("the AWS profile '{0}' has a duration_seconds that is no number")]
    Duration(String),
}

/// Where long-term keys come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// They stand there.
    Keys(Keys),
    /// A command prints them: `credential_process`.
    Process(String),
    /// The `aws` program gets them: an SSO profile of this name.
    Sso(String),
}

/// A role that a profile assumes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Its ARN.
    pub arn: String,
    /// `role_session_name`.
    pub session_name: Option<String>,
    /// `external_id`.
    pub external_id: Option<String>,
}

/// A profile, resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// `None` where the keys of the environment are used, and no profile was named.
    pub name: Option<String>,
    /// Where the keys come from.
    pub source: Source,
    /// The profile that holds those keys.
    pub keys_of: Option<String>,
    /// `mfa_serial`, of the profile or of its source.
    pub mfa_serial: Option<String>,
    /// The role to assume.
    pub role: Option<Role>,
    /// The profile whose role assumes this one: a `source_profile` with a role of its own. AWS gives
    /// such a session an hour.
    pub through: Option<String>,
    /// `region`.
    pub region: Option<String>,
    /// `duration_seconds`.
    pub duration: Option<u32>,
    /// `endpoint_url`.
    pub endpoint: Option<String>,
    /// `ca_bundle`: a file of certificates (PEM).
    pub ca_bundle: Option<String>,
    /// Where IAM and STS are, in the section that `services` names.
    pub endpoints: [Option<String>; 2],
}

impl Files {
    /// The profile that was named, or that of `AWS_PROFILE`, or the keys in the environment, or
    /// `default`. To AWS's tools, keys in the environment win over `AWS_PROFILE`; but those may be
    /// the session that `mfa aws env` gave, and this is to get another one.
    ///
    /// # Errors
    /// [`ProfileError`].
    pub fn profile(&self, named: Option<&str>) -> Result<Profile, ProfileError> {
        let variable = |name: &str| self.variables.get(name).filter(|v| !v.is_empty());
        let mut profile = match (named, self.environment_keys()) {
            (None, Some(keys)) => Profile {
                name: None,
                source: Source::Keys(keys),
                keys_of: None,
                mfa_serial: None,
                role: None,
                through: None,
                region: None,
                duration: None,
                endpoint: None,
                ca_bundle: None,
                endpoints: [None, None],
            },
            _ => self.resolve(self.name(named))?,
        };
        let region = variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION"));
        profile.region = region.cloned().or(profile.region);
        Ok(profile)
    }

    /// The name of the profile that is meant.
    #[must_use]
    pub fn name<'a>(&'a self, named: Option<&'a str>) -> &'a str {
        let variable = |name: &str| self.variables.get(name).map(String::as_str);
        named
            .or_else(|| variable("AWS_PROFILE"))
            .or_else(|| variable("AWS_DEFAULT_PROFILE"))
            .filter(|name| !name.is_empty())
            .unwrap_or("default")
    }

    /// Whether the keys of a profile stand in the credentials file, where they win over a
    /// `credential_process` of the config file.
    #[must_use]
    pub fn has_static_keys(&self, name: &str) -> bool {
        let has = |sections: &Sections| {
            sections
                .get(name)
                .is_some_and(|section| section.contains_key("aws_access_key_id"))
        };
        has(&self.credentials) || has(&self.config)
    }

    /// Whether a profile has keys of its own that last: not those of a session, which can be got
    /// again.
    #[must_use]
    pub fn has_lasting_keys(&self, name: &str) -> bool {
        self.has_static_keys(name) && self.setting(name, "aws_session_token").is_none()
    }

    /// What AWS's tools take before a `credential_process` of this profile, or instead of the one that
    /// is there: `None` where a new one would be used, and nothing of somebody's is lost.
    #[must_use]
    pub fn in_the_way(&self, name: &str) -> Option<&'static str> {
        let others = [
            "role_arn",
            "sso_session",
            "sso_start_url",
            "web_identity_token_file",
        ];
        let process = self.setting(name, "credential_process");
        if self.has_static_keys(name) {
            return Some("keys");
        }
        let other = others
            .into_iter()
            .find(|key| self.setting(name, key).is_some());
        other.or_else(|| {
            let foreign = process.is_some_and(|line| source_of(&line).is_none());
            foreign.then_some("credential_process")
        })
    }

    /// All profiles, for the nearest names.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let mut names = self.config.names();
        names.extend(self.credentials.names());
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

    fn environment_keys(&self) -> Option<Keys> {
        let variable = |name: &str| self.variables.get(name).filter(|v| !v.is_empty()).cloned();
        if variable("AWS_PROFILE").is_some() {
            return None;
        }
        Some(Keys {
            id: variable("AWS_ACCESS_KEY_ID")?,
            secret: variable("AWS_SECRET_ACCESS_KEY")?,
            token: variable("AWS_SESSION_TOKEN"),
            expiration: None,
        })
    }

    fn setting(&self, profile: &str, key: &str) -> Option<String> {
        let of = |sections: &Sections| sections.get(profile)?.get(key).cloned();
        of(&self.config).or_else(|| of(&self.credentials))
    }

    fn is_there(&self, name: &str) -> bool {
        self.config.get(name).is_some() || self.credentials.get(name).is_some()
    }

    /// Whether a profile gives the session of a role: to AWS's tools, keys of its own win.
    fn is_role(&self, name: &str) -> bool {
        self.setting(name, "role_arn").is_some() && !self.has_static_keys(name)
    }

    /// The profile that is meant: one that `mfa aws setup` wrote stands for the one that it takes the
    /// keys from.
    fn behind(&self, name: &str) -> Result<String, ProfileError> {
        let mut meant = name.to_owned();
        for _ in 0..MAX_CHAIN {
            let process = self.setting(&meant, "credential_process");
            match process.as_deref().and_then(source_of) {
                Some(source) if !self.has_static_keys(&meant) && !self.is_role(&meant) => {
                    source.clone_into(&mut meant);
                }
                _ => return Ok(meant),
            }
        }
        Err(ProfileError::Circle(name.to_owned()))
    }

    fn resolve(&self, name: &str) -> Result<Profile, ProfileError> {
        let name = &self.behind(name)?;
        if !self.is_there(name) {
            return Err(ProfileError::Missing(name.to_owned()));
        }
        let setting = |key: &str| self.setting(name, key).filter(|value| !value.is_empty());
        let role = setting("role_arn").map(|arn| Role {
            arn,
            session_name: setting("role_session_name"),
            external_id: setting("external_id"),
        });
        let (keys_of, source) = self.source(name, role.is_some(), 0)?;
        let through = match setting("source_profile").filter(|_| role.is_some()) {
            Some(source) => Some(self.behind(&source)?),
            None => None,
        };
        let through = through.filter(|source| source != name && self.is_role(source));
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
            through,
            region: setting("region").or_else(|| inherited("region")),
            duration,
            endpoint: setting("endpoint_url").or_else(|| inherited("endpoint_url")),
            ca_bundle: setting("ca_bundle").or_else(|| inherited("ca_bundle")),
            endpoints: ["iam", "sts"].map(endpoint_of),
            keys_of: Some(keys_of),
        })
    }

    /// Follows `source_profile` to where the keys are.
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
                if !self.is_there(&source) {
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
        let keys = |section: Option<&Section>| {
            let get = |key: &str| section?.get(key).filter(|v| !v.is_empty()).cloned();
            Some(Keys {
                id: get("aws_access_key_id")?,
                secret: get("aws_secret_access_key")?,
                token: get("aws_session_token"),
                expiration: None,
            })
        };
        let stored = keys(self.credentials.get(name)).or_else(|| keys(self.config.get(name)));
        let source = if let Some(keys) = stored {
            Source::Keys(keys)
        } else if let Some(command) = self.setting(name, "credential_process") {
            if let Some(source) = source_of(&command) {
                return self.source(source, self.is_role(source), depth + 1);
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

/// The profile that a `credential_process` line of `mfa aws setup` takes the keys from.
#[must_use]
pub fn source_of(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once(" aws credential-process --profile ")?;
    let rest = rest.trim_start();
    match rest.strip_prefix('\'') {
        Some(quoted) => quoted.split('\'').next(),
        None => rest.split_whitespace().next(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::ini::File;
    use super::*;

    const CONFIG: &str = "[default]\nregion = eu-west-1\n\
        [profile work]\nregion = us-east-1\nmfa_serial = arn:aws:iam::123456789012:mfa/alice\n\
        [profile admin]\nrole_arn = arn:aws:iam::123456789012:role/Admin\nsource_profile = work\n\
        duration_seconds = 7200\n\
        [profile own]\nrole_arn = r\nsource_profile = own\n\
        [profile chain]\nrole_arn = r\nsource_profile = admin\n\
        [profile a]\nrole_arn = r\nsource_profile = b\n[profile b]\nrole_arn = r\nsource_profile = a\n\
        [profile a-mfa]\ncredential_process = mfa aws credential-process --profile a-mfa\n\
        [profile over]\nrole_arn = r\nsource_profile = work-mfa\n\
        [profile sso]\nsso_session = corp\n[sso-session corp]\nsso_region = x\n\
        [profile tool]\ncredential_process = /bin/keys --all\n\
        [profile bare]\n[profile odd]\nduration_seconds = long\n\
        [profile gone]\nrole_arn = r\nsource_profile = nothere\n\
        [profile web]\nweb_identity_token_file = f\n[unnamed]\nregion = r\n\
        [profile local]\nservices = near\naws_access_key_id = A\naws_secret_access_key = s\n\
        [services near]\nsts =\n  endpoint_url = http://127.0.0.1:1\n\
        [profile work-mfa]\ncredential_process = /bin/mfa aws credential-process --profile work\n";
    const CREDENTIALS: &str = "[default]\naws_access_key_id = AKIADEFAULT\n\
        aws_secret_access_key = d\n[work]\naws_access_key_id = AKIAWORK\n\
        aws_secret_access_key = w\n[own]\naws_access_key_id = AKIAOWN\naws_secret_access_key = o\n\
        [odd]\naws_access_key_id = A\naws_secret_access_key = o\n";

    fn files(variables: &[(&str, &str)]) -> Files {
        Files {
            config: Sections::parse(CONFIG, File::Config),
            credentials: Sections::parse(CREDENTIALS, File::Credentials),
            variables: variables
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        }
    }

    fn id(profile: &Profile) -> &str {
        match &profile.source {
            Source::Keys(keys) => &keys.id,
            _ => panic!("no keys"),
        }
    }

    #[test]
    fn profiles_are_chosen_as_aws_tools_choose_them() {
        let plain = files(&[]);
        assert_eq!(id(&plain.profile(None).unwrap()), "AKIADEFAULT");
        assert_eq!(id(&plain.profile(Some("work")).unwrap()), "AKIAWORK");
        let named = files(&[("AWS_PROFILE", "work"), ("AWS_REGION", "eu-north-1")]);
        let profile = named.profile(None).unwrap();
        assert_eq!(id(&profile), "AKIAWORK");
        assert_eq!(profile.region.as_deref(), Some("eu-north-1"));
        let keys = [
            ("AWS_ACCESS_KEY_ID", "AKIAENV"),
            ("AWS_SECRET_ACCESS_KEY", "e"),
        ];
        assert_eq!(id(&files(&keys).profile(None).unwrap()), "AKIAENV");
        assert_eq!(id(&files(&keys).profile(Some("work")).unwrap()), "AKIAWORK");
        let both = [keys[0], keys[1], ("AWS_PROFILE", "work")];
        assert_eq!(id(&files(&both).profile(None).unwrap()), "AKIAWORK");
    }

    #[test]
    fn a_role_takes_keys_and_serial_from_its_source() {
        let admin = files(&[]).profile(Some("admin")).unwrap();
        assert_eq!(id(&admin), "AKIAWORK");
        assert_eq!(admin.keys_of.as_deref(), Some("work"));
        assert_eq!(
            admin.mfa_serial.as_deref(),
            Some("arn:aws:iam::123456789012:mfa/alice")
        );
        assert_eq!(admin.duration, Some(7200));
        assert_eq!(admin.region.as_deref(), Some("us-east-1"));
        assert_eq!(id(&files(&[]).profile(Some("own")).unwrap()), "AKIAOWN");
    }

    #[test]
    fn a_role_may_be_the_source_of_a_role() {
        let chain = files(&[]).profile(Some("chain")).unwrap();
        assert_eq!(
            (id(&chain), chain.through.as_deref()),
            ("AKIAWORK", Some("admin"))
        );
        assert_eq!(chain.role.unwrap().arn, "r");
        assert_eq!(files(&[]).profile(Some("admin")).unwrap().through, None);
    }

    #[test]
    fn what_setup_wrote_stands_for_where_its_keys_come_from() {
        let work = files(&[]).profile(Some("work-mfa")).unwrap();
        assert_eq!(
            (work.name.as_deref(), id(&work)),
            (Some("work"), "AKIAWORK")
        );
        let over = files(&[]).profile(Some("over")).unwrap();
        assert_eq!(
            (over.name.as_deref(), id(&over)),
            (Some("over"), "AKIAWORK")
        );
        assert_eq!((over.role.unwrap().arn.as_str(), over.through), ("r", None));
    }

    #[test]
    fn other_sources_are_named() {
        let source = |name| files(&[]).profile(Some(name)).unwrap().source;
        assert_eq!(source("sso"), Source::Sso("sso".to_owned()));
        assert_eq!(
            source("tool"),
            Source::Process("/bin/keys --all".to_owned())
        );
    }

    #[test]
    fn what_cannot_be_used_is_said() {
        let error = |name| files(&[]).profile(Some(name)).unwrap_err();
        assert_eq!(error("nope"), ProfileError::Missing("nope".to_owned()));
        assert_eq!(error("bare"), ProfileError::NoKeys("bare".to_owned()));
        assert_eq!(error("odd"), ProfileError::Duration("odd".to_owned()));
        for circle in ["a", "b", "a-mfa"] {
            assert!(matches!(error(circle), ProfileError::Circle(_)), "{circle}");
        }
        assert!(matches!(error("web"), ProfileError::Unknown { .. }));
        assert!(matches!(error("gone"), ProfileError::NoSource { .. }));
        assert!(matches!(error("unnamed"), ProfileError::Missing(_)));
        assert!(!files(&[]).names().contains(&"sso-session corp"));
    }

    #[test]
    fn services_have_endpoints_of_their_own() {
        let local = files(&[]).profile(Some("local")).unwrap();
        let near = "http://127.0.0.1:1".to_owned();
        assert_eq!(
            (local.endpoint, local.endpoints),
            (None, [None, Some(near)])
        );
    }

    #[test]
    fn what_is_in_the_way_of_a_new_profile_is_named() {
        let files = files(&[]);
        for (name, what) in [
            ("work", Some("keys")),
            ("admin", Some("role_arn")),
            ("sso", Some("sso_session")),
            ("tool", Some("credential_process")),
            ("work-mfa", None),
            ("new", None),
        ] {
            assert_eq!(files.in_the_way(name), what, "{name}");
        }
        assert!(files.has_lasting_keys("work") && !files.has_lasting_keys("new"));
    }

    #[test]
    fn the_source_of_our_own_process_is_found() {
        let of = |rest: &str| {
            let line = format!("/x/mfa --vault v aws credential-process {rest}");
            source_of(&line).map(ToOwned::to_owned)
        };
        assert_eq!(of("--profile work --duration 900").as_deref(), Some("work"));
        assert_eq!(of("--profile 'two words'").as_deref(), Some("two words"));
        assert_eq!(of("--other"), None);
    }

    #[test]
    fn ten_thousand_profiles_are_fine() {
        let profile =
            "[profile pN]\nregion = r\naws_access_key_id = AN\naws_secret_access_key = s\n";
        let numbered = |number: u32| profile.replace('N', &number.to_string());
        let text: String = (0..10_000).map(numbered).collect();
        let files = Files {
            config: Sections::parse(&text, File::Config),
            ..Files::default()
        };
        assert_eq!(id(&files.profile(Some("p9999")).unwrap()), "A9999");
    }
}
