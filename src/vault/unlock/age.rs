//! Opens an `age` slot with a person's private key, or with a hardware token by its plugin
//! (<https://age-encryption.org/v1>).

use std::path::Path;

use serde::ser::SerializeMap;

use super::{
    Closed, Create, Header, Making, Method, NewSlot, Retained, Slot, SlotKind, UnlockError,
    Unlocked,
};
use crate::vault::format::fields::Fields;
use crate::vault::format::transcript::Transcript;
use crate::vault::format::{DataKey, FormatError, SlotKey};
use crate::vault::host::Host;

/// A slot for a public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgeKey {
    /// The public key, such as `age1…`, `ssh-ed25519 …` or `age1yubikey1…`.
    pub recipient: String,
}

impl Method for AgeKey {
    const NAME: &'static str = "age";
    const MAY_ASK: bool = true;
    const IS_AGE_FILE: bool = true;

    fn describe(&self, _: &Path) -> String {
        "age or SSH key".to_owned()
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self, FormatError> {
        let recipient = fields.take_text("recipient")?;
        Ok(Self { recipient })
    }

    fn write<M: SerializeMap>(&self, members: &mut M) -> Result<(), M::Error> {
        members.serialize_entry("recipient", &self.recipient)
    }

    fn bind(&self, transcript: Transcript) -> Transcript {
        transcript.field(self.recipient.as_bytes())
    }

    fn open(
        _: &Path,
        host: &dyn Host,
        header: &Header,
        slots: &[(&Slot, &Self)],
    ) -> Result<Option<Unlocked>, Closed> {
        system::open(host, header, slots).map(Some)
    }

    /// Needs only the public key.
    fn retain(
        &self,
        _: &mut Making<'_>,
        _: &Slot,
        _: Option<&SlotKey>,
    ) -> Result<Retained, UnlockError> {
        Ok(Retained::As(self.new_slot()))
    }

    fn wrap(
        new: NewSlot,
        header: &Header,
        key: &DataKey,
        host: &mut dyn Host,
    ) -> Result<Slot, UnlockError> {
        system::wrap(new.kind, header, key, host)
    }
}

impl AgeKey {
    fn new_slot(&self) -> NewSlot {
        NewSlot {
            kind: SlotKind::Age(self.clone()),
            slot_key: None,
            code: None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recipient(String);

impl Recipient {
    /// Parses a public key into the form that vaults store: an SSH key without its comment. Fails for
    /// other text, and in a build without age.
    pub(crate) fn parse(text: &str) -> Result<Self, UnlockError> {
        system::canonical(text).map(Self)
    }

    /// Wraps a data key for the owner of the private key.
    pub(crate) fn wrap(
        &self,
        header: &Header,
        key: &DataKey,
        host: &mut dyn Host,
    ) -> Result<Slot, UnlockError> {
        let recipient = self.0.clone();
        AgeKey { recipient }.new_slot().wrap(header, key, host)
    }

    /// In the form that vaults store.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Create for Recipient {
    fn create(&self, _: &mut Making<'_>) -> Result<NewSlot, UnlockError> {
        let recipient = self.0.clone();
        Ok(AgeKey { recipient }.new_slot())
    }
}

#[cfg(feature = "age")]
mod system {
    use age::Callbacks;
    use age::secrecy::SecretString;

    use super::{AgeKey, Closed, DataKey, Header, Host, Slot, SlotKind, UnlockError, Unlocked};
    use crate::vault::format::{Wrapped, random_array, seal};
    use crate::vault::host::PluginPrompts;
    use crate::vault::unlock::age_file::{self, AgeError, Identities};

    pub(super) fn canonical(text: &str) -> Result<String, UnlockError> {
        Ok(age_file::canonical(text)?)
    }

    /// Tries this person's private keys.
    pub(super) fn open(
        host: &dyn Host,
        header: &Header,
        slots: &[(&Slot, &AgeKey)],
    ) -> Result<Unlocked, Closed> {
        let with_ssh = slots
            .iter()
            .any(|(_, key)| key.recipient.starts_with("ssh-"));
        let files = host.identities(with_ssh);
        let mut why = if files.is_empty() {
            "no age identity found".to_owned()
        } else {
            AgeError::NoneOpens.to_string()
        };
        for file in files {
            let name = file.path.display().to_string();
            let identities = file.content.and_then(|bytes| {
                Identities::parse(&bytes, &name, host.plugin_prompts())
                    .map_err(|error| format!("cannot use {name}: {error}"))
            });
            match identities {
                Ok(identities) => match open_one(&identities, header, slots) {
                    Ok(Some(unlocked)) => return Ok(unlocked),
                    Ok(None) => {}
                    Err(error) => why = format!("{name}: {error}"),
                },
                Err(line) => why = line,
            }
        }
        Err(Closed::Age(why))
    }

    /// Tries the private keys of one file on all slots.
    fn open_one(
        identities: &Identities,
        header: &Header,
        slots: &[(&Slot, &AgeKey)],
    ) -> Result<Option<Unlocked>, AgeError> {
        let mut failed = Ok(None);
        for (slot, _) in slots {
            let Wrapped::AgeFile(file) = &slot.wrapped else {
                continue;
            };
            match identities.decrypt(file) {
                Ok(plain) => {
                    if let Some(key) = seal::from_age_plaintext(header, slot, &plain) {
                        let kind = "age";
                        return Ok(Some(Unlocked {
                            key,
                            through: None,
                            kind,
                        }));
                    }
                }
                Err(AgeError::NoneOpens) => {}
                Err(error) => failed = Err(error),
            }
        }
        failed
    }

    pub(super) fn wrap(
        kind: SlotKind,
        header: &Header,
        key: &DataKey,
        host: &mut dyn Host,
    ) -> Result<Slot, UnlockError> {
        let SlotKind::Age(AgeKey { recipient }) = &kind else {
            return Err(UnlockError::NoSlotKey);
        };
        let id = random_array(host)?;
        let plain = seal::age_plaintext(header, &id, &kind, key);
        let file = age_file::encrypt(recipient, &*plain, host.plugin_prompts())?;
        let wrapped = Wrapped::AgeFile(file);
        Ok(Slot { id, kind, wrapped })
    }

    impl Callbacks for PluginPrompts {
        fn display_message(&self, message: &str) {
            (self.show)(message);
        }

        fn confirm(&self, message: &str, yes: &str, no: Option<&str>) -> Option<bool> {
            let no = no.map(|no| format!(" (no: {no})")).unwrap_or_default();
            (self.confirm)(&format!("{message} (yes: {yes}){no}"))
        }

        fn request_public_string(&self, description: &str) -> Option<String> {
            (self.ask)(description).map(|text| text.as_str().to_owned())
        }

        fn request_passphrase(&self, description: &str) -> Option<SecretString> {
            (self.ask)(description).map(|text| SecretString::from(text.as_str().to_owned()))
        }
    }
}

#[cfg(not(feature = "age"))]
mod system {
    use super::{AgeKey, Closed, DataKey, Header, Host, Slot, SlotKind, UnlockError, Unlocked};
    use crate::vault::unlock::NotBuilt;

    pub(super) fn canonical(_: &str) -> Result<String, UnlockError> {
        Err(UnlockError::NotBuilt(NotBuilt::Age))
    }

    pub(super) fn open(
        _: &dyn Host,
        _: &Header,
        _: &[(&Slot, &AgeKey)],
    ) -> Result<Unlocked, Closed> {
        Err(Closed::NotBuilt(NotBuilt::Age))
    }

    pub(super) fn wrap(
        _: SlotKind,
        _: &Header,
        _: &DataKey,
        _: &mut dyn Host,
    ) -> Result<Slot, UnlockError> {
        Err(UnlockError::NotBuilt(NotBuilt::Age))
    }
}
