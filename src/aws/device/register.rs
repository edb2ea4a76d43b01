//! Registers a device, or resumes an interrupted registration.

use super::create::{self, PendingDevice, delete_half};
use super::enable::enable;
use super::{DeviceAdmin, LOCK};
use crate::aws::api::iam::NewDevice;
use crate::aws::arn::Arn;
use crate::aws::unfinished::{self, Left, Replaced, Unfinished};
use crate::aws::{Error, Host, Notice, OpenVault, Selection, lookup, resolve_profile};
use crate::otp::{Account, AccountId, Algorithm, AwsLink, Credential, Digits, Draft, Kind, Period};
use crate::vault::Vault;

const ISSUER: &str = "Amazon Web Services";

pub(crate) struct Registered {
    /// The device's account in the vault.
    pub(crate) account: Account,
    /// Whether the device belongs to the user whose keys were used.
    pub(crate) is_own: bool,
}

/// The device to register.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wanted<'a> {
    /// Its user; the caller if `None`.
    pub(crate) user: Option<&'a str>,
    pub(crate) device_name: Option<&'a str>,
}

/// Registers a device. If the user has one already, tells `agrees`, and registers another only if that
/// returns true; `None` if it does not. An error says what is left, and the same call resumes.
pub(crate) fn register<H: Host>(
    host: &mut H,
    selection: &Selection,
    wanted: Wanted<'_>,
    agrees: impl FnOnce(&H, &Notice) -> Result<bool, H::Error>,
) -> Result<Option<Registered>, H::Error> {
    if host.open_vault_if_any()?.is_none() {
        // A wrong profile is told before a vault is created.
        resolve_profile(host, selection.profile.as_deref(), &Vault::default())?;
    }
    // A locked or read-only vault fails here, before AWS has created anything.
    host.change_vault(|_| Ok(()))?;
    let _turn = host.state().lock(LOCK)?;
    let mut admin = DeviceAdmin::new(host, selection.profile.as_deref(), wanted.user)?;
    let open = unfinished::open_and_adopt(host)?;
    let is_resumed = interrupted(host, &open, &admin).is_some();
    let devices = admin.devices()?;
    if let Some(devices) = devices.as_ref().filter(|_| !is_resumed) {
        admin.check_room(devices, wanted.device_name)?;
    }
    let serial = if let Some(devices) = devices {
        devices.into_iter().next().map(|device| device.serial)
    } else {
        host.notify(&Notice::Unlisted(admin.user.name.clone()));
        admin.usable_device(host, &open)?.filter(|_| admin.is_own())
    };
    if let Some(serial) = serial {
        let user = admin.user.name.clone();
        let has_device = Notice::HasDevice { user, serial };
        if !is_resumed && !agrees(host, &has_device)? {
            return Ok(None);
        }
        admin.use_session(host, &open, None)?;
    }
    let account = register_device(host, &mut admin, wanted.device_name, None)?;
    Ok(Some(Registered {
        account,
        is_own: admin.is_own(),
    }))
}

/// Registers a device; in a rotation, `replace` is the old one.
pub(super) fn register_device<H: Host>(
    host: &mut H,
    admin: &mut DeviceAdmin,
    device_name: Option<&str>,
    replace: Option<&Replaced>,
) -> Result<Account, H::Error> {
    let open = unfinished::open_and_adopt(host)?;
    if let Some((account, mut unfinished)) = interrupted(host, &open, admin) {
        let serial = lookup::serial_of(account).to_owned();
        host.notify(&Notice::Resuming(serial));
        if let Some(replace) = replace {
            unfinished.left.replace = Some(replace.clone());
            unfinished.save(host, &open)?;
        }
        if let Some(account) = enable(host, admin, &open, account, unfinished)? {
            return Ok(account);
        }
    }
    let pending = PendingDevice::of(admin, &open);
    pending.clean_up(host, admin)?;
    let device = create::create(host, admin, device_name, &pending)?;
    let (account, unfinished) = store(host, admin, &open, device, replace)?;
    pending.forget(host)?;
    let enabled = enable(host, admin, &open, &account, unfinished)?;
    let serial = lookup::serial_of(&account).to_owned();
    Ok(enabled.ok_or(Error::DeviceGone(serial))?)
}

/// The interrupted registration for the same user.
fn interrupted<'a, H: Host>(
    host: &H,
    open: &'a OpenVault,
    admin: &DeviceAdmin,
) -> Option<(&'a Account, Unfinished)> {
    let mut all = Unfinished::all(host.state(), open).into_iter();
    all.find_map(|unfinished| {
        let account = open.vault.get(unfinished.account)?;
        let arn = Arn::parse(lookup::serial_of(account))?;
        let is_same = arn.account == admin.user.account
            && unfinished.left.enable_for.as_ref() == Some(&admin.user.name);
        is_same.then_some((account, unfinished))
    })
}

/// Stores the secret key in the vault. If that fails, deletes the device again.
fn store<H: Host>(
    host: &mut H,
    admin: &mut DeviceAdmin,
    open: &OpenVault,
    device: NewDevice,
    replace: Option<&Replaced>,
) -> Result<(Account, Unfinished), H::Error> {
    let serial = device.serial.clone();
    let stored = try_store(host, admin, open, device, replace);
    if stored.is_err() {
        delete_half(host, admin, &serial)?;
    }
    stored
}

fn try_store<H: Host>(
    host: &mut H,
    admin: &DeviceAdmin,
    open: &OpenVault,
    device: NewDevice,
    replace: Option<&Replaced>,
) -> Result<(Account, Unfinished), H::Error> {
    let now = host.unix_seconds();
    let id = AccountId::new(now.saturating_mul(1000), &host.random_bytes()?);
    let mut account = new_account(admin, device, id, now);
    let unfinished = Unfinished {
        account: id,
        left: Left {
            enable_for: Some(admin.user.name.clone()),
            replace: replace.cloned(),
        },
    };
    unfinished.save(host, open)?;
    let device_name = Arn::parse(lookup::serial_of(&account)).map(|arn| arn.name().to_owned());
    let other_name = device_name.map(|name| format!("{name}@{}", admin.user.account));
    let stored = host.change_vault(|vault| {
        let is_taken = vault.named(&account.issuer, &account.name).is_some();
        if let (true, Some(other)) = (is_taken, other_name) {
            account.name = other;
        }
        vault.add(account.clone(), false)?;
        Ok(account)
    });
    if stored.is_err() {
        unfinished::remove(host, id)?;
    }
    Ok((stored?, unfinished))
}

fn new_account(admin: &DeviceAdmin, device: NewDevice, id: AccountId, now: u64) -> Account {
    let NewDevice { serial, secret } = device;
    let draft = Draft {
        issuer: ISSUER.to_owned(),
        name: format!("{}@{}", admin.user.name, admin.user.account),
        credential: Credential {
            secret,
            algorithm: Algorithm::Sha1,
            digits: Digits::default(),
            kind: Kind::Totp {
                period: Period::default(),
            },
        },
    };
    let mut account = Account::from_draft(draft, id, now);
    let profile = admin.client.profile.keys_of.clone();
    account.aws = Some(AwsLink {
        serial,
        profile: profile.filter(|_| admin.is_own()),
    });
    account
}
