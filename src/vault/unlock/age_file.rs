//! Slots for people's own keys, with age (<https://age-encryption.org/v1>): X25519, SSH keys, and
//! plugins for hardware tokens. Bytes in, bytes out; but the library runs plugins, which are programs.

use std::io::{Read, Write};

use age::plugin::{self, RecipientPluginV1};
use age::{Callbacks, DecryptError, Decryptor, Encryptor, Identity, IdentityFile, Recipient};
use thiserror::Error;
use zeroize::Zeroizing;

/// The longest plaintext of a slot, in bytes.
const MAX_PLAINTEXT: u64 = 1024;
/// Bounds the cost of an identity file's own passphrase: scrypt with N = 2^20, 1 GiB.
const MAX_WORK: u8 = 20;

/// Why age failed. No message quotes a private key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AgeError {
    /// The text is not a public key.
    #[error("'{0}' is not an age recipient: use age1…, ssh-ed25519 … or ssh-rsa …")]
    Recipient(String),
    /// The text is a private key where a public one is needed.
    #[error("this is a private key: use the public one (age-keygen -y)")]
    PrivateKey,
    /// The plugin is not installed, or failed.
    #[error("the age plugin failed: {0}")]
    Plugin(String),
    /// The file contains no private key.
    #[error("not an age identity file or SSH private key")]
    Identities,
    /// None of the private keys opens the slot.
    #[error("none of the age identities opens the vault")]
    NoneOpens,
    /// Another failure, in age's own words.
    #[error("age failed: {0}")]
    Failed(String),
}

/// Brings a public key into the form that vaults store: an SSH key without its comment.
pub(crate) fn canonical(text: &str) -> Result<String, AgeError> {
    let text = text.trim();
    if text.to_ascii_uppercase().starts_with("AGE-SECRET-KEY") || text.contains("PRIVATE KEY") {
        return Err(AgeError::PrivateKey);
    }
    let invalid = || AgeError::Recipient(text.chars().take(80).collect());
    if text.starts_with("ssh-") {
        let recipient: age::ssh::Recipient = text.parse().map_err(|_| invalid())?;
        let text = recipient.to_string();
        return Ok(text.split(' ').take(2).collect::<Vec<_>>().join(" "));
    }
    // Bech32 is upper or lower case; age prints, and vaults store, lower case.
    let text = text.to_ascii_lowercase();
    let is_native = text.parse::<age::x25519::Recipient>().is_ok();
    if is_native || text.parse::<plugin::Recipient>().is_ok() {
        return Ok(text);
    }
    Err(invalid())
}

/// Encrypts to one public key. Fails if it is not one, or its plugin fails.
pub(crate) fn encrypt(
    recipient: &str,
    plaintext: &[u8],
    callbacks: impl Callbacks,
) -> Result<Vec<u8>, AgeError> {
    let recipient = parse(recipient, callbacks)?;
    let failed = |error: &dyn std::fmt::Display| AgeError::Failed(one_line(error));
    let encryptor =
        Encryptor::with_recipients(std::iter::once(&*recipient)).map_err(|error| failed(&error))?;
    let mut file = Vec::new();
    let mut writer = encryptor
        .wrap_output(&mut file)
        .map_err(|error| failed(&error))?;
    writer
        .write_all(plaintext)
        .and_then(|()| writer.finish().map(drop))
        .map_err(|error| failed(&error))?;
    Ok(file)
}

