//! The ways into a vault, tried in the order of the contract. Never waits where nobody answers.

use super::context::Context;
use super::error::{CommandError, Exit, Result};
use super::keyring::try_keyring;
use super::ways::Unlocked;
use crate::vault::envelope::{Envelope, Header, SlotKind};
use crate::vault::file::keyfile;
use crate::vault::keys::{DataKey, RecoveryCode};

/// How often a person may mistype a passphrase.
const TRIES: usize = 3;

impl Context {
    /// Opens one of the slots.
    ///
    /// # Errors
    /// [`Exit::Locked`] when none opens, [`Exit::Damaged`] when the key file is there and its slot
    /// does not open.
    pub fn unlock(&mut self, envelope: &Envelope) -> Result<Unlocked> {
        let header = &envelope.header;
        let known = self
            .unlocked
            .take()
            .filter(|key| key.matches(&header.key_commit));
        let unlocked = match known.or_else(|| self.kept_key(header)) {
            Some(key) => Unlocked { key, through: None },
            None => self.open_a_slot(header)?,
        };
        self.unlocked = Some(unlocked.key.clone());
        Ok(unlocked)
    }

    /// Opens a slot by what the machine has, by a given passphrase or by a typed one: slots need
    /// more than the vault itself, so that this process never trusts a key it found elsewhere.
    pub(crate) fn open_a_slot(&self, header: &Header) -> Result<Unlocked> {
        let mut closed = Vec::new();
        let ways: [&dyn Fn() -> Result<Option<Unlocked>>; 3] = [
            &|| self.try_key_file(header),
            &|| try_keyring(header),
            &|| self.try_age(header),
        ];
        for try_way in ways {
            match try_way() {
                Ok(Some(unlocked)) => return Ok(unlocked),
                Ok(None) => {}
                Err(error) => closed.push(error),
            }
        }
        if !header.slots.iter().any(|slot| slot.kind.takes_words()) {
            return Err(none_opens(closed));
        }
        for error in closed {
            self.ui.note(&error.to_string());
        }
        if let Some(words) = self.given_passphrase()? {
            return try_words(header, &words).ok_or_else(wrong);
        }
        self.ask(header)
    }

    /// Unlocks for this process, if no person is needed for that.
    pub(crate) fn unlock_without_asking(&mut self, envelope: &Envelope) {
        let header = &envelope.header;
        let by_words = || {
            let words = self.given_passphrase().ok().flatten()?;
            try_words(header, &words).map(|unlocked| unlocked.key)
        };
        self.unlocked = self.open_by_device(header).or_else(by_words);
    }

    /// Whether the vault opens without asking anybody from here on.
    pub(crate) const fn is_unlocked(&self) -> bool {
        self.unlocked.is_some()
    }

    /// Opens what needs nobody: the key that is kept for this session, the key file, the keyring.
    pub(crate) fn open_by_device(&self, header: &Header) -> Option<DataKey> {
        let by = |unlocked: Result<Option<Unlocked>>| unlocked.ok().flatten().map(|u| u.key);
        self.kept_key(header)
            .or_else(|| by(self.try_key_file(header)))
            .or_else(|| by(try_keyring(header)))
    }

    /// What opens the vault here without any words, for people; `None` where nothing does.
    pub(crate) fn way_without_words(&self, header: &Header) -> Option<&'static str> {
        let opens = |unlocked: Result<Option<Unlocked>>| matches!(unlocked, Ok(Some(_)));
        if opens(self.try_key_file(header)) {
            return Some("its key file");
        }
        opens(try_keyring(header)).then_some("the system's keyring")
    }

    /// Tries the key file; `None` where the vault has no slot for one.
    fn try_key_file(&self, header: &Header) -> Result<Option<Unlocked>> {
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
        let unlocked = slots.find_map(|slot| Unlocked::by(header, slot, with.clone()));
        if unlocked.is_some() {
            return Ok(unlocked);
        }
        let (key, vault) = (path.display(), self.store.path().display());
        let message = format!("{key} does not open {vault}: one of the two was changed");
        Err(CommandError::new(Exit::Damaged, message))
    }

    /// Asks the person; what is typed opens the vault for the rest of the session.
    fn ask(&self, header: &Header) -> Result<Unlocked> {
        let Some(mut prompt) = self.ui.prompt() else {
            return Err(
                locked("there is no terminal to ask for the passphrase").with_hint("mfa unlock")
            );
        };
        for _ in 0..TRIES {
            let words = prompt.hidden(&question(header))?;
            if words.is_empty() {
                break;
            }
            if let Some(unlocked) = try_words(header, &words) {
                self.keep_typed(&unlocked.key);
                return Ok(unlocked);
            }
            self.ui.note("that does not open the vault");
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

/// Tries what was typed as a recovery code, which costs nothing, and then as a passphrase.
pub(crate) fn try_words(header: &Header, words: &str) -> Option<Unlocked> {
    let slots = || header.slots.iter();
    let by_code = RecoveryCode::parse(words).and_then(|code| {
        let with = code.derive(&header.vault_id);
        slots()
            .filter(|slot| slot.kind == SlotKind::Recovery)
            .find_map(|slot| Unlocked::by(header, slot, with.clone()))
    });
    by_code.or_else(|| {
        slots().find_map(|slot| match &slot.kind {
            SlotKind::Passphrase(kdf) => Unlocked::by(header, slot, kdf.derive(words)?),
            _ => None,
        })
    })
}

/// The first of the reasons, since the ways are tried in order; the others below it.
fn none_opens(closed: Vec<CommandError>) -> CommandError {
    let mut closed = closed.into_iter();
    let Some(first) = closed.next() else {
        return locked("it has no way that this build of mfa can open");
    };
    if first.kind != Exit::Locked {
        return first;
    }
    let bare = |text: String| text.strip_prefix(LOCKED).unwrap_or(&text).to_owned();
    let mut error = locked(&bare(first.to_string()));
    error.hints = first.hints;
    for other in closed {
        error.details.push(bare(other.to_string()));
        if error.hints.is_empty() {
            error.hints = other.hints;
        }
    }
    error
}

const LOCKED: &str = "the vault is locked: ";

pub(crate) fn locked(why: &str) -> CommandError {
    CommandError::new(Exit::Locked, format!("{LOCKED}{why}"))
}

fn wrong() -> CommandError {
    CommandError::new(Exit::Locked, "the vault is locked: the passphrase is wrong")
}
