//! A profile with its keys, and a client that speaks to AWS for it.

use super::api::{Api, ApiError, Endpoints, sts};
use super::arn::Arn;
use super::config::{Files, Profile};
use super::{Credentials, Error, Host, Notice};

/// A profile, resolved, and its client.
pub(crate) struct ProfileClient {
    /// Files and variables.
    pub(crate) files: Files,
    /// The profile that is meant.
    pub(crate) profile: Profile,
    /// Sends requests.
    pub(crate) api: Box<dyn Api>,
    keys: Option<Credentials>,
}

/// An IAM user.
#[derive(Debug, Clone)]
pub(crate) struct User {
    /// `aws`, `aws-cn` or `aws-us-gov`.
    pub(crate) partition: String,
    /// Without its path.
    pub(crate) name: String,
    /// 12 digits.
    pub(crate) account: String,
}

/// Reads AWS's files, and resolves the profile that was named or is the default.
///
/// # Errors
/// When there is no such profile, or a file cannot be read.
pub(crate) fn resolve_profile<H: Host>(
    host: &H,
    name: Option<&str>,
) -> Result<(Files, Profile), H::Error> {
    let files = host.aws_files()?;
    let profile = files.profile(name).map_err(|error| Error::Profile {
        near: files.names_like(&error),
        error,
    })?;
    Ok((files, profile))
}

impl ProfileClient {
    /// Resolves the profile and prepares its client; sends nothing.
    ///
    /// # Errors
    /// When there is no such profile, or a file cannot be read.
    pub(crate) fn new<H: Host>(host: &H, profile: Option<&str>) -> Result<Self, H::Error> {
        let (files, profile) = resolve_profile(host, profile)?;
        let endpoints = Endpoints::resolve(&files, &profile);
        for url in endpoints.plain_text() {
            host.notify(&Notice::PlainText(url.to_owned()));
        }
        let api = host.connect(endpoints, &profile)?;
        Ok(Self {
            files,
            profile,
            api,
            keys: None,
        })
    }

    /// The long-term keys, or what the profile's command prints. Asked for once.
    ///
    /// # Errors
    /// When they cannot be had.
    pub(crate) fn keys<H: Host>(&mut self, host: &H) -> Result<Credentials, H::Error> {
        if let Some(keys) = &self.keys {
            return Ok(keys.clone());
        }
        let keys = host.resolve_keys(&self.profile.source)?;
        self.keys = Some(keys.clone());
        Ok(keys)
    }

    /// Uses the session of another role in place of the profile's keys: role chaining.
    pub(super) fn chain_from(&mut self, session: Credentials) {
        self.keys = Some(session);
    }

    /// The user whom these keys belong to.
    ///
    /// # Errors
    /// AWS's, and when it is no IAM user.
    pub(crate) fn user<H: Host>(&mut self, host: &H, keys: &Credentials) -> Result<User, H::Error> {
        let caller = sts::get_caller_identity(&mut *self.api, keys);
        let caller = self.checked(host, caller)?;
        match Arn::parse(&caller.arn) {
            Some(arn) if arn.kind == "user" => Ok(User {
                partition: arn.partition.to_owned(),
                name: arn.name().to_owned(),
                account: caller.account,
            }),
            Some(arn) if arn.kind == "root" => Err(Error::RootKeys.into()),
            _ => Err(Error::NotAUser(caller.arn).into()),
        }
    }

    /// The result of a call; where it succeeded and the clock is off, the person is told.
    ///
    /// # Errors
    /// That of `result`.
    pub(crate) fn checked<T, H: Host>(
        &self,
        host: &H,
        result: Result<T, ApiError>,
    ) -> Result<T, H::Error> {
        let value = result.map_err(|error| self.error(error))?;
        if let Some(skew) = self.api.clock_skew().filter(|skew| skew.is_notable()) {
            host.notify(&Notice::ClockSkew(skew));
        }
        Ok(value)
    }

    /// AWS's error, with what explains it.
    pub(super) fn error(&self, error: ApiError) -> Error {
        self.of_profile(Error::Api {
            error,
            clock_skew: self.api.clock_skew(),
        })
    }

    /// Adds the profile's name to an error, where it is not the default one.
    pub(super) fn of_profile(&self, error: Error) -> Error {
        match self.profile.name.as_deref() {
            None | Some("default") => error,
            Some(profile) => Error::OfProfile {
                error: Box::new(error),
                profile: profile.to_owned(),
            },
        }
    }

    /// `aws`, `aws-cn` or `aws-us-gov`: as the role or the device says.
    pub(crate) fn partition(&self) -> String {
        let role = self.profile.role.as_ref().map(|role| role.arn.as_str());
        let arn = role.or(self.profile.mfa_serial.as_deref());
        let partition = arn.and_then(Arn::parse).map_or("aws", |arn| arn.partition);
        partition.to_owned()
    }

    /// The profile's name for people.
    pub(crate) fn display_name(&self) -> &str {
        self.profile.name.as_deref().unwrap_or("(the environment)")
    }
}
