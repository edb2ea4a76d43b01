//! The second key of a user while the first one is rotated. AWS allows two, and anybody may make or delete
//! one at the same time.

use super::KeysError;
use super::rotate::{CALL_SECONDS, Rotator};
use crate::aws::api::{ApiError, Refusal, access_keys};
use crate::aws::keys::KeysNotice;
use crate::aws::{Error, Host};
use crate::vault::{AccessKey, Rotation};

impl<H: Host> Rotator<'_, H> {
    /// The user's keys; `None` if the person may not list them.
    pub(super) fn listed(&mut self) -> Result<Option<Vec<access_keys::ListedKey>>, H::Error> {
        let user = self.admin.user.name.clone();
        match self
            .admin
            .call(|api, keys| access_keys::list(api, keys, &user))
        {
            Err(error) if error.refusal() == Some(Refusal::Denied) => Ok(None),
            result => Ok(Some(self.admin.client.checked(self.host, result)?)),
        }
    }

    /// Creates the second key. That it may exist is stored first, and the key before anything else.
    pub(super) fn create(&mut self) -> Result<AccessKey, H::Error> {
        let listed = self.listed()?.unwrap_or_default();
        let own = self.own.key.id();
        let mut others = listed.iter().filter(|key| key.id != own);
        if let (Some(other), true) = (others.next(), listed.len() > 1) {
            let state = |key: &access_keys::ListedKey| {
                let whose = if key.id == own { ", in the vault" } else { "" };
                format!("{} ({}{whose})", key.id, key.status.to_lowercase())
            };
            let keys = listed.iter().map(state).collect();
            return Err(self.quota(keys, Some(other.id.clone())).into());
        }
        let since = self.aws_seconds();
        let known = listed.into_iter().map(|key| key.id).collect();
        self.stage(Some(Rotation::Creating { since, known }))?;
        let user = self.admin.user.name.clone();
        let made = self
            .admin
            .call(|api, keys| access_keys::create(api, keys, &user));
        if made.as_ref().is_err_and(ApiError::was_refused) {
            // Nothing was made, so nothing is to be deleted later.
            self.stage(None)?;
        }
        if matches!(&made, Err(error) if error.refusal() == Some(Refusal::Limit)) {
            // The person may not list the keys.
            return Err(self.quota(Vec::new(), None).into());
        }
        let key = self.admin.client.checked(self.host, made)?;
        let stage = Rotation::Proving {
            since,
            key: key.clone(),
        };
        if let Err(error) = self.stage(Some(stage)) {
            let deleted = self
                .admin
                .call(|api, keys| access_keys::delete(api, keys, &user, key.id()));
            if deleted.is_ok() {
                self.tell(KeysNotice::DeletedUnstored(key.id().to_owned()));
            }
            return Err(error);
        }
        Ok(key)
    }

    fn quota(&self, keys: Vec<String>, other: Option<String>) -> Error {
        let (profile, user) = (self.own.profile.clone(), self.admin.user.name.clone());
        KeysError::Quota {
            profile,
            user,
            keys,
            other,
        }
        .into()
    }

    /// Deletes the key of an interrupted call, whose secret nobody has, if the person wants that: somebody
    /// else may have made it at the same time. One that was there before is somebody's.
    pub(super) fn delete_lost(
        &mut self,
        since: u64,
        known: &[String],
        is_wanted: bool,
    ) -> Result<(), H::Error> {
        let listed = self.listed()?.unwrap_or_default();
        let is_lost = |key: &&access_keys::ListedKey| {
            let made = key
                .created()
                .is_some_and(|at| at.abs_diff(since) <= CALL_SECONDS);
            made && key.id != self.own.key.id() && !known.contains(&key.id)
        };
        let lost = listed.iter().find(is_lost).map(|key| key.id.clone());
        if let Some(lost) = lost {
            if !is_wanted {
                let user = self.admin.user.name.clone();
                return Err(Error::from(KeysError::MaybeLost { user, id: lost }).into());
            }
            self.call(|api, keys, user| access_keys::delete(api, keys, user, &lost))?;
            self.tell(KeysNotice::DeletedLost(lost));
        }
        self.stage(None)
    }

    /// Whether somebody deleted the new key. AWS lists a key that it just made only after some seconds.
    pub(super) fn is_gone(&mut self, new: &AccessKey, since: u64) -> Result<bool, H::Error> {
        if self.aws_seconds() < since.saturating_add(CALL_SECONDS) {
            return Ok(false);
        }
        let listed = self.listed()?;
        Ok(listed.is_some_and(|keys| keys.iter().all(|key| key.id != new.id())))
    }
}
