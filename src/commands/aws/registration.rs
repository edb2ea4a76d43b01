//! A new device, from nothing to enabled, such that it can be broken off anywhere and gone on with.
//!
//! The name of the device is remembered before AWS makes it; its key is in the vault before AWS
//! enables it. So whatever happens, the next run finds the device in one of these states: made,
//! with its key lost (it is deleted), or in the vault and not enabled (it is enabled).

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::admin::Admin;
use super::tags::Tag;
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::aws::arn::Arn;
use crate::aws::error::AwsError;
use crate::aws::iam::{self, NewDevice};
use crate::otp::{Account, Algorithm, AwsLink, Credential, Digits, Draft, Kind, Period};
use crate::vault::Vault;
use crate::vault::format::random_array;

const ISSUER: &str = "Amazon Web Services";

/// What is to be registered.
pub struct Plan<'a> {
    /// The name that was asked for.
    pub device_name: Option<&'a str>,
    /// What the account is marked with, beside that it is not enabled yet.
    pub tag: Option<Tag>,
}

/// Registers a device; goes on with one that is half done.
///
/// # Errors
/// AWS's, and those of the vault. What is left then is said, and the same command goes on.
pub fn register(context: &mut Context, admin: &mut Admin, plan: &Plan<'_>) -> Result<Account> {
    let vault = context.accounts()?;
    if let Some(account) = half_done(&vault, admin) {
        context.ui.note(&format!(
            "going on with {}, which is not enabled yet",
            serial_of(account)
        ));
        let account = marked(context, account.clone(), plan.tag.as_ref())?;
        if let Some(account) = enable(context, admin, account)? {
            return Ok(account);
        }
    }
    let remembered = Remembered::of(admin);
    clean_up(context, admin, &remembered)?;
    let device = create(context, admin, plan.device_name, &remembered)?;
    let account = store(context, admin, device, plan.tag.as_ref())?;
    context.state.remove(&remembered.0)?;
    let serial = serial_of(&account).to_owned();
    enable(context, admin, account)?.ok_or_else(|| {
        let message = format!("{serial} was deleted at AWS before it was enabled");
        CommandError::new(Exit::Failed, message).with_hint("mfa aws register")
    })
}

/// A device's name as AWS takes it: `[\w+=,.@-]+`, at most 226 characters.
///
/// # Errors
/// Why it is none.
pub fn device_name(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    if (1..=226).contains(&text.len()) && text.chars().all(fits) {
        return Ok(text.to_owned());
    }
    Err("AWS takes letters, digits and _+=,.@- in a device's name".to_owned())
}

fn half_done<'a>(vault: &'a Vault, admin: &Admin) -> Option<&'a Account> {
    let own = Tag::Registering(admin.user.name.clone()).to_string();
    vault.accounts.iter().find(|account| {
        let here = Arn::parse(serial_of(account)).is_some_and(|a| a.account == admin.user.account);
        here && account.tags.contains(&own)
    })
}

fn marked(context: &mut Context, account: Account, tag: Option<&Tag>) -> Result<Account> {
    let Some(tag) = tag.map(ToString::to_string) else {
        return Ok(account);
    };
    if account.tags.contains(&tag) {
        return Ok(account);
    }
    let now = context.clock.seconds()?;
    context.change(|vault| {
        let account = vault.update(account.id, now, |account| account.tags.push(tag))?;
        Ok(account.clone())
    })
}

/// The device of an account that is linked to one.
pub fn serial_of(account: &Account) -> &str {
    account.aws.as_ref().map_or("", |link| &link.serial)
}

/// Where the serial of a device is remembered while AWS makes it.
struct Remembered(String);

impl Remembered {
    fn of(admin: &Admin) -> Self {
        let who = format!("{}/{}", admin.user.account, admin.user.name);
        let hash = Sha256::digest(who.as_bytes());
        Self(format!("aws-devices/{}", HEXLOWER.encode(&hash[..16])))
    }

    fn read(&self, context: &Context) -> Result<Option<String>> {
        let bytes = context.state.read(&self.0)?;
        Ok(bytes.and_then(|bytes| String::from_utf8(bytes).ok()))
    }
}

