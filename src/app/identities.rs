//! Slots for people's own keys: where private keys are found, and the questions that they ask.

#[cfg(feature = "age")]
pub(crate) use with_age::{canonical, shared_slot};
#[cfg(not(feature = "age"))]
pub(crate) use without::{canonical, shared_slot};

#[cfg(feature = "age")]
mod with_age {
    use std::path::PathBuf;

    use age::Callbacks;
    use age::secrecy::SecretString;
    use zeroize::Zeroizing;

    use crate::app::context::Context;
    use crate::app::error::{CommandError, Exit, Result};
    use crate::app::user_files::read_file;
    use crate::app::ways::Unlocked;
    use crate::ui::{ColorChoice, Ui};
    use crate::vault::age::{AgeError, Identities, canonical as canonical_recipient, encrypt};
    use crate::vault::envelope::{Header, Slot, SlotKind, Wrapped};
    use crate::vault::keys::DataKey;
    use crate::vault::seal;

    const MAX_BYTES: usize = 1 << 20;

    impl From<AgeError> for CommandError {
        fn from(error: AgeError) -> Self {
            let exit = match error {
                AgeError::Recipient(_) | AgeError::PrivateKey => Exit::Usage,
                _ => Exit::Failed,
            };
            Self::new(exit, error.to_string())
        }
    }

    /// The form of a public key in which it stands in the vault.
    pub(crate) fn canonical(text: &str) -> Result<String> {
        Ok(canonical_recipient(text)?)
    }

    impl Context {
        /// Tries the private keys of this person; `None` where the vault is shared with nobody.
        pub(crate) fn try_age(&self, header: &Header) -> Result<Option<Unlocked>> {
            let files: Vec<_> = header.slots.iter().filter_map(age_slot).collect();
            if files.is_empty() {
                return Ok(None);
            }
            let ssh = files
                .iter()
                .any(|(_, recipient, _)| recipient.starts_with("ssh-"));
            let paths = self.identity_files(ssh);
            let mut why = AgeError::NoneOpens.to_string();
            for path in &paths {
                let name = path.display().to_string();
                let identities = read_file(path, MAX_BYTES)
                    .map(Zeroizing::new)
                    .map_err(|error| error.to_string())
                    .and_then(|bytes| {
                        Identities::parse(&bytes, &name, Asker)
                            .map_err(|error| format!("cannot use {name}: {error}"))
                    });
                let identities = match identities {
                    Ok(identities) => identities,
                    Err(line) => {
                        why = line;
                        continue;
                    }
                };
                for (slot, _, file) in &files {
                    match identities.decrypt(file) {
                        Ok(plain) => {
                            if let Some(key) = seal::from_age_plaintext(header, slot, &plain) {
                                return Ok(Some(Unlocked { key, through: None }));
                            }
                        }
                        Err(AgeError::NoneOpens) => {}
                        Err(error) => why = format!("{name}: {error}"),
                    }
                }
            }
            if paths.is_empty() {
                "no age identity is here".clone_into(&mut why);
            }
            Err(
                CommandError::new(Exit::Locked, format!("the vault is locked: {why}"))
                    .with_hint("MFA_AGE_IDENTITY=PATH mfa …"),
            )
        }

        /// Where private keys are looked for: what was named, or the usual places.
        fn identity_files(&self, ssh: bool) -> Vec<PathBuf> {
            if let Some(named) = &self.identities.named {
                return vec![named.clone()];
            }
            let mut paths = self.identities.usual.clone();
            if !ssh {
                paths.retain(|path| !path.components().any(|part| part.as_os_str() == ".ssh"));
            }
            paths.retain(|path| path.is_file());
            paths
        }
    }

    /// Closes a data key off for somebody's public key.
    pub(crate) fn shared_slot(
        header: &Header,
        id: [u8; 16],
        recipient: &str,
        key: &DataKey,
    ) -> Result<Slot> {
        let kind = SlotKind::Age {
            recipient: recipient.to_owned(),
        };
        let plain = seal::age_plaintext(header, &id, &kind, key);
        let file = encrypt(recipient, &*plain, Asker)?;
        Ok(Slot {
            id,
            wrapped: Wrapped::Age(file),
            kind,
        })
    }

    fn age_slot(slot: &Slot) -> Option<(&Slot, &str, &[u8])> {
        match (&slot.kind, &slot.wrapped) {
            (SlotKind::Age { recipient }, Wrapped::Age(file)) => Some((slot, recipient, file)),
            _ => None,
        }
    }

    /// Asks on the terminal what plugins and encrypted keys want to know.
    #[derive(Clone, Copy)]
    struct Asker;

    fn ui() -> Ui {
        Ui::new(ColorChoice::Never, true)
    }

    fn ask(description: &str) -> Option<Zeroizing<String>> {
        ui().prompt()?.hidden(description).ok()
    }

    impl Callbacks for Asker {
        fn display_message(&self, message: &str) {
            ui().note(message);
        }

        fn confirm(&self, message: &str, yes: &str, no: Option<&str>) -> Option<bool> {
            let no = no.map(|no| format!(" (no: {no})")).unwrap_or_default();
            ui().prompt()?
                .confirm(&format!("{message} (yes: {yes}){no}"))
                .ok()
        }

        fn request_public_string(&self, description: &str) -> Option<String> {
            let text = ask(description)?;
            Some(text.as_str().to_owned())
        }

        fn request_passphrase(&self, description: &str) -> Option<SecretString> {
            let text = ask(description)?;
            Some(SecretString::from(text.as_str().to_owned()))
        }
    }
}

#[cfg(not(feature = "age"))]
mod without {
    use crate::app::context::Context;
    use crate::app::error::{CommandError, Exit, Result};
    use crate::app::ways::Unlocked;
    use crate::vault::envelope::{Header, Slot, SlotKind};
    use crate::vault::keys::DataKey;

    fn not_built() -> CommandError {
        CommandError::new(Exit::Failed, "this build of mfa has no age in it")
            .with_hint("cargo install --path . --features age")
    }

    pub(crate) fn canonical(_: &str) -> Result<String> {
        Err(not_built())
    }

    #[expect(clippy::unused_self, reason = "as with the feature")]
    impl Context {
        pub(crate) fn try_age(&self, header: &Header) -> Result<Option<Unlocked>> {
            let is_age = |slot: &Slot| matches!(slot.kind, SlotKind::Age { .. });
            if !header.slots.iter().any(is_age) {
                return Ok(None);
            }
            Err(CommandError {
                kind: Exit::Locked,
                ..not_built()
            })
        }
    }

    pub(crate) fn shared_slot(_: &Header, _: [u8; 16], _: &str, _: &DataKey) -> Result<Slot> {
        Err(not_built())
    }
}
