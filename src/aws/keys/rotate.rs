//! Replaces an access key with a new one. The old one stays in use until the new one is proven.
//!
//! | stage in the vault | what AWS has | what the next run does |
//! | --- | --- | --- |
//! | `creating` | perhaps a new key without a secret | deletes that one, and creates another |
//! | `proving` | the new key | proves it with a signed call, and puts it in use |
//! | `old`, active | both; the new one is in use | makes the old one inactive |
//! | `old`, inactive | both; the new one is in use | deletes the old one, if its time has come |

use super::import::twins;
use super::{KeysError, KeysNotice, LOCK};
use crate::aws::api::{Api, ApiError, ClockSkew, Refusal, access_keys, sts};
use crate::aws::device::DeviceAdmin;
use crate::aws::{Credentials, Error, Host, Notice, OpenVault, ProfileClient};
use crate::vault::{AccessKey, ProfileKey, Rotation};

/// A key that AWS made within this many seconds of an interrupted call came from that call.
pub(super) const CALL_SECONDS: u64 = 120;

/// What becomes of the old key once it is inactive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It stays, and can be made active again.
    Stays,
    /// It is deleted at once.
    Deleted,
    /// It may be deleted after this Unix time.
    DeletedAfter(u64),
}

/// The result of a rotation.
pub(crate) struct Rotated {
    /// The id of the key in use.
    pub(crate) new: String,
    /// The id of the old key.
    pub(crate) old: String,
    pub(crate) fate: Fate,
}

/// A rotation of one profile's key.
pub(super) struct Rotator<'a, H: Host> {
    pub(super) host: &'a mut H,
    open: OpenVault,
    pub(super) admin: DeviceAdmin,
    pub(super) own: ProfileKey,
}

/// Rotates the key of a profile, or resumes an interrupted rotation. `fate` is `None` if the person did
/// not say. With `deletes_lost`, the key that an interrupted call may have created is deleted.
pub(crate) fn rotate<H: Host>(
    host: &mut H,
    profile: &str,
    fate: Option<Fate>,
    deletes_lost: bool,
) -> Result<Rotated, H::Error> {
    // A read-only vault fails here, before AWS has created anything.
    host.change_vault(|_| Ok(()))?;
    let _turn = host.state().lock(LOCK)?;
    check_before_code(host, profile, fate)?;
    let resumed = prove_pending(host, profile)?;
    let mut own = Rotator::new(host, profile)?;
    match own.own.rotation.clone() {
        Some(Rotation::Old {
            id,
            is_active,
            delete_after,
        }) => {
            if is_active || resumed {
                let recorded = own.recorded(delete_after);
                return own.retire(&id, fate.unwrap_or(recorded));
            }
            if fate == Some(Fate::Deleted) {
                return own.delete(&id);
            }
            own.make_room(&id, delete_after)?;
        }
        // AWS did not know this key just now.
        Some(Rotation::Proving { since, key }) => {
            if !own.is_gone(&key, since)? {
                return own.put_in_use(&key, fate.unwrap_or(Fate::Stays));
            }
            own.tell(KeysNotice::NewWasDeleted(key.id().to_owned()));
        }
        Some(Rotation::Creating { since, known }) => {
            own.delete_lost(since, &known, deletes_lost)?;
        }
        None => {}
    }
    let new = own.create()?;
    own.tell(KeysNotice::Proving(new.id().to_owned()));
    own.put_in_use(&new, fate.unwrap_or(Fate::Stays))
}

/// Refuses what needs no code to be refused: an old key that is to stay yet, and a key that profiles
/// outside the vault use too.
fn check_before_code<H: Host>(
    host: &mut H,
    profile: &str,
    fate: Option<Fate>,
) -> Result<(), H::Error> {
    let vault = host.open_vault()?.vault;
    let Some(own) = vault.aws_keys.of(profile) else {
        return Ok(());
    };
    let profile = profile.to_owned();
    if let Some(Rotation::Old {
        id,
        is_active: false,
        delete_after: Some(until),
    }) = &own.rotation
        && fate != Some(Fate::Deleted)
        && *until > host.unix_seconds()
    {
        let (id, until) = (id.clone(), *until);
        return Err(Error::from(KeysError::OldIsKept { profile, id, until }).into());
    }
    let others = twins(&host.aws_files()?, &own.key);
    if others.is_empty() {
        return Ok(());
    }
    Err(Error::from(KeysError::AlsoInFiles { profile, others }).into())
}

