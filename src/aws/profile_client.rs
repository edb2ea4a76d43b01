//! A profile with its keys, and its client for AWS.

use std::cell::{Cell, RefCell};

use super::api::{Api, ApiError, ClockSkew, Endpoints, sts};
use super::arn::Arn;
use super::config::{Files, Profile, Source};
use super::{Credentials, Error, Host, Notice};
use crate::vault::Vault;

pub(crate) struct ProfileClient {
    /// AWS's files and variables, as read at the start.
    pub(crate) files: Files,
    pub(crate) profile: Profile,
    pub(crate) api: Box<dyn Api>,
    keys: Option<Credentials>,
    /// The last failure of a call, for processes that wait for the same answer.
    failure: RefCell<Option<Failure>>,
    /// Whether the person knows that the clock is off.
    is_clock_told: Cell<bool>,
}

/// A failed call, and the clock skew of its answer.
pub(super) type Failure = (ApiError, Option<ClockSkew>);

#[derive(Debug, Clone)]
pub(crate) struct User {
    /// As in ARNs, such as `aws`.
    pub(crate) partition: String,
    /// The name without its path.
    pub(crate) name: String,
    /// The AWS account's id: 12 digits.
    pub(crate) account: String,
}

impl User {
    /// The ARN of a virtual device with this name.
    pub(crate) fn serial_of(&self, name: &str) -> String {
        format!("arn:{}:iam::{}:mfa/{name}", self.partition, self.account)
    }
}

/// Reads AWS's files, and resolves the named or default profile. Keys in the vault come first.
pub(crate) fn resolve_profile<H: Host>(
    host: &H,
    name: Option<&str>,
    vault: &Vault,
) -> Result<(Files, Profile), H::Error> {
    let mut files = host.aws_files()?;
    files.add_vault_keys(vault);
    let profile = files.profile(name).map_err(|error| Error::Profile {
        near: files.names_like(&error),
        error,
    })?;
    Ok((files, profile))
}

impl ProfileClient {
    /// Opens the vault if there is one, resolves the profile and prepares its client. Sends nothing yet.
    pub(crate) fn new<H: Host>(host: &mut H, profile: Option<&str>) -> Result<Self, H::Error> {
        let open = host.open_vault_if_any()?;
        let vault = open.map(|open| open.vault).unwrap_or_default();
        Self::with_vault(host, profile, &vault)
    }

    /// As [`ProfileClient::new`], for a caller that has opened the vault.
    pub(crate) fn with_vault<H: Host>(
        host: &H,
        profile: Option<&str>,
        vault: &Vault,
    ) -> Result<Self, H::Error> {
        let (files, profile) = resolve_profile(host, profile, vault)?;
        let endpoints = Endpoints::resolve(&files, &profile).map_err(|error| Error::Endpoint {
            error,
            profile: profile.name.clone(),
        })?;
        for url in endpoints.plain_text() {
            host.notify(&Notice::PlainText(url.to_owned()));
        }
        let api = host.connect(endpoints, &profile)?;
        let keys = match &profile.source {
            Source::Vault { profile, .. } => {
                vault.aws_keys.of(profile).map(|own| (&own.key).into())
            }
            _ => None,
        };
        Ok(Self {
            files,
            profile,
            api,
            keys,
            failure: RefCell::default(),
            is_clock_told: Cell::default(),
        })
    }

    /// The long-term keys, or what the profile's command prints. Read once, then kept.
    pub(crate) fn keys<H: Host>(&mut self, host: &H) -> Result<Credentials, H::Error> {
        if let Some(keys) = &self.keys {
            return Ok(keys.clone());
        }
        let keys = host.resolve_keys(&self.profile.source)?;
        self.keys = Some(keys.clone());
        Ok(keys)
    }

    /// Uses another role's session instead of the profile's keys: role chaining.
    pub(super) fn chain_from(&mut self, session: Credentials) {
        self.keys = Some(session);
    }

    /// Asks AWS which IAM user these keys belong to. Fails for roles and for the root user.
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

    /// The result of a call. If it succeeded although the clock is off, tells the person.
    pub(crate) fn checked<T, H: Host>(
        &self,
        host: &H,
        result: Result<T, ApiError>,
    ) -> Result<T, H::Error> {
        let value = result.map_err(|error| self.error(error))?;
        if let Some(skew) = self.api.clock_skew().filter(|skew| skew.is_notable()) {
            let notice = match self.trusted_skew() {
                Some(skew) => Notice::ClockCorrected(skew),
                None => Notice::ClockSkew(skew),
            };
            self.tell_clock(host, &notice);
        }
        Ok(value)
    }

    fn tell_clock<H: Host>(&self, host: &H, notice: &Notice) {
        if !self.is_clock_told.replace(true) {
            host.notify(notice);
        }
    }

    /// Whether this machine's clock is known to be so wrong that AWS refuses its codes.
    pub(super) fn has_wrong_clock(&self) -> bool {
        self.trusted_skew().is_some()
    }

    /// The seconds by which AWS's clock is ahead, if this machine's would give wrong codes. Tells the
    /// person.
    pub(super) fn correction<H: Host>(&self, host: &H) -> i64 {
        let Some(skew) = self.trusted_skew() else {
            return 0;
        };
        self.tell_clock(host, &Notice::ClockCorrected(skew));
        skew.seconds()
    }

    /// Over plain text, others could choose the time, and so get a code of the future.
    fn trusted_skew(&self) -> Option<ClockSkew> {
        let is_encrypted = self.api.endpoints().plain_text().is_empty();
        let skew = self.api.clock_skew();
        skew.filter(|skew| is_encrypted && skew.is_beyond_codes())
    }

    /// The last failure of a call, if any; `None` starts anew.
    pub(super) fn failure(&self) -> Option<Failure> {
        self.failure.borrow().clone()
    }

    pub(super) fn set_failure(&self, failure: Option<Failure>) {
        self.failure.replace(failure);
    }

    /// Adds the clock skew to an error of AWS.
    pub(super) fn error(&self, error: ApiError) -> Error {
        self.set_failure(Some((error.clone(), self.api.clock_skew())));
        self.of_profile(Error::Api {
            error,
            clock_skew: self.api.clock_skew(),
        })
    }

    /// Adds the profile's name to an error, unless it is the default one.
    pub(super) fn of_profile(&self, error: Error) -> Error {
        match self.profile.name.as_deref() {
            None | Some("default") => error,
            Some(profile) => Error::OfProfile {
                error: Box::new(error),
                profile: profile.to_owned(),
            },
        }
    }

    /// The partition of the role, the device or the region.
    pub(crate) fn partition(&self) -> String {
        self.profile.partition().to_owned()
    }

    /// The profile's name in messages.
    pub(crate) fn display_name(&self) -> &str {
        self.profile.name.as_deref().unwrap_or("(the environment)")
    }
}
