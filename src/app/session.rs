//! Reading and changing the vault: load, unlock, compare with what was last seen, open; and for
//! a change, all of it again under the lock, then save.

use super::context::Context;
use super::error::{CommandError, Exit, Result};
use crate::otp::{Account, AccountId};
use crate::vault::envelope::{Envelope, FormatError, Header};
use crate::vault::file::backup::Backup;
use crate::vault::file::pin::{Pin, Standing};
use crate::vault::file::{FileTransaction, quoted};
use crate::vault::keys::{DataKey, Random};
use crate::vault::store::{Durability, Store, StoreError, Transaction};
use crate::vault::{Vault, document, seal};

/// A vault that was opened.
pub struct Open {
    /// As it stands in the file.
    pub header: Header,
    /// Opens and seals it.
    pub key: DataKey,
    /// Its accounts.
    pub vault: Vault,
}

impl Context {
    /// Opens the vault; `None` where there is none and never was.
    ///
    /// # Errors
    /// When it is locked, damaged, older than it was, or gone.
    pub fn open(&mut self) -> Result<Option<Open>> {
        let Some(envelope) = self.load()? else {
            return Ok(None);
        };
        let mut open = self.open_envelope(envelope)?;
        while let Err(error) = self.check_standing(&open) {
            // Another process may have changed the vault after it was read, and remembered that
            // before its memory was: then there is another vault by now.
            let again = self.load()?.filter(|now| now.header != open.header);
            open = self.open_envelope(again.ok_or(error)?)?;
        }
        Ok(Some(open))
    }

    /// The accounts, none where there is no vault.
    ///
    /// # Errors
    /// As [`Context::open`].
    pub fn accounts(&mut self) -> Result<Vault> {
        Ok(self.open()?.map(|open| open.vault).unwrap_or_default())
    }

    /// Opens the vault, which has to be there.
    ///
    /// # Errors
    /// As [`Context::open`], and when there is none.
    pub fn open_existing(&mut self) -> Result<Open> {
        self.open()?.ok_or_else(|| {
            let path = self.store.path().display();
            CommandError::new(
                Exit::Failed,
                format!("there is no vault yet: {path} does not exist"),
            )
            .with_hint("mfa add --qr PICTURE")
        })
    }

    /// Reads the envelope; `None` where there is no vault and never was.
    ///
    /// # Errors
    /// When it is unreadable, damaged, or gone while its backups are there.
    pub fn load(&self) -> Result<Option<Envelope>> {
        let bytes = self.store.load()?;
        self.parse(bytes.as_deref())
    }

    fn parse(&self, bytes: Option<&[u8]>) -> Result<Option<Envelope>> {
        let path = self.store.path();
        match bytes.map(Envelope::parse) {
            Some(Ok(envelope)) => Ok(Some(envelope)),
            Some(Err(source)) => {
                let is_newer = matches!(source, FormatError::Newer(_));
                let path = path.to_path_buf();
                let error = StoreError::Format { path, source }.into();
                // What a newer program wrote is not broken: an older state is not the cure.
                Err(if is_newer {
                    error
                } else {
                    self.with_restore_hint(error)
                })
            }
            None => match self.store.backups().newest_good() {
                None => Ok(None),
                Some(backup) => {
                    let message = format!("{} is gone, but its backups are there", path.display());
                    Err(CommandError::new(Exit::Damaged, message)
                        .with_hint(self.restore_command(&backup)))
                }
            },
        }
    }

    /// Names the newest backup that is not the broken file itself.
    pub(crate) fn with_restore_hint(&self, error: CommandError) -> CommandError {
        let broken = self.store.load().ok().flatten().unwrap_or_default();
        let differs = |backup: &Backup| backup.read().is_ok_and(|e| e.to_json() != broken);
        match self.store.backups().list().into_iter().find(differs) {
            Some(backup) if error.hints.is_empty() => {
                let command = self.restore_command(&backup);
                error.with_hint(command)
            }
            _ => error,
        }
    }

    fn restore_command(&self, backup: &Backup) -> String {
        format!(
            "mfa --vault {} vault restore {}",
            quoted(self.store.path()),
            backup.rev
        )
    }

