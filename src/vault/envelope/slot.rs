//! The slots of format 1: each holds the data key, closed off for one way of unlocking.

use std::borrow::Cow;

use data_encoding::BASE64;
use serde::{Deserialize, Serialize};

use super::bytes::Bytes;
use super::error::FormatError;
use crate::vault::keys::Kdf;

/// Longest age file of a slot, in bytes; one for an RSA key of 4096 bits has 800.
const MAX_AGE_BYTES: usize = 16 * 1024;
/// Longest text of a slot (recipient, store, account), in bytes.
const MAX_TEXT_BYTES: usize = 4096;

/// The data key, wrapped for one way of unlocking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// Random.
    pub id: [u8; 16],
    /// The way.
    pub kind: SlotKind,
    /// What the way opens.
    pub wrapped: Wrapped,
}

/// A data key that is closed off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrapped {
    /// Under a key of ours.
    Sealed {
        /// Random.
        nonce: [u8; 24],
        /// Data key and tag.
        key: [u8; 48],
    },
    /// A file of age (<https://age-encryption.org/v1>), in its binary form.
    Age(Vec<u8>),
}

/// The ways of unlocking that format 1 knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SlotKind {
    /// Something that a person knows.
    Passphrase(Kdf),
    /// A file beside the vault, bound to this machine.
    KeyFile,
    /// An item of the operating system's secret store, bound to this machine.
    Keyring {
        /// Which kind of store: `secret-service`, `keychain`, `credential-manager`.
        store: String,
        /// The item's user name; its service is `mfa`.
        account: String,
    },
    /// A printed code.
    Recovery,
    /// The private key of a person or of a hardware token.
    Age {
        /// The public key: `age1…`, `ssh-ed25519 …`, `age1yubikey1…`.
        recipient: String,
    },
}

impl SlotKind {
    /// The name in the file.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Passphrase(_) => "passphrase",
            Self::KeyFile => "keyfile",
            Self::Keyring { .. } => "keyring",
            Self::Recovery => "recovery",
            Self::Age { .. } => "age",
        }
    }

    /// Whether it is lost with the machine.
    #[must_use]
    pub const fn is_bound_to_device(&self) -> bool {
        matches!(self, Self::KeyFile | Self::Keyring { .. })
    }

    /// Whether words open it: a passphrase or a recovery code.
    #[must_use]
    pub const fn takes_words(&self) -> bool {
        matches!(self, Self::Passphrase(_) | Self::Recovery)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SlotJson<'a> {
    id: Bytes<16>,
    kind: &'a str,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    kdf: Option<KdfJson<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    store: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    account: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    recipient: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nonce: Option<Bytes<24>>,
    #[serde(borrow)]
    key: Cow<'a, str>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KdfJson<'a> {
    alg: &'a str,
    version: u32,
    m_kib: u32,
    t: u32,
    p: u32,
    salt: Bytes<16>,
}

impl TryFrom<SlotJson<'_>> for Slot {
    type Error = FormatError;

    fn try_from(json: SlotJson<'_>) -> Result<Self, FormatError> {
        let damaged = |kind: &str| FormatError::Damaged(format!("slot {kind}"));
        let text = |text: Cow<'_, str>| {
            let fits = (1..=MAX_TEXT_BYTES).contains(&text.len());
            fits.then(|| text.into_owned())
                .ok_or_else(|| damaged(json.kind))
        };
        let kind = match (
            json.kind,
            json.kdf,
            json.store,
            json.account,
            json.recipient,
        ) {
            ("passphrase", Some(kdf), None, None, None) => SlotKind::Passphrase(kdf.try_into()?),
            ("keyfile", None, None, None, None) => SlotKind::KeyFile,
            ("keyring", None, Some(store), Some(account), None) => SlotKind::Keyring {
                store: text(store)?,
                account: text(account)?,
            },
            ("recovery", None, None, None, None) => SlotKind::Recovery,
            ("age", None, None, None, Some(recipient)) => SlotKind::Age {
                recipient: text(recipient)?,
            },
            ("passphrase" | "keyfile" | "keyring" | "recovery" | "age", ..) => {
                return Err(damaged(json.kind));
            }
            _ => return Err(FormatError::Newer("an unknown kind of slot".to_owned())),
        };
        let key = BASE64.decode(json.key.as_bytes()).ok();
        let wrapped = match (&kind, json.nonce, key) {
            (SlotKind::Age { .. }, None, Some(file)) if file.len() <= MAX_AGE_BYTES => {
                Some(Wrapped::Age(file))
            }
            (SlotKind::Age { .. }, ..) => None,
            (_, Some(nonce), Some(key)) => key.try_into().ok().map(|key| Wrapped::Sealed {
                nonce: nonce.0,
                key,
            }),
            _ => None,
        };
        Ok(Self {
            id: json.id.0,
            wrapped: wrapped.ok_or_else(|| damaged(json.kind))?,
            kind,
        })
    }
}

impl<'a> From<&'a Slot> for SlotJson<'a> {
    fn from(slot: &'a Slot) -> Self {
        let (nonce, key) = match &slot.wrapped {
            Wrapped::Sealed { nonce, key } => (Some(Bytes(*nonce)), key.as_slice()),
            Wrapped::Age(file) => (None, file.as_slice()),
        };
        let mut json = Self {
            id: Bytes(slot.id),
            kind: slot.kind.as_str(),
            kdf: None,
            store: None,
            account: None,
            recipient: None,
            nonce,
            key: BASE64.encode(key).into(),
        };
        match &slot.kind {
            SlotKind::Passphrase(kdf) => json.kdf = Some(KdfJson::from(kdf)),
            SlotKind::KeyFile | SlotKind::Recovery => {}
            SlotKind::Keyring { store, account } => {
                json.store = Some(store.into());
                json.account = Some(account.into());
            }
            SlotKind::Age { recipient } => json.recipient = Some(recipient.into()),
        }
        json
    }
}

impl From<&Kdf> for KdfJson<'_> {
    fn from(kdf: &Kdf) -> Self {
        Self {
            alg: "argon2id",
            version: 19,
            m_kib: kdf.m_kib,
            t: kdf.t,
            p: kdf.p,
            salt: Bytes(kdf.salt),
        }
    }
}

impl TryFrom<KdfJson<'_>> for Kdf {
    type Error = FormatError;

    fn try_from(json: KdfJson<'_>) -> Result<Self, FormatError> {
        if json.alg != "argon2id" || json.version != 19 {
            return Err(FormatError::Newer("another key derivation".to_owned()));
        }
        let kdf = Self {
            m_kib: json.m_kib,
            t: json.t,
            p: json.p,
            salt: json.salt.0,
        };
        if kdf.is_bounded() {
            Ok(kdf)
        } else {
            Err(FormatError::Damaged(
                "the cost of its passphrase is out of bounds".to_owned(),
            ))
        }
    }
}
