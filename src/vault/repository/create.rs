//! Creates a new vault.

use super::under_lock::Pause;
use super::{Current, Open, Repository, RepositoryError};
use crate::vault::Vault;
use crate::vault::format::{DataKey, random_array};
use crate::vault::host::{Host, Notice};
use crate::vault::init::{KeyringPolicy, PrimarySlot, VaultInit};
use crate::vault::storage::LockedFile;
use crate::vault::unlock::{
    Create, Header, Making, NewKeyFile, NewKeyring, NewPassphrase, NewSlot, UnlockError,
};

impl Repository {
    /// Creates an empty vault, with its key file if it uses one.
    ///
    /// # Errors
    /// [`RepositoryError::Exists`] if there is a vault, or if it cannot be written.
    pub(crate) fn create(
        &mut self,
        host: &mut dyn Host,
        init: VaultInit,
    ) -> Result<Header, RepositoryError> {
        self.init = Some(init);
        self.under_lock(host, |own, host, file| {
            let bytes = file.load()?;
            if own.parse(bytes.as_deref())?.is_some() {
                return Err(RepositoryError::Exists(own.path().to_path_buf()).into());
            }
            let mut current = own.new_vault(host)?;
            own.save(host, file, &mut current)?;
            Ok(current.open.header)
        })
    }

    /// The current vault, or a new one that is not written yet. Also returns whether it is new.
    pub(super) fn current_or_new<E: From<RepositoryError>>(
        &mut self,
        host: &mut dyn Host,
        file: &LockedFile,
    ) -> Result<(Current, bool), Pause<E>> {
        match self.current(host, file)? {
            Some(found) => Ok((self.trusted(host, found)?, false)),
            None => Ok((self.new_vault(host)?, true)),
        }
    }

    /// Creates an empty vault in memory, and its key file if it uses one.
    fn new_vault<E: From<RepositoryError>>(
        &mut self,
        host: &mut dyn Host,
    ) -> Result<Current, Pause<E>> {
        let Some(init) = self.init.clone() else {
            return Err(Pause::NewVault);
        };
        let seen = self.seen(host);
        if !seen.is_empty() {
            self.notices.push(Notice::EarlierVaultGone);
        }
        let key = DataKey::from_bytes(random_array(host)?);
        let mut header = Header {
            vault_id: random_array(host)?,
            epoch: 1,
            rev: 0,
            device: [0; 16],
            key_commit: key.commitment(),
            slots: Vec::new(),
        };
        for new in self.first_slots(host, &header, &init)? {
            let slot = new.wrap(&header, &key, host)?;
            header.slots.push(slot);
        }
        if init.keyring == KeyringPolicy::IfAvailable {
            self.cache_typed(host, &key);
        }
        self.keys.push(key.clone());
        let vault = Vault::default();
        let open = Open { header, key, vault };
        Ok(Current {
            open,
            seen,
            before: None,
        })
    }

    fn first_slots(
        &mut self,
        host: &mut dyn Host,
        header: &Header,
        init: &VaultInit,
    ) -> Result<Vec<NewSlot>, UnlockError> {
        let mut making = Making {
            vault: self.file.path(),
            header,
            host,
            notices: &mut self.notices,
        };
        let mut slots = vec![match &init.primary {
            PrimarySlot::KeyFile => NewKeyFile.create(&mut making)?,
            PrimarySlot::Passphrase(text) => NewPassphrase(text).create(&mut making)?,
            PrimarySlot::Keyring => NewKeyring.create(&mut making)?,
        }];
        match init.keyring {
            KeyringPolicy::Off => {}
            KeyringPolicy::Required => slots.push(NewKeyring.create(&mut making)?),
            KeyringPolicy::IfAvailable => {
                if let Ok(slot) = NewKeyring.create(&mut making) {
                    making.notices.push(Notice::KeyringOpensToo);
                    slots.push(slot);
                }
            }
        }
        Ok(slots)
    }
}