/// Puts the new key of an interrupted rotation in use, if it works. That needs no other key: somebody
/// may have deleted the old one. Returns whether it did.
fn prove_pending<H: Host>(host: &mut H, profile: &str) -> Result<bool, H::Error> {
    let vault = host.open_vault()?.vault;
    let Some(own) = vault.aws_keys.of(profile) else {
        return Ok(false);
    };
    let Some(Rotation::Proving { key, .. }) = &own.rotation else {
        return Ok(false);
    };
    host.notify(&Notice::Keys(KeysNotice::Resuming(key.id().to_owned())));
    let mut client = ProfileClient::with_vault(host, Some(profile), &vault)?;
    let proof = sts::get_caller_identity(&mut *client.api, &key.into());
    if proof.as_ref().is_err_and(is_unknown) {
        return Ok(false);
    }
    client.checked(host, proof)?;
    let now = host.unix_seconds();
    host.change_vault(|vault| {
        let change = |own: &mut ProfileKey| put_in_use(own, key, None, now);
        vault.update_aws_key(own.id, now, change)?;
        vault.replace_aws_key(own.key.id(), key, now);
        Ok(())
    })?;
    Ok(true)
}

/// The new key is proven: it is used from now on, and the old one is to be made inactive.
fn put_in_use(own: &mut ProfileKey, new: &AccessKey, delete_after: Option<u64>, now: u64) {
    let old = std::mem::replace(&mut own.key, new.clone());
    own.created = now;
    own.rotation = Some(Rotation::Old {
        id: old.id().to_owned(),
        is_active: true,
        delete_after,
    });
}

fn is_unknown(error: &ApiError) -> bool {
    error.refusal() == Some(Refusal::UnknownKeys)
}

impl<'a, H: Host> Rotator<'a, H> {
    fn new(host: &'a mut H, profile: &str) -> Result<Self, H::Error> {
        let open = host.open_vault()?;
        let own = open.vault.aws_keys.of(profile).cloned();
        let own = own.ok_or_else(|| Error::from(KeysError::NotInVault(profile.to_owned())))?;
        let admin = Self::admin(host, &open, &own)?;
        Ok(Self {
            host,
            open,
            admin,
            own,
        })
    }

    /// A caller of IAM with the key in use, in a session with MFA if the user has a device.
    fn admin(host: &mut H, open: &OpenVault, own: &ProfileKey) -> Result<DeviceAdmin, H::Error> {
        let mut admin = DeviceAdmin::new(host, Some(&own.profile), None)?;
        if admin.client.profile.keys_of.as_ref() != Some(&own.profile) {
            return Err(Error::from(KeysError::NotInVault(own.profile.clone())).into());
        }
        admin.use_session(host, open, None)?;
        Ok(admin)
    }

    pub(super) fn tell(&self, notice: KeysNotice) {
        self.host.notify(&Notice::Keys(notice));
    }

    /// Stores the next stage.
    fn store(&mut self, change: impl FnOnce(&mut ProfileKey)) -> Result<(), H::Error> {
        let (id, now) = (self.own.id, self.host.unix_seconds());
        self.own = self
            .host
            .change_vault(|vault| vault.update_aws_key(id, now, change).cloned())?;
        Ok(())
    }

    pub(super) fn stage(&mut self, rotation: Option<Rotation>) -> Result<(), H::Error> {
        self.store(|own| own.rotation = rotation)
    }