/// Deletes the device of a run that was broken off before the vault had its key.
fn clean_up(context: &mut Context, admin: &mut Admin, remembered: &Remembered) -> Result {
    let Some(serial) = remembered.read(context)? else {
        return Ok(());
    };
    let vault = context.accounts()?;
    let is_known = vault.accounts.iter().any(|a| serial_of(a) == serial);
    if !is_known {
        delete_half(context, admin, &serial)?;
    }
    Ok(context.state.remove(&remembered.0)?)
}

/// Deletes a device that belongs to nobody and that nobody has the key of; says whether it is gone.
/// That there is none, or that it may not be deleted, is no failure: devices have names of their own.
fn delete_half(context: &Context, admin: &mut Admin, serial: &str) -> Result<bool> {
    match admin.call(|client, keys| iam::delete(client, keys, serial)) {
        Ok(()) => context.ui.note(&format!(
            "deleted {serial}, which was made and never enabled"
        )),
        Err(error) if error.code() == Some("NoSuchEntity") => {}
        Err(error @ AwsError::Refused { .. }) => {
            context.ui.note(&format!(
                "{serial} is left, made and never enabled; an administrator can delete it ({error})"
            ));
            return Ok(false);
        }
        Err(error) => return Err(admin.explain(&error)),
    }
    Ok(true)
}

/// Lets AWS make the device, under a name that nobody has, or that of the user where a policy
/// allows no other.
fn create(
    context: &mut Context,
    admin: &mut Admin,
    device_name: Option<&str>,
    remembered: &Remembered,
) -> Result<NewDevice> {
    let user = admin.user.name.clone();
    let name = match device_name {
        Some(name) => name.to_owned(),
        None => format!(
            "{user}-mfa-{}",
            HEXLOWER.encode(&random_array::<3>(&mut context.random)?)
        ),
    };
    match create_named(context, admin, &name, remembered)? {
        Err(error) if device_name.is_none() && error.code() == Some("AccessDenied") => {
            let second = create_named(context, admin, &user, remembered)?;
            second.map_err(|second| match second.code() {
                Some("AccessDenied") => admin.explain(&error),
                Some("EntityAlreadyExists") => {
                    let message = format!(
                        "the policy of {user} allows a device of the name '{user}' only, and there \
                         is one: it has to be unregistered first, or deleted by an administrator"
                    );
                    CommandError::new(Exit::Failed, message).with_hint("mfa aws devices")
                }
                _ => admin.explain(&second),
            })
        }
        result => result.map_err(|error| match error.code() {
            Some("EntityAlreadyExists") => {
                let message = format!("there is a device '{name}' already");
                CommandError::new(Exit::Failed, message)
                    .with_hint("mfa aws register --device-name ANOTHER")
            }
            _ => admin.explain(&error),
        }),
    }
}

fn create_named(
    context: &Context,
    admin: &mut Admin,
    name: &str,
    remembered: &Remembered,
) -> Result<Result<NewDevice, AwsError>> {
    let user = &admin.user;
    let serial = format!("arn:{}:iam::{}:mfa/{name}", user.partition, user.account);
    let is_own_name = name == user.name;
    context.state.write(&remembered.0, serial.as_bytes())?;
    let mut made = admin.call(|client, keys| iam::create(client, keys, name));
    if is_own_name && matches!(&made, Err(e) if e.code() == Some("EntityAlreadyExists")) {
        // One that is enabled is not deleted by this: AWS says DeleteConflict.
        if admin
            .call(|client, keys| iam::delete(client, keys, &serial))
            .is_ok()
        {
            made = admin.call(|client, keys| iam::create(client, keys, name));
        }
    }
    match &made {
        Ok(_) => {}
        Err(error @ (AwsError::Lost { .. } | AwsError::NotAws { .. })) => {
            return Err(unheard(context, admin, &serial, remembered, error));
        }
        Err(_) => context.state.remove(&remembered.0)?,
    }
    Ok(made)
}

/// AWS may have made the device all the same: it is deleted, or remembered until it can be.
fn unheard(
    context: &Context,
    admin: &mut Admin,
    serial: &str,
    remembered: &Remembered,
    error: &AwsError,
) -> CommandError {
    let mut error = admin.explain(error).with_hint("mfa aws register");
    error = admin.connection.hinted(error);
    let deleted = delete_half(context, admin, serial);
    let deleted = deleted.and_then(|gone| Ok((gone, context.state.remove(&remembered.0)?)));
    error.details.push(match deleted {
        Ok((true, ())) => "nothing is left of it: the same command begins again".to_owned(),
        Ok((false, ())) => "the same command begins again, with another device".to_owned(),
        Err(_) => format!(
            "whether there is a {serial} now is not known: the same command deletes it, where it \
             is, and begins again"
        ),
    });
    error
}

