//! The ways into a vault, tried in the order of the contract. Never waits where nobody answers.

use super::context::Context;
use super::failure::{Exit, Failure, Outcome};
use crate::vault::envelope::{Envelope, Header, SlotKind};
use crate::vault::file::keyfile;
use crate::vault::keys::{DataKey, RecoveryCode, SlotKey};
use crate::vault::seal;

/// How often a person may mistype a passphrase.
const TRIES: usize = 3;

/// A data key, and the slot that gave it.
pub struct Unlocked {
    /// Opens the payload.
    pub key: DataKey,
    /// The kind of the slot and its key, so that the slot can be carried over to a new data key;
    /// `None` when the key was known to this process already.
    pub through: Option<(SlotKind, SlotKey)>,
}

impl Context {
    /// Opens one of the slots.
    ///
    /// # Errors
    /// [`Exit::Locked`] when none opens, [`Exit::Damaged`] when the key file is there and its slot
    /// does not open.
    pub fn unlock(&mut self, envelope: &Envelope) -> Outcome<Unlocked> {
        let header = &envelope.header;
        let known = self
            .unlocked
            .take()
            .filter(|key| key.matches(&header.key_commit));
        let unlocked = match known {
            Some(key) => Unlocked { key, through: None },
            None => self.open_a_slot(header)?,
        };
        self.unlocked = Some(unlocked.key.clone());
        Ok(unlocked)
    }

    /// Opens the slot of the key file, of a given passphrase or of a typed one: slots that need
    /// more than the vault itself, so that this process never trusts a key it found elsewhere.
    pub(super) fn open_a_slot(&self, header: &Header) -> Outcome<Unlocked> {
        let no_key_file = match self.try_key_file(header) {
            Ok(Some(unlocked)) => return Ok(unlocked),
            Ok(None) => None,
            Err(failure) => Some(failure),
        };
        if !has_words(header) {
            return Err(
                no_key_file.unwrap_or_else(|| locked("it has no key file and no passphrase"))
            );
        }
        if let Some(failure) = no_key_file.and_then(|failure| failure.message) {
            self.ui.note(&failure);
        }
        if let Some(words) = self.given_passphrase()? {
            return try_words(header, &words).ok_or_else(wrong);
        }
        self.ask(header)
    }

    /// Unlocks for this process, if no person is needed for that.
    pub(super) fn unlock_without_asking(&mut self, envelope: &Envelope) {
        let header = &envelope.header;
        let by_words = || {
            let words = self.given_passphrase().ok().flatten()?;
            try_words(header, &words).map(|unlocked| unlocked.key)
        };
        self.unlocked = self.open_by_device(header).or_else(by_words);
    }

    /// Whether the vault opens without asking anybody from here on.
    pub(super) const fn is_unlocked(&self) -> bool {
        self.unlocked.is_some()
    }

    /// Opens a slot that needs nobody: the key file.
    pub(super) fn open_by_device(&self, header: &Header) -> Option<DataKey> {
        self.try_key_file(header)
            .ok()
            .flatten()
            .map(|unlocked| unlocked.key)
    }

    /// Tries the key file; `None` where the vault has no slot for one.
    fn try_key_file(&self, header: &Header) -> Outcome<Option<Unlocked>> {
        let mut slots = header
            .slots
            .iter()
            .filter(|slot| slot.kind == SlotKind::KeyFile)
            .peekable();
        if slots.peek().is_none() {
            return Ok(None);
        }
        let path = keyfile::path_of(self.store.path());
        let Some(with) = keyfile::read(&path)? else {
            return Err(locked(&format!(
                "its key file {} is not there",
                path.display()
            )));
        };
        for slot in slots {
            if let Some(key) = seal::unwrap(header, slot, &with) {
                return Ok(Some(Unlocked {
                    key,
                    through: Some((slot.kind.clone(), with)),
                }));
            }
        }
        let (key, vault) = (path.display(), self.store.path().display());
        let message = format!("{key} does not open {vault}: one of the two was changed");
        Err(Failure::new(Exit::Damaged, message))
    }

    fn ask(&self, header: &Header) -> Outcome<Unlocked> {
        let Some(mut prompt) = self.ui.prompt() else {
            return Err(locked("there is no terminal to ask for the passphrase")
                .with_hint("MFA_PASSPHRASE_FILE=PATH mfa …"));
        };
        for _ in 0..TRIES {
            let words = prompt.hidden(&question(header))?;
            if words.is_empty() {
                break;
            }
            match try_words(header, &words) {
                Some(unlocked) => return Ok(unlocked),
                None => self.ui.note("that does not open the vault"),
            }
        }
        Err(wrong())
    }
}

fn question(header: &Header) -> String {
    let has = |kind: &str| header.slots.iter().any(|slot| slot.kind.as_str() == kind);
    match (has("passphrase"), has("recovery")) {
        (true, true) => "Passphrase (or recovery code)",
        (false, true) => "Recovery code",
        _ => "Passphrase",
    }
    .to_owned()
}

fn has_words(header: &Header) -> bool {
    header
        .slots
        .iter()
        .any(|slot| !slot.kind.is_bound_to_device())
}

/// Tries what was typed as a recovery code, which costs nothing, and then as a passphrase.
pub(super) fn try_words(header: &Header, words: &str) -> Option<Unlocked> {
    let code = RecoveryCode::parse(words);
    let recovery = header
        .slots
        .iter()
        .filter(|slot| slot.kind == SlotKind::Recovery);
    let open = |slot: &crate::vault::envelope::Slot, with: SlotKey| {
        let key = seal::unwrap(header, slot, &with)?;
        Some(Unlocked {
            key,
            through: Some((slot.kind.clone(), with)),
        })
    };
    let by_code = code.and_then(|code| {
        let with = code.derive(&header.vault_id);
        recovery
            .into_iter()
            .find_map(|slot| open(slot, with.clone()))
    });
    by_code.or_else(|| {
        header.slots.iter().find_map(|slot| match &slot.kind {
            SlotKind::Passphrase(kdf) => open(slot, kdf.derive(words)?),
            SlotKind::KeyFile | SlotKind::Recovery => None,
        })
    })
}

fn locked(why: &str) -> Failure {
    Failure::new(Exit::Locked, format!("the vault is locked: {why}"))
}

fn wrong() -> Failure {
    Failure::new(Exit::Locked, "the vault is locked: the passphrase is wrong")
}
