//! Slots for people's own keys, by age (<https://age-encryption.org/v1>): X25519, SSH keys, and
//! plugins that speak for hardware tokens. Bytes in, bytes out; a plugin is a program that the
//! library runs.

use std::io::{Read, Write};

use age::plugin::{self, RecipientPluginV1};
use age::{Callbacks, DecryptError, Decryptor, Encryptor, Identity, IdentityFile, Recipient};
use thiserror::Error;
use zeroize::Zeroizing;

/// Longest plaintext of a slot that is read, in bytes.
const MAX_PLAINTEXT: u64 = 1024;
/// Most work of an identity file's own passphrase: 2^20 rounds of scrypt, 1 GiB.
const MAX_WORK: u8 = 20;

/// Why age did not do what it was asked to. Quotes no private key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AgeError {
    /// The text is no public key.
    #[error("'{0}' is not an age recipient: use age1…, ssh-ed25519 … or ssh-rsa …")]
    Recipient(String),
    /// The text is a private key.
    #[error("this is a private key: use the public one (age-keygen -y)")]
    PrivateKey,
    /// A plugin is not installed, or failed.
    #[error("the age plugin failed: {0}")]
    Plugin(String),
    /// A file holds no private key.
    #[error("not an age identity file or SSH private key")]
    Identities,
    /// None of the private keys opens it.
    #[error("none of the age identities opens the vault")]
    NoneOpens,
    /// Anything else.
    #[error("age failed: {0}")]
    Failed(String),
}

/// Brings a public key into the form in which it stands in the vault: an SSH key without its
/// comment.
///
/// # Errors
/// [`AgeError::Recipient`], [`AgeError::PrivateKey`].
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
    // Bech32 is one case or the other; the recipient stands in the vault as age prints it.
    let text = text.to_ascii_lowercase();
    let is_native = text.parse::<age::x25519::Recipient>().is_ok();
    if is_native || text.parse::<plugin::Recipient>().is_ok() {
        return Ok(text);
    }
    Err(invalid())
}

/// Encrypts to one public key.
///
/// # Errors
/// When it is none, or its plugin fails.
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
    // What hardware keys print since age 1.3: they encrypt without a plugin.
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

/// Private keys of one file.
pub struct Identities(Vec<Box<dyn Identity>>);

impl Identities {
    /// Reads an identity file (as of `age-keygen`, plain or under a passphrase), or an SSH private
    /// key. `name` is for questions.
    ///
    /// # Errors
    /// [`AgeError::Identities`], and those of plugins.
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

    /// Decrypts a file of a few bytes.
    ///
    /// # Errors
    /// [`AgeError::NoneOpens`], and those of plugins.
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