    /// Unlocks and opens an envelope.
    ///
    /// # Errors
    /// When no slot opens, or the payload was changed.
    pub fn open_envelope(&mut self, envelope: Envelope) -> Result<Open> {
        let key = self.unlock_or_hint(&envelope)?;
        let header = envelope.header.clone();
        let vault = self.open_payload(envelope, &key)?;
        Ok(Open { header, key, vault })
    }

    /// Unlocks; a key file that does not fit is damage, for which there may be a backup.
    fn unlock_or_hint(&mut self, envelope: &Envelope) -> Result<DataKey> {
        match self.unlock(envelope) {
            Ok(unlocked) => Ok(unlocked.key),
            Err(error) if error.kind == Exit::Damaged => Err(self.with_restore_hint(error)),
            Err(error) => Err(error),
        }
    }

    fn open_payload(&self, envelope: Envelope, key: &DataKey) -> Result<Vault> {
        let path = self.store.path().display();
        let plaintext = seal::open(envelope, key).map_err(|error| {
            self.with_restore_hint(CommandError::new(
                Exit::Damaged,
                format!("{path} is damaged: {error}"),
            ))
        })?;
        document::parse(&plaintext).map_err(|error| {
            self.with_restore_hint(CommandError::from(error).while_doing(&path.to_string()))
        })
    }

    /// Whether a vault was used under this path before.
    pub(crate) fn remembers_a_vault(&self) -> bool {
        Pin::load(&self.state, self.store.path()).is_some()
    }

    fn standing(&self, open: &Open) -> Standing {
        Pin::load(&self.state, self.store.path())
            .map_or(Standing::New, |pin| pin.standing(&open.header, &open.key))
    }

    /// Refuses an older or another vault in the place of the one that was last seen.
    fn check_standing(&self, open: &Open) -> Result {
        let path = self.store.path().display();
        let why = match self.standing(open) {
            Standing::Same => return Ok(()),
            Standing::New | Standing::Newer => {
                // Remembered as it is met; when that fails, the next time will do.
                let _ = self.pin(open);
                return Ok(());
            }
            Standing::Older => "is older than the vault that was last used here",
            Standing::Other => "is not the vault that was last used here",
        };
        Err(CommandError::new(
            Exit::Damaged,
            format!("{path} {why}: if you put it there, say so"),
        )
        .with_hint(format!(
            "mfa --vault {} vault trust",
            quoted(self.store.path())
        )))
    }

    /// Remembers the state of the vault. Under a lock of its own, and only ever forwards, so that
    /// a slow reader does not turn back what a writer remembers.
    pub(crate) fn pin(&self, open: &Open) -> Result {
        let _turn = Pin::lock(&self.state, self.store.path())?;
        if matches!(self.standing(open), Standing::New | Standing::Newer) {
            Pin::of(self.store.path(), &open.header, &open.key)
                .save(&self.state, self.store.path())?;
        }
        Ok(())
    }

    /// Remembers the state of the vault, whatever was remembered before.
    pub(crate) fn pin_anew(&self, open: &Open) -> Result {
        let _turn = Pin::lock(&self.state, self.store.path())?;
        Ok(Pin::of(self.store.path(), &open.header, &open.key)
            .save(&self.state, self.store.path())?)
    }

    /// Changes the accounts under the lock. Nothing is written when `change` fails, or changes
    /// nothing. Where there is no vault yet, one is made.
    ///
    /// # Errors
    /// As [`Context::open`], those of `change`, and those of writing.
    pub fn change<T>(&mut self, change: impl FnOnce(&mut Vault) -> Result<T>) -> Result<T> {
        // Unlocked first, so that nobody waits for the lock while a person types.
        let birth = match self.load()? {
            Some(envelope) => {
                self.unlock_or_hint(&envelope)?;
                None
            }
            None => Some(self.plan_birth()?),
        };
        let store = self.store.clone();
        let mut transaction = store.begin()?;
        let bytes = transaction.load()?;
        let mut open = match (self.parse(bytes.as_deref())?, birth) {
            (Some(envelope), _) => {
                let open = self.open_envelope(envelope)?;
                self.check_standing(&open)?;
                open
            }
            (None, Some(plan)) => self.bear(plan)?,
            (None, None) => {
                let message = "the vault went away while it was to be changed";
                return Err(CommandError::new(Exit::Failed, message));
            }
        };
        let before = bytes.is_some().then(|| open.vault.clone());
        let result = change(&mut open.vault)?;
        if before.as_ref() != Some(&open.vault) {
            self.save(&mut transaction, &mut open)?;
        }
        Ok(result)
    }

