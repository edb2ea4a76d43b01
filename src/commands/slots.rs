//! The slots of a vault: which it is born with, and how they are exchanged.

use zeroize::Zeroizing;

use super::context::Context;
use super::failure::{Exit, Failure, Outcome};
use super::session::Open;
use crate::vault::envelope::{Header, SlotKind};
use crate::vault::file::{self, keyfile};
use crate::vault::keys::{DataKey, Kdf, Random, RecoveryCode, SlotKey};
use crate::vault::store::{Durability, Store};
use crate::vault::{Vault, seal};

/// How a new vault will open.
pub enum Birth {
    /// By a file beside it.
    KeyFile,
    /// By a passphrase.
    Passphrase(Zeroizing<String>),
}

/// A slot that is to be: its kind, and the key that opens it.
pub type Way = (SlotKind, SlotKey);

impl Context {
    /// Decides how a new vault opens: asks on a terminal, takes a given passphrase, and else
    /// makes a key file and says so.
    ///
    /// # Errors
    /// When a passphrase source was named and does not give one.
    pub fn plan_birth(&self) -> Outcome<Birth> {
        if let Some(given) = self.given_passphrase()? {
            return Ok(Birth::Passphrase(given));
        }
        self.ui.note(&format!(
            "making a new vault: {}",
            self.store.path().display()
        ));
        let question = "Choose a passphrase (Enter for none: a key file opens the vault)";
        match self.ask_new_passphrase(question)? {
            Some(chosen) if !chosen.is_empty() => return Ok(Birth::Passphrase(chosen)),
            _ => {}
        }
        self.ui.note(
            "a key file opens it: who can read both files can read the secrets; \
             'mfa vault passphrase' changes that",
        );
        Ok(Birth::KeyFile)
    }

    /// Makes an empty vault in memory, and the key file where it has one. Call it under the lock.
    ///
    /// # Errors
    /// When the key file cannot be written.
    pub fn bear(&mut self, birth: Birth) -> Outcome<Open> {
        let key = DataKey::from_bytes(self.random.array()?);
        let mut header = Header {
            vault_id: self.random.array()?,
            epoch: 1,
            rev: 0,
            device: [0; 16],
            key_commit: key.commitment(),
            slots: Vec::new(),
        };
        let (kind, with) = match birth {
            Birth::KeyFile => self.key_file_way()?,
            Birth::Passphrase(words) => self.passphrase_way(&words)?,
        };
        header
            .slots
            .push(seal::wrap(&header, kind, &with, &key, &mut self.random)?);
        self.unlocked = Some(key.clone());
        Ok(Open {
            header,
            key,
            vault: Vault::default(),
        })
    }

    /// The way of the key file; makes the file where there is none. One that is there may be that
    /// of a vault that somebody moved away: it is used and never written over. Call it under the
    /// lock.
    ///
    /// # Errors
    /// When it cannot be written, or is not private.
    pub fn key_file_way(&mut self) -> Outcome<Way> {
        let path = keyfile::path_of(self.store.path());
        let with = if let Some(with) = keyfile::read(&path)? {
            with
        } else {
            let with = SlotKey::from_bytes(self.random.array()?);
            if let Durability::Unknown(why) = keyfile::write(&path, &with)? {
                let path = path.display();
                self.ui.note(&format!(
                    "wrote {path}; whether it survives a power loss is unknown: {why}"
                ));
            }
            with
        };
        Ok((SlotKind::KeyFile, with))
    }

    /// The way of a passphrase, stretched at the recommended cost.
    ///
    /// # Errors
    /// When the memory for that cannot be had.
    pub fn passphrase_way(&mut self, words: &str) -> Outcome<Way> {
        let kdf = Kdf::recommended(self.random.array()?);
        let with = kdf.derive(words).ok_or_else(|| {
            Failure::new(
                Exit::Failed,
                "no 64 MiB of memory for the passphrase's Argon2id",
            )
        })?;
        Ok((SlotKind::Passphrase(kdf), with))
    }