fn parse(recipient: &str, callbacks: impl Callbacks) -> Result<Box<dyn Recipient>, AgeError> {
    let invalid = || AgeError::Recipient(recipient.to_owned());
    if recipient.starts_with("ssh-") {
        let key: age::ssh::Recipient = recipient.parse().map_err(|_| invalid())?;
        return Ok(Box::new(key));
    }
    if let Ok(key) = recipient.parse::<age::x25519::Recipient>() {
        return Ok(Box::new(key));
    }
    // Hardware keys print these since age 1.3; encrypting to them needs no plugin.
    if let Ok(key) = recipient.parse::<age::tag::Recipient>() {
        return Ok(Box::new(key));
    }
    if let Ok(key) = recipient.parse::<age::tagpq::Recipient>() {
        return Ok(Box::new(key));
    }
    let key: plugin::Recipient = recipient.parse().map_err(|_| invalid())?;
    let name = key.plugin().to_owned();
    RecipientPluginV1::new(&name, &[key], &[], callbacks)
        .map(|plugin| Box::new(plugin) as Box<dyn Recipient>)
        .map_err(|error| AgeError::Plugin(one_line(&error)))
}

/// The private keys of one file.
pub struct Identities(Vec<Box<dyn Identity>>);

impl Identities {
    /// Reads an identity file (from `age-keygen`, plain or with a passphrase) or an SSH private key.
    /// `name` is the file's name in prompts.
    ///
    /// # Errors
    /// [`AgeError::Identities`] if the file contains no private key, [`AgeError::Plugin`] if its plugin
    /// cannot be used, [`AgeError::Failed`] if its passphrase does not open it.
    pub fn parse(bytes: &[u8], name: &str, callbacks: impl Callbacks) -> Result<Self, AgeError> {
        if bytes.starts_with(b"age-encryption.org/") || bytes.starts_with(b"-----BEGIN AGE") {
            return Self::encrypted(bytes, name, callbacks);
        }
        if bytes.starts_with(b"-----BEGIN") {
            let identity = age::ssh::Identity::from_buffer(bytes, Some(name.to_owned()))
                .map_err(|_| AgeError::Identities)?;
            return Ok(Self(vec![Box::new(identity.with_callbacks(callbacks))]));
        }
        let file = IdentityFile::from_buffer(bytes).map_err(|_| AgeError::Identities)?;
        Self::of(file.with_callbacks(callbacks))
    }

    fn encrypted(bytes: &[u8], name: &str, callbacks: impl Callbacks) -> Result<Self, AgeError> {
        let decryptor = Decryptor::new(bytes).map_err(|_| AgeError::Identities)?;
        let identity = age::encrypted::EncryptedIdentity::new(decryptor, callbacks, Some(MAX_WORK))
            .ok_or(AgeError::Identities)?;
        let file = identity
            .decrypt(Some(name))
            .map_err(|error| AgeError::Failed(one_line(&error)))?;
        Self::of(file)
    }

    fn of(file: IdentityFile<impl Callbacks>) -> Result<Self, AgeError> {
        let identities = file
            .into_identities()
            .map_err(|error| AgeError::Plugin(one_line(&error)))?;
        Ok(Self(
            identities
                .into_iter()
                .map(|identity| identity as Box<dyn Identity>)
                .collect(),
        ))
    }

    /// Decrypts an age file with a plaintext of at most 1 KiB.
    ///
    /// # Errors
    /// [`AgeError::NoneOpens`] if no key matches, [`AgeError::Failed`] in age's words otherwise.
    pub fn decrypt(&self, file: &[u8]) -> Result<Zeroizing<Vec<u8>>, AgeError> {
        let failed = |error: DecryptError| match error {
            DecryptError::NoMatchingKeys => AgeError::NoneOpens,
            error => AgeError::Failed(one_line(&error)),
        };
        let decryptor = Decryptor::new_buffered(file).map_err(failed)?;
        let reader = decryptor
            .decrypt(self.0.iter().map(|identity| &**identity))
            .map_err(failed)?;
        let mut plaintext = Zeroizing::new(Vec::with_capacity(128));
        reader
            .take(MAX_PLAINTEXT)
            .read_to_end(&mut plaintext)
            .map_err(|error| AgeError::Failed(one_line(&error)))?;
        Ok(plaintext)
    }
}

fn one_line(error: &dyn std::fmt::Display) -> String {
    let text = error.to_string();
    text.lines().next().unwrap_or_default().to_owned()
}