    /// Seals and writes the vault as the next revision.
    ///
    /// # Errors
    /// When it cannot be written; the old one is in its place then.
    pub fn save(
        &mut self,
        transaction: &mut FileTransaction<'_>,
        open: &mut Open,
    ) -> Result<Durability> {
        let is_born = open.header.rev == 0;
        open.header.rev = self.next_rev(&open.header);
        open.header.device = self.device()?;
        let plaintext = document::write(&open.vault)?;
        let envelope = seal::seal(open.header.clone(), &open.key, &plaintext, &mut self.random)?;
        let opens = |bytes: &[u8]| {
            let read = Envelope::parse(bytes).ok();
            read.and_then(|e| seal::open(e, &open.key).ok())
                .is_some_and(|back| back == plaintext)
        };
        let durability = transaction.commit(open.header.rev, &envelope.to_json(), &opens)?;
        // What was remembered of another vault, that is gone, does not speak against a new one.
        let pin = if is_born { Self::pin_anew } else { Self::pin };
        match &durability {
            Durability::Durable => pin(self, open).unwrap_or_else(|error| {
                let why = error;
                self.ui.note(&format!(
                    "saved; but what was seen last is not remembered: {why}"
                ));
            }),
            Durability::Unknown(why) => {
                self.ui.note(&format!(
                    "saved; whether it survives a power loss is unknown: {why}"
                ));
            }
        }
        Ok(durability)
    }

    /// Above all that was ever seen or kept here, so that revisions never repeat.
    fn next_rev(&self, header: &Header) -> u64 {
        let pinned = Pin::load(&self.state, self.store.path()).map_or(0, |pin| pin.rev);
        let kept = if header.rev == 0 {
            self.store.backups().highest_rev()
        } else {
            0
        };
        header.rev.max(pinned).max(kept).saturating_add(1)
    }

    /// The random name of this machine.
    pub(crate) fn device(&mut self) -> Result<[u8; 16]> {
        let stored = || {
            let bytes = self.state.read("device").ok().flatten()?;
            <[u8; 16]>::try_from(bytes).ok()
        };
        if let Some(id) = stored() {
            return Ok(id);
        }
        let _turn = self.state.lock("device").ok();
        if let Some(id) = stored() {
            return Ok(id);
        }
        let id: [u8; 16] = self.random.array()?;
        // Without a state folder every write comes from a new device; that harms nothing.
        let _ = self.state.write("device", &id);
        Ok(id)
    }

    /// A new account's identity.
    ///
    /// # Errors
    /// When clock or randomness fail.
    pub fn new_id(&mut self) -> Result<AccountId> {
        let millis = u64::try_from(self.clock.now()?.as_millis()).unwrap_or(u64::MAX);
        Ok(AccountId::new(millis, &self.random.array()?))
    }
}

impl Context {
    /// All accounts, found without asking anybody anything.
    ///
    /// # Errors
    /// When the vault does not open by itself.
    pub(crate) fn accounts_without_asking(&mut self) -> Result<Vec<Account>> {
        let Some(envelope) = self.load()? else {
            return Ok(Vec::new());
        };
        let key = self
            .open_by_device(&envelope.header)
            .ok_or(CommandError::quiet(Exit::Locked))?;
        Ok(self.open_payload(envelope, &key)?.accounts)
    }

    /// Opens another state of the vault with a key that is at hand, or by the key file.
    pub(crate) fn open_quietly(&self, envelope: Envelope, key: &DataKey) -> Option<Vault> {
        let own = if key.matches(&envelope.header.key_commit) {
            key.clone()
        } else {
            self.open_by_device(&envelope.header)?
        };
        document::parse(&seal::open(envelope, &own).ok()?).ok()
    }

    /// How many accounts another state has, where it opens without asking.
    pub(crate) fn count_quietly(&self, envelope: Envelope) -> Option<usize> {
        let known = self
            .unlocked
            .as_ref()
            .filter(|key| key.matches(&envelope.header.key_commit));
        let key = known
            .cloned()
            .or_else(|| self.open_by_device(&envelope.header))?;
        self.open_quietly(envelope, &key)
            .map(|vault| vault.accounts.len())
    }
}