    /// A new recovery code and its way.
    ///
    /// # Errors
    /// When there is no randomness.
    pub fn recovery_way(&mut self, header: &Header) -> Outcome<(RecoveryCode, Way)> {
        let code = RecoveryCode::from_bytes(self.random.array()?)
            .ok_or_else(|| Failure::new(Exit::Failed, "no recovery code was made"))?;
        let with = code.derive(&header.vault_id);
        Ok((code, (SlotKind::Recovery, with)))
    }

    /// Adds a slot; the data key stays.
    ///
    /// # Errors
    /// When the vault cannot be written.
    pub fn add_slot(&mut self, (kind, with): Way) -> Outcome {
        let store = self.store.clone();
        let transaction = store.begin()?;
        let mut open = self.open_existing()?;
        let slot = seal::wrap(&open.header, kind, &with, &open.key, &mut self.random)?;
        open.header.slots.push(slot);
        self.save(transaction, &mut open).map(drop)
    }

    /// Gives the vault a new data key under these ways alone, and its backups with it, so that
    /// what was taken away opens none of them. The ways are made under the lock, for the header as it
    /// is then: a key file that another process makes or removes meanwhile would be the wrong one.
    ///
    /// # Errors
    /// When the vault cannot be written; it opens as before then.
    pub fn rekey(&mut self, ways: impl FnOnce(&mut Self, &Header) -> Outcome<Vec<Way>>) -> Outcome {
        let store = self.store.clone();
        let transaction = store.begin()?;
        let mut open = self.open_existing()?;
        let ways = ways(self, &open.header)?;
        let old_key = std::mem::replace(&mut open.key, DataKey::from_bytes(self.random.array()?));
        open.header.epoch = open.header.epoch.saturating_add(1);
        open.header.key_commit = open.key.commitment();
        open.header.slots.clear();
        for (kind, with) in ways {
            let slot = seal::wrap(&open.header, kind, &with, &open.key, &mut self.random)?;
            open.header.slots.push(slot);
        }
        self.unlocked = Some(open.key.clone());
        let durability = self.save(transaction, &mut open)?;
        let _turn = store.begin()?;
        self.reseal_backups(&open, &old_key)?;
        match durability {
            Durability::Durable => self.remove_idle_key_file(),
            // After a power loss the old vault may be back, and need its key file.
            Durability::Unknown(_) => Ok(()),
        }
    }

    /// Last of an exchange: until then the file was the only way into what is not sealed anew.
    /// Another process may have made it a way into the vault again.
    fn remove_idle_key_file(&self) -> Outcome {
        let has_slot = |header: &Header| header.slots.iter().any(|s| s.kind == SlotKind::KeyFile);
        match self.load()? {
            Some(envelope) if !has_slot(&envelope.header) => {
                Ok(file::remove(&keyfile::path_of(self.store.path()))?)
            }
            _ => Ok(()),
        }
    }

    fn reseal_backups(&mut self, open: &Open, old_key: &DataKey) -> Outcome {
        for backup in self.store.backups().list() {
            let Ok(envelope) = backup.read() else {
                continue;
            };
            // The key file opens what an earlier exchange, that was interrupted, left as it was.
            let key = if old_key.matches(&envelope.header.key_commit) {
                Some(old_key.clone())
            } else if open.key.matches(&envelope.header.key_commit) {
                None
            } else {
                self.open_by_device(&envelope.header)
            };
            let rev = envelope.header.rev;
            let Some(plaintext) = key.and_then(|key| seal::open(envelope, &key).ok()) else {
                continue;
            };
            let header = Header {
                rev,
                ..open.header.clone()
            };
            let sealed = seal::seal(header, &open.key, &plaintext, &mut self.random)?;
            backup.rewrite(&sealed.to_json())?;
        }
        Ok(())
    }
}