/// Puts the key into the vault; where that fails, the device goes again.
fn store(
    context: &mut Context,
    admin: &mut Admin,
    device: NewDevice,
    tag: Option<&Tag>,
) -> Result<Account> {
    let NewDevice { serial, secret } = device;
    let now = context.clock.seconds()?;
    let at = &admin.user.account;
    let name = format!("{}@{at}", admin.user.name);
    let another = Arn::parse(&serial).map(|arn| format!("{}@{at}", arn.name()));
    let draft = Draft {
        issuer: ISSUER.to_owned(),
        name,
        credential: Credential {
            secret,
            algorithm: Algorithm::Sha1,
            digits: Digits::default(),
            kind: Kind::Totp {
                period: Period::default(),
            },
        },
    };
    let mut account = Account::from_draft(draft, context.new_id()?, now);
    let profile = admin.connection.profile.keys_of.clone();
    account.aws = Some(AwsLink {
        serial: serial.clone(),
        profile: profile.filter(|_| admin.is_own()),
    });
    let registering = Tag::Registering(admin.user.name.clone());
    let tags = std::iter::once(&registering).chain(tag);
    account.tags = tags.map(ToString::to_string).collect();
    let stored = context.change(|vault| {
        let taken = vault.named(&account.issuer, &account.name).is_some();
        if let (true, Some(another)) = (taken, &another) {
            another.clone_into(&mut account.name);
        }
        vault.add(account.clone(), false)?;
        Ok(())
    });
    if let Err(error) = stored {
        delete_half(context, admin, &serial)?;
        return Err(error);
    }
    Ok(account)
}

/// Proves the device to AWS by (previous, current). `None` where AWS does not know it any more;
/// it is not in the vault then.
fn enable(context: &mut Context, admin: &mut Admin, account: Account) -> Result<Option<Account>> {
    let serial = serial_of(&account).to_owned();
    let is_there = |devices: Vec<iam::Device>| devices.iter().any(|d| d.serial == serial);
    if is_there(admin.devices()?) {
        return finish(context, account).map(Some);
    }
    let codes = context.take_fresh_pair(&account)?;
    let pair = (codes[0].as_str(), codes[1].as_str());
    let user = admin.user.name.clone();
    let enabled = admin.call(|client, keys| iam::enable(client, keys, &user, &serial, pair));
    let error = match enabled {
        Ok(()) => return finish(context, account).map(Some),
        Err(error) => error,
    };
    match error.code() {
        // It was enabled by a run that did not hear of it.
        Some("EntityAlreadyExists") => finish(context, account).map(Some),
        Some("NoSuchEntity") => {
            forget(context, &account)?;
            Ok(None)
        }
        // With the clock set right, or the right to do it, the same device can be enabled.
        Some("InvalidAuthenticationCode") => Err(kept(admin, &error)),
        Some(_) => {
            delete_half(context, admin, &serial)?;
            forget(context, &account)?;
            Err(match error.code() {
                Some("AccessDenied") if !is_first(admin) => admin.needs_mfa(&error),
                _ => admin.explain(&error),
            })
        }
        None if is_there(admin.devices().unwrap_or_default()) => finish(context, account).map(Some),
        None => Err(kept(admin, &error)),
    }
}

fn is_first(admin: &mut Admin) -> bool {
    admin.devices().is_ok_and(|devices| devices.is_empty())
}

fn kept(admin: &Admin, error: &AwsError) -> CommandError {
    let detail = "the device and its key are kept: the same command goes on from here".to_owned();
    let mut error = admin.explain(error).with_hint("mfa aws register");
    error.details.push(detail);
    admin.connection.hinted(error)
}

fn finish(context: &mut Context, account: Account) -> Result<Account> {
    let now = context.clock.seconds()?;
    context.change(|vault| {
        let account = vault.update(account.id, now, |account| {
            let is_other = |tag: &String| !matches!(Tag::parse(tag), Some(Tag::Registering(_)));
            account.tags.retain(is_other);
        })?;
        Ok(account.clone())
    })
}

fn forget(context: &mut Context, account: &Account) -> Result {
    let now = context.clock.seconds()?;
    context.change(|vault| {
        vault.remove(account.id, now)?;
        Ok(())
    })
}
