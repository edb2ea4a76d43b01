//! One round on this machine: its vault, its state and its clock.

use std::time::Duration;

use crate::app::clock::Clock;
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::sync::commit::Name;
use crate::sync::engine::{self, Local, Options, Outcome};
use crate::sync::known::{Known, KnownError};
use crate::sync::merge::merge;
use crate::sync::remote::Remote;
use crate::vault::Header;
use crate::vault::format::{DataKey, Random};
use crate::vault::replica::DeviceId;
use crate::vault::repository::Open;

/// The longest wait between two tries, in milliseconds.
const LONGEST_PAUSE: u64 = 5000;

/// This machine, as the engine sees it.
struct Machine<'a> {
    context: &'a mut Context,
    device: DeviceId,
}

impl Local for Machine<'_> {
    type Error = CommandError;

    fn open(&mut self) -> Result<Open> {
        self.context.open_existing()
    }

    fn unlock(&mut self, header: &Header) -> Result<DataKey> {
        let is_known = self
            .context
            .with_vault(|vault, host| Ok(vault.unlock_without_asking(host, header)))?;
        if !is_known {
            self.context
                .ui
                .note("another machine changed how the vault opens; use the new passphrase once");
        }
        let key = self
            .context
            .with_vault(|vault, host| Ok(vault.key_of(host, header)?));
        key.map_err(|error| match error.kind {
            Exit::Locked => CommandError {
                hints: vec!["mfa unlock".into(), "mfa --passphrase-file NEW sync".into()],
                ..error.while_doing("another machine changed how the vault opens")
            },
            _ => error,
        })
    }

    fn merge_in(&mut self, incoming: Open) -> Result<Open> {
        self.context
            .with_vault(|vault, host| Ok(vault.merge_in(host, &incoming, merge)?))
    }

    fn remember(&mut self, known: &Known) -> Result<()> {
        Ok(known.save(&self.context.state, self.context.repository.path())?)
    }

    fn device(&self) -> DeviceId {
        self.device
    }

    fn now(&self) -> u64 {
        Clock::machine_seconds()
    }

    fn random(&mut self) -> &mut dyn Random {
        &mut self.context.random
    }

    fn pause(&mut self, attempt: u32) -> Result<()> {
        let longest = 50_u64
            .saturating_mul(1 << attempt.min(10))
            .min(LONGEST_PAUSE);
        let mut bytes = [0; 8];
        self.context.random.fill(&mut bytes)?;
        let part = u64::from_le_bytes(bytes) % longest;
        Clock::sleep(Duration::from_millis(longest / 2 + part / 2));
        Ok(())
    }
}

impl Context {
    /// Does one round with the remote that this machine knows, and notes how it went.
    ///
    /// # Errors
    /// If the vault does not sync, the remote fails, or a commit cannot be trusted.
    pub(crate) fn sync(&mut self, options: Options) -> Result<Outcome> {
        crate::app::programs::is_syncing();
        // A vault that does not sync gets no lock file.
        self.known()?;
        let path = self.repository.path().to_path_buf();
        let lock = Known::lock(&self.state, &path)?;
        let result = self.known().and_then(|mut known| {
            let mut remote = self.remote(&known.remote)?;
            self.round_with(&mut *remote, &mut known, options)
        });
        if let Err(error) = &result {
            self.note_failure(error);
        }
        drop(lock);
        result
    }

    /// Does a round with this remote. The caller holds the lock.
    ///
    /// # Errors
    /// If the vault cannot be opened, the remote fails, or a commit cannot be trusted.
    pub(crate) fn round_with(
        &mut self,
        remote: &mut dyn Remote,
        known: &mut Known,
        options: Options,
    ) -> Result<Outcome> {
        let device = super::devices::own_id(self)?;
        let mut machine = Machine {
            context: self,
            device,
        };
        let outcome = engine::round(&mut machine, remote, known, options)?;
        known.succeeded(Clock::machine_seconds());
        known.revision = self.revision();
        if let Some(head) = outcome.head {
            known.head_time = match outcome.pushed {
                Some(_) => Some(Clock::machine_seconds()),
                None => time_of(remote, known, head.name).or(known.head_time),
            };
        }
        known.save(&self.state, self.repository.path())?;
        Ok(outcome)
    }

    /// The revision of the vault's file.
    pub(crate) fn revision(&self) -> Option<u64> {
        let envelope = self.repository.load().ok().flatten();
        envelope.map(|envelope| envelope.header.rev)
    }

    /// Notes that a round failed. That this cannot be written is not worth another message.
    fn note_failure(&self, error: &CommandError) {
        let why = error.to_string();
        let note = || -> Result<(), KnownError> {
            let path = self.repository.path();
            if let Some(mut known) = Known::load(&self.state, path)?.filter(|_| !why.is_empty()) {
                known.failed(Clock::machine_seconds(), &why);
                known.save(&self.state, path)?;
            }
            Ok(())
        };
        let _ = note();
    }
}

/// When a commit was written.
fn time_of(remote: &mut dyn Remote, known: &Known, name: Name) -> Option<u64> {
    let fetched = engine::fetch(remote, &known.vault_id, name).ok()?;
    Some(fetched.commit.place.time)
}
