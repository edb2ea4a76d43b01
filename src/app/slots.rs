//! The slots of a vault: which it is born with, and how they are exchanged.

use zeroize::Zeroizing;

use super::context::Context;
use super::error::{CommandError, Exit, Result};
use super::identities::shared_slot;
use super::session::Open;
use super::ways::Way;
use crate::vault::envelope::{Header, MAX_SLOTS, Slot, SlotKind};
use crate::vault::file::{self, keyfile};
use crate::vault::keys::{DataKey, Kdf, Random, RecoveryCode, SlotKey};
use crate::vault::store::{Durability, Store};
use crate::vault::{Vault, seal};

/// How a new vault will open: the first way for certain, the keyring besides.
pub struct Birth {
    first: First,
    keyring: Wish,
}

enum First {
    KeyFile,
    Passphrase(Zeroizing<String>),
    Keyring,
}

/// Whether a vault is to open by the system's keyring.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wish {
    No,
    IfItAnswers,
    Yes,
}

/// What is carried over to a new data key.
#[derive(Default)]
pub struct Carried {
    /// The ways that stay.
    pub ways: Vec<Way>,
    /// The new recovery code, where there was one; to be shown.
    pub code: Option<Zeroizing<String>>,
}

impl Birth {
    /// A key file, and nothing asked.
    pub const KEY_FILE: Self = Self {
        first: First::KeyFile,
        keyring: Wish::No,
    };
}

impl Context {
    /// Decides how a new vault opens: asks on a terminal, takes a given passphrase, and else
    /// makes a key file and says so.
    ///
    /// # Errors
    /// When a passphrase source was named and does not give one.
    pub fn plan_birth(&self) -> Result<Birth> {
        if let Some(given) = self.given_passphrase()? {
            return Ok(Birth {
                first: First::Passphrase(given),
                keyring: Wish::No,
            });
        }
        self.ui.note(&format!(
            "making a new vault: {}",
            self.store.path().display()
        ));
        let question = "Choose a passphrase (Enter for none: a key file opens the vault)";
        match self.ask_new_passphrase(question)? {
            Some(chosen) if !chosen.is_empty() => Ok(Birth {
                first: First::Passphrase(chosen),
                keyring: Wish::IfItAnswers,
            }),
            _ => {
                self.ui.note(
                    "a key file opens it: who can read both files can read the secrets; \
                     'mfa vault passphrase' changes that",
                );
                Ok(Birth::KEY_FILE)
            }
        }
    }

    /// A vault that the system's keyring opens, and a passphrase where one is given or typed.
    ///
    /// # Errors
    /// As [`Context::plan_birth`].
    pub fn plan_birth_with_keyring(&self) -> Result<Birth> {
        let words = match self.given_passphrase()? {
            Some(given) => Some(given),
            None => self
                .ask_new_passphrase("Choose a passphrase besides (Enter for none)")?
                .filter(|chosen| !chosen.is_empty()),
        };
        Ok(match words {
            Some(words) => Birth {
                first: First::Passphrase(words),
                keyring: Wish::Yes,
            },
            None => Birth {
                first: First::Keyring,
                keyring: Wish::No,
            },
        })
    }

    /// Makes an empty vault in memory, and the key file where it has one. Call it under the lock.
    ///
    /// # Errors
    /// When the key file cannot be written, or the keyring was asked for and does not answer.
    pub fn bear(&mut self, birth: Birth) -> Result<Open> {
        if self.remembers_a_vault() {
            self.ui
                .note("the vault that was last used here is gone, and its backups too");
        }
        let key = DataKey::from_bytes(self.random.array()?);
        let mut header = Header {
            vault_id: self.random.array()?,
            epoch: 1,
            rev: 0,
            device: [0; 16],
            key_commit: key.commitment(),
            slots: Vec::new(),
        };
        let typed = birth.keyring == Wish::IfItAnswers;
        let mut ways = vec![match birth.first {
            First::KeyFile => self.key_file_way()?,
            First::Passphrase(words) => self.passphrase_way(&words)?,
            First::Keyring => self.keyring_way(&header)?,
        }];
        match birth.keyring {
            Wish::No => {}
            Wish::Yes => ways.push(self.keyring_way(&header)?),
            Wish::IfItAnswers => {
                if let Ok(way) = self.keyring_way(&header) {
                    self.ui.note(
                        "the system's keyring opens it too, without asking; \
                         'mfa vault keyring off' ends that",
                    );
                    ways.push(way);
                }
            }
        }
        for way in ways {
            let slot = self.slot(&header, way, &key)?;
            header.slots.push(slot);
        }
        if typed {
            self.keep_typed(&key);
        }
        self.unlocked = Some(key.clone());
        Ok(Open {
            header,
            key,
            vault: Vault::default(),
        })
    }

