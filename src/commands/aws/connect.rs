//! A profile with its keys and a client; the device of it, and the account that gives its codes.

use std::path::Path;

use super::Which;
use super::explain::{clock_note, explain};
use super::files;
use super::tags::is_half_done;
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::aws::arn::Arn;
use crate::aws::client::Client;
use crate::aws::endpoint::Endpoints;
use crate::aws::error::AwsError;
use crate::aws::keys::Keys;
use crate::aws::profile::{Files, Profile, ProfileError};
use crate::aws::{iam, sts};
use crate::otp::{Account, AwsLink};
use crate::vault::storage::quoted;
use crate::vault::{Vault, by_serial};

/// A profile, and the way to AWS.
pub struct Connection {
    /// Files and variables.
    pub files: Files,
    /// The profile that is meant.
    pub profile: Profile,
    /// Sends requests.
    pub client: Client,
    keys: Option<Keys>,
}

/// The user that the keys belong to.
#[derive(Debug, Clone)]
pub struct User {
    /// `aws`, `aws-cn` or `aws-us-gov`.
    pub partition: String,
    /// Without its path.
    pub name: String,
    /// 12 digits.
    pub account: String,
}

impl Connection {
    /// Reads the files and makes ready; nothing is sent.
    ///
    /// # Errors
    /// When there is no such profile, or a file cannot be read.
    pub fn new(which: &Which) -> Result<Self> {
        let files = files::load()?;
        let profile = files.profile(which.profile.as_deref());
        let profile = profile.map_err(|error| missing(error, &files))?;
        let variable = |name: &str| files.variables.get(name).filter(|v| !v.is_empty()).cloned();
        let ignored = |value: String| value.eq_ignore_ascii_case("true");
        let ignored = variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS").is_some_and(ignored);
        let [iam, sts] = profile.endpoints.clone();
        let endpoint = |service: &str, own: Option<String>| {
            let named = variable(&format!("AWS_ENDPOINT_URL_{service}"))
                .or_else(|| variable("AWS_ENDPOINT_URL"))
                .or(own)
                .or_else(|| profile.endpoint.clone());
            named.filter(|_| !ignored)
        };
        let partition = profile.mfa_serial.as_deref().and_then(Arn::parse);
        let region = profile.region.clone().or_else(|| {
            // Without a region, the partition of the serial says where to go.
            Some(match partition?.partition {
                "aws-cn" => "cn-north-1".to_owned(),
                "aws-us-gov" => "us-gov-west-1".to_owned(),
                _ => return None,
            })
        });
        let endpoints = Endpoints {
            iam: endpoint("IAM", iam),
            sts: endpoint("STS", sts),
            signin: endpoint("SIGNIN", None),
            region,
        };
        let client = Client::new(endpoints, files::trust(&profile)?, files::now);
        Ok(Self {
            files,
            profile,
            client,
            keys: None,
        })
    }

    /// The long-term keys, or what the profile's command prints.
    ///
    /// # Errors
    /// When they cannot be had.
    pub fn keys(&mut self) -> Result<Keys> {
        if let Some(keys) = &self.keys {
            return Ok(keys.clone());
        }
        let keys = files::keys_from(&self.profile.source)?;
        self.keys = Some(keys.clone());
        Ok(keys)
    }

    /// Assumes the role with the keys of another session.
    pub fn go_through(&mut self, keys: Keys) {
        self.keys = Some(keys);
    }

    /// The user of these keys.
    ///
    /// # Errors
    /// AWS's, and when it is no IAM user.
    pub fn user(&mut self, context: &Context, keys: &Keys) -> Result<User> {
        let caller = sts::get_caller_identity(&mut self.client, keys);
        let caller = self.done(context, caller)?;
        match Arn::parse(&caller.arn) {
            Some(arn) if arn.kind == "user" => Ok(User {
                partition: arn.partition.to_owned(),
                name: arn.name().to_owned(),
                account: caller.account,
            }),
            Some(arn) if arn.kind == "root" => Err(CommandError::new(
                Exit::Failed,
                "these are the root user's keys: AWS registers its devices in the console alone",
            )),
            _ => Err(CommandError::new(
                Exit::Failed,
                format!("{} is no IAM user", caller.arn),
            )),
        }
    }

