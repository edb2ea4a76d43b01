//! Unlocks the vault: with a key at hand, by this machine, or with a text that a person gives.

use super::error::LockedHint;
use super::{Repository, RepositoryError};
use crate::vault::format::DataKey;
use crate::vault::host::{Answer, Host, Notice, Question, Turn};
#[cfg(not(feature = "age"))]
use crate::vault::unlock::NotBuilt;
use crate::vault::unlock::{
    Closed, Header, KeyFile, Keyring, Method, Unlocked, asked_for, open_by_machine, open_by_text,
};

impl Repository {
    /// Unlocks the vault without a prompt on the terminal, and returns whether that worked. Tries what the
    /// machine has and a given passphrase, whose command may show its own prompt.
    pub(crate) fn unlock_without_asking(&mut self, host: &mut dyn Host, header: &Header) -> bool {
        if self.key_at_hand(host, header).is_ok() {
            return true;
        }
        let given = host.given_secret().ok().flatten();
        let unlocked = given.and_then(|text| open_by_given(host, header, &text));
        unlocked.map(|unlocked| self.keep(unlocked)).is_some()
    }

    /// Describes what opens the vault here without a passphrase. `None` if nothing does, or the vault
    /// cannot be read.
    pub(crate) fn opens_by_itself(&self, host: &dyn Host) -> Option<&'static str> {
        let header = self.load().ok().flatten()?.header;
        let unlocked = open_by_machine(self.path(), host, &header, false).ok()?;
        Some(match unlocked.kind {
            KeyFile::NAME => "its key file",
            Keyring::NAME => "the system's keyring",
            _ => "this machine",
        })
    }

    /// Whether another process of this session can open the vault now without a person: by itself, or
    /// because it is unlocked.
    #[cfg(feature = "aws")]
    pub(crate) fn opens_unattended(&self, host: &dyn Host) -> bool {
        let Ok(Some(envelope)) = self.load() else {
            return false;
        };
        let cached = self.cached_key(host);
        cached.is_some_and(|cached| cached.key.matches(&envelope.header.key_commit))
            || self.opens_by_itself(host).is_some()
    }

    /// The data key, if it is known, cached for this session, or opened by the machine itself.
    ///
    /// # Errors
    /// Why the machine's own slots did not open.
    pub(super) fn key_at_hand(
        &mut self,
        host: &dyn Host,
        header: &Header,
    ) -> Result<DataKey, Vec<Closed>> {
        let known = self.keys.iter().find(|key| key.matches(&header.key_commit));
        if let Some(key) = known {
            return Ok(key.clone());
        }
        if let Some(key) = self.key_of_session(host, header) {
            return Ok(key);
        }
        open_by_machine(self.path(), host, header, false).map(|unlocked| self.keep(unlocked))
    }

    /// The data key that is cached for this session.
    pub(super) fn key_of_session(&mut self, host: &dyn Host, header: &Header) -> Option<DataKey> {
        let cached = self.trusts_session.then(|| self.cached_key(host)).flatten();
        let key = cached.map(|cached| cached.key);
        let key = key.filter(|key| key.matches(&header.key_commit))?;
        self.unproven_keys.push(header.key_commit);
        self.session_keys.push(header.key_commit);
        self.keys.push(key.clone());
        Some(key)
    }

    /// Keeps the keys of an opened slot in this process.
    pub(super) fn keep(&mut self, unlocked: Unlocked) -> DataKey {
        let commitment = unlocked.key.commitment();
        self.session_keys.retain(|kept| *kept != commitment);
        if unlocked.through.is_none() {
            self.unproven_keys.push(commitment);
        }
        self.keys.push(unlocked.key.clone());
        self.slot_keys.extend(unlocked.through);
        unlocked.key
    }

    /// Opens one of the slots in their order of precedence, and prompts last.
    pub(super) fn unlock(
        &mut self,
        host: &mut dyn Host,
        header: &Header,
    ) -> Result<DataKey, RepositoryError> {
        self.key_at_hand(host, header)
            .or_else(|closed| self.unlock_by_person(host, header, closed))
    }

    /// Opens one of the slots that may need a prompt. `closed` says why the others did not open.
    pub(super) fn unlock_by_person(
        &mut self,
        host: &mut dyn Host,
        header: &Header,
        mut closed: Vec<Closed>,
    ) -> Result<DataKey, RepositoryError> {
        match open_by_machine(self.path(), host, header, true) {
            Ok(unlocked) => return Ok(self.keep(unlocked)),
            Err(more) => closed.extend(more),
        }
        self.unlock_by_text(host, header, closed)
    }

    /// Opens a slot by a passphrase or recovery code, which is given or typed.
    pub(super) fn unlock_by_text(
        &mut self,
        host: &mut dyn Host,
        header: &Header,
        closed: Vec<Closed>,
    ) -> Result<DataKey, RepositoryError> {
        let wanted = asked_for(header);
        if wanted.is_empty() {
            return Err(self.none_opens(closed));
        }
        if let Some(text) = host.given_secret().map_err(RepositoryError::Host)? {
            let unlocked = open_by_given(host, header, &text);
            let unlocked = unlocked.ok_or(RepositoryError::WrongPassphrase)?;
            let lines = closed.iter().map(|why| Notice::WayClosed(why.to_string()));
            self.notices.extend(lines);
            return Ok(self.keep(unlocked));
        }
        let _turn = loop {
            let turn = host.turn_to_ask();
            // Meanwhile, a passphrase that was typed for another process may have unlocked the vault.
            if let Some(key) = self.key_of_session(host, header) {
                return Ok(key);
            }
            if let Turn::Own(turn) = turn {
                break turn;
            }
        };
        let mut unlocked = None;
        let mut opens = |text: &str| {
            unlocked = open_by_text(header, text);
            unlocked.is_some()
        };
        let closed: Vec<_> = closed.iter().map(ToString::to_string).collect();
        let question = Question {
            wanted,
            closed: &closed,
        };
        let answer = host.typed_secret(&question, &mut opens);
        match (answer.map_err(RepositoryError::Host)?, unlocked) {
            (Answer::Opened, Some(unlocked)) => {
                let key = self.keep(unlocked);
                self.cache_typed(host, &key);
                Ok(key)
            }
            (Answer::Nobody, _) if self.trusts_session => Err(RepositoryError::NobodyToAsk),
            (Answer::Nobody, _) => Err(RepositoryError::NobodyToAskAgain),
            _ => Err(RepositoryError::WrongPassphrase),
        }
    }

    /// The error if no slot opens. Its message is the first reason; the others are details.
    pub(super) fn none_opens(&self, closed: Vec<Closed>) -> RepositoryError {
        let hint = closed.iter().find_map(|why| match why {
            #[cfg(feature = "age")]
            Closed::Age(_) => Some(LockedHint::NameIdentity),
            #[cfg(not(feature = "age"))]
            Closed::NotBuilt(NotBuilt::Age) => Some(LockedHint::InstallWithAge),
            _ => None,
        });
        let mut closed = closed.into_iter();
        let why = match closed.next() {
            Some(Closed::Store(error)) => return error.into(),
            Some(why @ Closed::KeyFileMismatch { .. }) => return self.damaged(why.to_string()),
            Some(why) => why.to_string(),
            None => "this build of mfa supports none of the ways to open it".to_owned(),
        };
        let others = closed.map(|why| why.to_string()).collect();
        RepositoryError::Locked { why, others, hint }
    }
}

/// Tries a text that was given, which takes as long as the slots' KDFs demand.
fn open_by_given(host: &mut dyn Host, header: &Header, text: &str) -> Option<Unlocked> {
    let mut unlocked = None;
    let mut open = || unlocked = open_by_text(header, text);
    host.during("unlocking the vault", &mut open);
    unlocked
}