    /// Calls IAM. If AWS does not take the old key or its session any more, the new key is used.
    pub(super) fn call<T>(
        &mut self,
        call: impl Fn(&mut dyn Api, &Credentials, &str) -> Result<T, ApiError>,
    ) -> Result<T, H::Error> {
        let user = self.admin.user.name.clone();
        let mut result = self.admin.call(|api, keys| call(api, keys, &user));
        let is_dead = |error: &ApiError| is_unknown(error) || error.code() == Some("ExpiredToken");
        if result.as_ref().is_err_and(is_dead) {
            self.admin = Self::admin(self.host, &self.open, &self.own)?;
            let admin = &mut self.admin;
            result = access_keys::settled(|| admin.call(|api, keys| call(api, keys, &user)));
        }
        self.admin.client.checked(self.host, result)
    }

    /// Now, by AWS's clock.
    pub(super) fn aws_seconds(&self) -> u64 {
        let skew = self
            .admin
            .client
            .api
            .clock_skew()
            .map_or(0, ClockSkew::seconds);
        self.host.unix_seconds().saturating_add_signed(skew)
    }

    /// Proves the new key and puts it in use.
    fn put_in_use(mut self, new: &AccessKey, fate: Fate) -> Result<Rotated, H::Error> {
        let old = self.own.key.id().to_owned();
        let proof = access_keys::prove(&mut *self.admin.client.api, new);
        if proof.as_ref().is_err_and(is_unknown) {
            let (profile, new) = (self.own.profile.clone(), new.id().to_owned());
            return Err(Error::from(KeysError::Unproven { profile, new, old }).into());
        }
        self.admin.client.checked(self.host, proof)?;
        let delete_after = self.delete_after(fate);
        let (id, now) = (self.own.id, self.host.unix_seconds());
        self.own = self.host.change_vault(|vault| {
            let change = |own: &mut ProfileKey| put_in_use(own, new, delete_after, now);
            let own = vault.update_aws_key(id, now, change)?.clone();
            // Other profiles of the same key.
            vault.replace_aws_key(&old, new, now);
            Ok(own)
        })?;
        self.retire(&old, fate)
    }

    /// What the interrupted run was to do with the old key.
    fn recorded(&self, delete_after: Option<u64>) -> Fate {
        match delete_after {
            None => Fate::Stays,
            Some(time) if time <= self.host.unix_seconds() => Fate::Deleted,
            Some(time) => Fate::DeletedAfter(time),
        }
    }

    fn delete_after(&self, fate: Fate) -> Option<u64> {
        match fate {
            Fate::Stays => None,
            Fate::Deleted => Some(self.host.unix_seconds()),
            Fate::DeletedAfter(time) => Some(time),
        }
    }

    /// Makes the old key inactive, and deletes it if that is wanted.
    fn retire(mut self, old: &str, fate: Fate) -> Result<Rotated, H::Error> {
        self.call(|api, keys, user| access_keys::deactivate(api, keys, user, old))?;
        let delete_after = self.delete_after(fate);
        self.stage(Some(Rotation::Old {
            id: old.to_owned(),
            is_active: false,
            delete_after,
        }))?;
        if fate == Fate::Deleted {
            return self.delete(old);
        }
        Ok(self.rotated(old, fate))
    }

    fn delete(mut self, old: &str) -> Result<Rotated, H::Error> {
        self.delete_old(old)?;
        Ok(self.rotated(old, Fate::Deleted))
    }

    fn delete_old(&mut self, old: &str) -> Result<(), H::Error> {
        self.call(|api, keys, user| access_keys::delete(api, keys, user, old))?;
        self.stage(None)
    }

    /// Deletes the old key of the last rotation, since AWS allows two keys.
    fn make_room(&mut self, old: &str, delete_after: Option<u64>) -> Result<(), H::Error> {
        let now = self.host.unix_seconds();
        if let Some(until) = delete_after.filter(|until| *until > now) {
            return Err(Error::from(KeysError::OldIsKept {
                profile: self.own.profile.clone(),
                id: old.to_owned(),
                until,
            })
            .into());
        }
        self.delete_old(old)?;
        self.tell(KeysNotice::DeletedOld(old.to_owned()));
        Ok(())
    }

    fn rotated(&self, old: &str, fate: Fate) -> Rotated {
        Rotated {
            new: self.own.key.id().to_owned(),
            old: old.to_owned(),
            fate,
        }
    }
}