    /// Closes the data key off in a new slot.
    fn slot(&mut self, header: &Header, way: Way, key: &DataKey) -> Result<Slot> {
        match way {
            Way::Keyed(kind, with) => Ok(seal::wrap(header, kind, &with, key, &mut self.random)?),
            Way::Shared(recipient) => shared_slot(header, self.random.array()?, &recipient, key),
        }
    }

    /// The way of the key file; makes the file where there is none. One that is there may be that
    /// of a vault that somebody moved away: it is used and never written over. Call it under the
    /// lock.
    ///
    /// # Errors
    /// When it cannot be written, or is not private.
    pub fn key_file_way(&mut self) -> Result<Way> {
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
        Ok(Way::Keyed(SlotKind::KeyFile, with))
    }

    /// The way of a passphrase, stretched at the recommended cost.
    ///
    /// # Errors
    /// When the memory for that cannot be had.
    pub fn passphrase_way(&mut self, words: &str) -> Result<Way> {
        let kdf = Kdf::recommended(self.random.array()?);
        let with = kdf.derive(words).ok_or_else(|| {
            CommandError::new(
                Exit::Failed,
                "no 64 MiB of memory for the passphrase's Argon2id",
            )
        })?;
        Ok(Way::Keyed(SlotKind::Passphrase(kdf), with))
    }

    /// A new recovery code and its way.
    ///
    /// # Errors
    /// When there is no randomness.
    pub fn recovery_way(&mut self, header: &Header) -> Result<(RecoveryCode, Way)> {
        let code = RecoveryCode::from_bytes(self.random.array()?)
            .ok_or_else(|| CommandError::new(Exit::Failed, "no recovery code was made"))?;
        let with = code.derive(&header.vault_id);
        Ok((code, Way::Keyed(SlotKind::Recovery, with)))
    }

    /// Adds slots; the data key stays.
    ///
    /// # Errors
    /// When the vault cannot be written, or would have more slots than fit.
    pub fn add_slots(&mut self, ways: Vec<Way>) -> Result {
        let store = self.store.clone();
        let mut transaction = store.begin()?;
        let mut open = self.open_existing()?;
        for way in ways {
            let slot = self.slot(&open.header, way, &open.key)?;
            open.header.slots.push(slot);
        }
        check_count(&open.header)?;
        self.save(&mut transaction, &mut open).map(drop)
    }

    /// The ways into the vault, so that they can be carried over to a new data key: all but those
    /// that `leaves` names. Asks for a passphrase that is to stay; a recovery code, which cannot
    /// stay, is made anew. What belongs to another machine is left behind, and that is said.
    ///
    /// # Errors
    /// When a passphrase is not given.
    pub fn carry_over(
        &mut self,
        header: &Header,
        leaves: impl Fn(&SlotKind) -> bool,
    ) -> Result<Carried> {
        let mut carried = Carried::default();
        for slot in header.slots.iter().filter(|slot| !leaves(&slot.kind)) {
            let mut alone = header.clone();
            alone.slots = vec![slot.clone()];
            match &slot.kind {
                SlotKind::Recovery => {
                    let (code, way) = self.recovery_way(header)?;
                    carried.code = Some(code.to_text());
                    carried.ways.push(way);
                }
                SlotKind::Age { recipient } => carried.ways.push(Way::Shared(recipient.clone())),
                SlotKind::KeyFile | SlotKind::Keyring { .. } => match self.open_a_slot(&alone) {
                    Ok(unlocked) => carried.ways.extend(unlocked.way()),
                    Err(error) => self.ui.note(&format!(
                        "a {} slot that does not open here is left behind ({})",
                        slot.kind.as_str(),
                        error
                    )),
                },
                SlotKind::Passphrase(_) => {
                    carried.ways.extend(self.open_a_slot(&alone)?.way());
                }
            }
        }
        Ok(carried)
    }