    /// Tells of an error, and of a clock that is off.
    ///
    /// # Errors
    /// That of `result`.
    pub fn done<T>(&self, context: &Context, result: Result<T, AwsError>) -> Result<T> {
        let ahead = self.client.ahead;
        match result {
            Ok(value) => {
                if let Some(note) = clock_note(ahead) {
                    context.ui.note(&note);
                }
                Ok(value)
            }
            Err(error) => Err(self.hinted(explain(&error, ahead))),
        }
    }

    /// Names the profile in the command to try, where it is not the usual one.
    pub fn hinted(&self, mut error: CommandError) -> CommandError {
        let name = self.profile.name.as_deref().filter(|n| *n != "default");
        let Some(name) = name else { return error };
        for hint in &mut error.hints {
            if hint.starts_with("mfa aws ")
                && !hint.contains("--profile")
                && !hint.ends_with("policy")
            {
                hint.push_str(" --profile ");
                hint.push_str(&quoted(Path::new(name)));
            }
        }
        error
    }

    /// `aws`, `aws-cn` or `aws-us-gov`: as the role or the device says.
    pub fn partition(&self) -> String {
        let role = self.profile.role.as_ref().map(|role| role.arn.as_str());
        let arn = role.or(self.profile.mfa_serial.as_deref());
        let partition = arn.and_then(Arn::parse).map_or("aws", |arn| arn.partition);
        partition.to_owned()
    }

    /// What names the profile for people.
    pub fn shown_name(&self) -> &str {
        self.profile.name.as_deref().unwrap_or("(the environment)")
    }

    /// The device that is known without asking AWS: `mfa_serial`, the link of the account that was
    /// named, or of the account that is linked to the profile.
    pub fn known_serial(&self, vault: &Vault, named: Option<&Account>) -> Option<String> {
        let of = |account: &Account| account.aws.as_ref().map(|link| link.serial.clone());
        let only = || match self.linked(vault)[..] {
            [only] => of(only),
            _ => None,
        };
        self.profile
            .mfa_serial
            .clone()
            .or_else(|| named.and_then(of))
            .or_else(only)
    }

    /// The accounts that are linked to the profile, the likeliest first: several devices of a user
    /// serve as well, but for one that a command is under way with.
    pub fn linked<'a>(&self, vault: &'a Vault) -> Vec<&'a Account> {
        let own = [&self.profile.name, &self.profile.keys_of];
        let fits = vault.accounts.iter().filter(|account| {
            let profile = account.aws.as_ref().and_then(|link| link.profile.as_ref());
            profile.is_some_and(|p| own.iter().any(|name| name.as_ref() == Some(p)))
        });
        let mut linked: Vec<_> = fits.collect();
        linked.sort_by_key(|account| likelihood(account));
        linked
    }

    /// The device of the user, by asking AWS: the likeliest of those whose codes the vault has.
    ///
    /// # Errors
    /// AWS's, and when none fits, or nobody can say which one an account is of.
    pub fn find_serial(
        &mut self,
        context: &Context,
        vault: &Vault,
        named: bool,
        keys: &Keys,
    ) -> Result<String> {
        let user = self.user(context, keys)?;
        let devices = iam::list(&mut self.client, keys, &user.name);
        let devices = self.done(context, devices)?;
        let account_of = |serial: &str| by_serial(&vault.accounts, serial);
        let known = devices.iter().filter_map(|device| {
            let account = account_of(&device.serial)?;
            Some((likelihood(account), &device.serial))
        });
        if let Some((_, serial)) = known.min().filter(|_| !named) {
            return Ok(serial.clone());
        }
        let is_virtual = |serial: &str| Arn::parse(serial).is_some_and(|arn| arn.is_virtual_mfa());
        let mut fits = devices
            .iter()
            .filter(|device| named && is_virtual(&device.serial));
        let found = match (fits.next(), fits.next()) {
            (Some(one), None) => Ok(one.serial.clone()),
            (Some(_), Some(_)) => {
                let details = devices.iter().map(|d| d.serial.clone()).collect();
                let message = format!(
                    "{} has several devices, and no account of the vault is linked to one: say which \
                     it is, by mfa_serial in ~/.aws/config",
                    user.name
                );
                Err(CommandError::new(Exit::Ambiguous, message)
                    .with_details(details)
                    .with_hint("mfa aws devices"))
            }
            (None, _) if devices.is_empty() => {
                let message = format!("the AWS user {} has no MFA device", user.name);
                Err(CommandError::new(Exit::NotFound, message).with_hint("mfa aws register"))
            }
            (None, _) => {
                let details = devices.iter().map(|d| d.serial.clone()).collect();
                let message = format!("the vault has the codes of no MFA device of {}", user.name);
                Err(CommandError::new(Exit::NotFound, message)
                    .with_details(details)
                    .with_hint("mfa aws register"))
            }
        };
        found.map_err(|error| self.hinted(error))
    }
}