    /// Gives the vault a new data key under these ways alone, and its backups with it, so that
    /// what was taken away opens none of them. The ways are made under the lock, for the header as it
    /// is then: a key file that another process makes or removes meanwhile would be the wrong one.
    ///
    /// # Errors
    /// When the vault cannot be written; it opens as before then.
    pub fn rekey(&mut self, ways: impl FnOnce(&mut Self, &Header) -> Result<Vec<Way>>) -> Result {
        let store = self.store.clone();
        let mut transaction = store.begin()?;
        let mut open = self.open_existing()?;
        let ways = ways(self, &open.header)?;
        let old_key = std::mem::replace(&mut open.key, DataKey::from_bytes(self.random.array()?));
        open.header.epoch = open.header.epoch.saturating_add(1);
        open.header.key_commit = open.key.commitment();
        open.header.slots.clear();
        for way in ways {
            let slot = self.slot(&open.header, way, &open.key)?;
            open.header.slots.push(slot);
        }
        check_count(&open.header)?;
        self.unlocked = Some(open.key.clone());
        let durability = self.save(&mut transaction, &mut open)?;
        self.keep_instead(&open.key);
        self.reseal_backups(&open, &old_key)?;
        match durability {
            Durability::Durable => self.remove_idle_key_file(),
            // After a power loss the old vault may be back, and need its key file.
            Durability::Unknown(_) => Ok(()),
        }
    }

    /// Last of an exchange: until then the file was the only way into what is not sealed anew.
    /// Another process may have made it a way into the vault again.
    fn remove_idle_key_file(&self) -> Result {
        let has_slot = |header: &Header| header.slots.iter().any(|s| s.kind == SlotKind::KeyFile);
        match self.load()? {
            Some(envelope) if !has_slot(&envelope.header) => {
                Ok(file::remove(&keyfile::path_of(self.store.path()))?)
            }
            _ => Ok(()),
        }
    }

    /// Tells of a recovery code that an exchange made anew.
    ///
    /// # Errors
    /// Those of stdout.
    pub fn show_new_code(&self, code: Option<&Zeroizing<String>>) -> Result {
        let Some(code) = code else { return Ok(()) };
        self.ui
            .note("the recovery code changed too; the old one opens nothing any more");
        Ok(self.ui.print(&format!("recovery code: {}\n", **code))?)
    }

    fn reseal_backups(&mut self, open: &Open, old_key: &DataKey) -> Result {
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

/// Refuses when the slots whose keys were collected are not those of the vault any more.
///
/// # Errors
/// When another process changed them meanwhile.
pub fn unchanged(seen: &Header, now: &Header) -> Result {
    if now.epoch == seen.epoch && now.slots == seen.slots {
        return Ok(());
    }
    let message = "nothing was changed: another mfa changed the slots just now; try again";
    Err(CommandError::new(Exit::Failed, message))
}

fn check_count(header: &Header) -> Result {
    match header.slots.len() {
        0 => Err(
            CommandError::new(Exit::Failed, "nothing would open the vault any more")
                .with_hint("mfa vault passphrase"),
        ),
        1..=MAX_SLOTS => Ok(()),
        _ => Err(CommandError::new(
            Exit::Failed,
            format!("a vault has at most {MAX_SLOTS} slots"),
        )),
    }
}