/// For sorting: what is whole before what is under way, the oldest first.
fn likelihood(account: &Account) -> (bool, u64) {
    (is_half_done(account), account.created)
}

/// The device that a command is about: the one of the account that was named, that of the profile,
/// or the only one of the user whose codes the vault has.
///
/// # Errors
/// As [`Connection::find_serial`].
pub fn device(
    context: &Context,
    connection: &mut Connection,
    vault: &Vault,
    which: &Which,
) -> Result<String> {
    let named = match which.account.as_deref() {
        Some(name) => Some(context.select(vault, Some(name))?),
        None => None,
    };
    let of_named = named.and_then(|account| account.aws.as_ref());
    if let Some(serial) = of_named
        .map(|link| link.serial.clone())
        .or_else(|| connection.known_serial(vault, named))
    {
        return Ok(serial);
    }
    let keys = connection.keys()?;
    connection.find_serial(context, vault, named.is_some(), &keys)
}

/// The account of a device.
///
/// # Errors
/// When the device gives no codes, or the vault has none of it.
pub fn account_of<'a>(vault: &'a Vault, serial: &str) -> Result<&'a Account> {
    if let Some(arn) = Arn::parse(serial)
        && !arn.is_virtual_mfa()
    {
        let message = format!("{serial} is a security key: it gives no codes");
        return Err(CommandError::new(Exit::Failed, message).with_hint("mfa aws register"));
    }
    by_serial(&vault.accounts, serial).ok_or_else(|| {
        let message = format!("no account of the vault gives the codes of {serial}");
        CommandError::new(Exit::NotFound, message).with_hint("mfa aws login --account NAME")
    })
}

fn missing(error: ProfileError, files: &Files) -> CommandError {
    let near = match &error {
        ProfileError::Missing(name) => nearest(name, &files.names()),
        _ => Vec::new(),
    };
    CommandError::from(error).with_details(near)
}

fn nearest(name: &str, names: &[&str]) -> Vec<String> {
    let distance = |other: &str| strsim::jaro_winkler(name, other);
    let mut near: Vec<_> = names.iter().filter(|other| distance(other) > 0.7).collect();
    near.sort_by(|a, b| distance(b).total_cmp(&distance(a)));
    near.into_iter().take(3).map(|&n| n.to_owned()).collect()
}

/// Remembers which device an account is, and for which profile.
///
/// # Errors
/// Those of writing the vault.
pub fn link(context: &mut Context, account: &Account, link: AwsLink) -> Result {
    if account.aws.as_ref() == Some(&link) {
        return Ok(());
    }
    let now = context.clock.seconds()?;
    context.change(|vault| {
        vault.update(account.id, now, |account| account.aws = Some(link))?;
        Ok(())
    })
}

/// The device of a profile, without asking AWS: for `mfa code --profile`.
///
/// # Errors
/// When there is no such profile, or it names no device.
pub(in crate::commands) fn serial_of_profile(vault: &Vault, name: &str) -> Result<String> {
    let which = Which {
        profile: Some(name.to_owned()),
        duration: None,
        account: None,
    };
    let connection = Connection::new(&which)?;
    let linked = || {
        let linked = connection.linked(vault);
        let link = linked.first()?.aws.as_ref()?;
        Some(link.serial.clone())
    };
    let serial = connection.known_serial(vault, None).or_else(linked);
    serial.ok_or_else(|| {
        let message = format!("the AWS profile '{name}' names no MFA device");
        let hint = format!("mfa aws login --profile {}", quoted(Path::new(name)));
        CommandError::new(Exit::NotFound, message).with_hint(hint)
    })
}
