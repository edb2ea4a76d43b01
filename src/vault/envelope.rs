//! Format 1 as JSON: the envelope of a vault, read strictly and bounded before any work.
//!
//! Binary values are padded base64. Unknown and duplicate fields, unknown kinds and versions are
//! refused, so that nothing in the file is silently dropped when it is written again.

use std::borrow::Cow;

use data_encoding::BASE64;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::keys::{Kdf, VaultId};
use crate::planted::{Bug, planted};

/// Largest vault that is read, in bytes.
pub const MAX_FILE_BYTES: usize = 64 * 1024 * 1024;
/// Most slots of one vault.
pub const MAX_SLOTS: usize = 16;
/// Longest age file of a slot, in bytes; one for an RSA key of 4096 bits has 800.
const MAX_AGE_BYTES: usize = 16 * 1024;
/// Longest text of a slot (recipient, store, account), in bytes.
const MAX_TEXT_BYTES: usize = 4096;

const FORMAT: &str = "mfa-vault";
const VERSION: u64 = 1;
const CIPHER: &str = "xchacha20poly1305";

/// Why bytes are not a vault that this program opens.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FormatError {
    /// No bytes at all.
    #[error("the file is empty")]
    Empty,
    /// Over [`MAX_FILE_BYTES`].
    #[error("the file is larger than {} MiB", MAX_FILE_BYTES >> 20)]
    TooLarge,
    /// JSON or not, it does not say that it is a vault.
    #[error("this is not an mfa vault")]
    NotAVault,
    /// A version, cipher or slot kind that this program does not know.
    #[error("it was written by a newer mfa ({0}): update this one")]
    Newer(String),
    /// A vault by its look, but broken.
    #[error("the file is damaged ({0})")]
    Damaged(String),
}

/// One parsed vault file; the payload is still sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// What stands outside of the seal, and is authenticated by it.
    pub header: Header,
    /// Nonce of the payload.
    pub nonce: [u8; 24],
    /// Ciphertext and tag.
    pub payload: Vec<u8>,
}

/// The part of a vault that anyone can read. It says nothing about any account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Identity for life.
    pub vault_id: VaultId,
    /// Generation of the data key.
    pub epoch: u32,
    /// Grows with each write.
    pub rev: u64,
    /// The machine that wrote it last.
    pub device: [u8; 16],
    /// Commitment to the data key.
    pub key_commit: [u8; 32],
    /// Each of them opens the vault; at most [`MAX_SLOTS`].
    pub slots: Vec<Slot>,
}

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
struct FileJson<'a> {
    format: &'a str,
    version: u64,
    #[serde(borrow)]
    header: HeaderJson<'a>,
    nonce: Bytes<24>,
    payload: &'a str,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeaderJson<'a> {
    vault_id: Bytes<16>,
    epoch: u32,
    rev: u64,
    device: Bytes<16>,
    cipher: &'a str,
    key_commit: Bytes<32>,
    #[serde(borrow)]
    slots: Vec<SlotJson<'a>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SlotJson<'a> {
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

/// What tells a vault of another version from something else.
#[derive(Deserialize)]
struct Probe {
    format: String,
    version: u64,
}

impl Envelope {
    /// Reads the bytes of a vault file.
    ///
    /// # Errors
    /// [`FormatError`]; nothing of the payload is looked at.
    pub fn parse(bytes: &[u8]) -> Result<Self, FormatError> {
        if bytes.len() > MAX_FILE_BYTES {
            return Err(FormatError::TooLarge);
        }
        let file: FileJson<'_> =
            serde_json::from_slice(bytes).map_err(|error| why_not(bytes, &error))?;
        if file.format != FORMAT {
            return Err(FormatError::NotAVault);
        }
        if file.version != VERSION {
            return Err(other_version(file.version));
        }
        let payload = BASE64
            .decode(file.payload.as_bytes())
            .map_err(|_| FormatError::Damaged("payload is not base64".to_owned()))?;
        Ok(Self {
            header: Header::try_from(file.header)?,
            nonce: file.nonce.0,
            payload,
        })
    }

    /// Writes the file: indented, so that a person can look at its header.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        let payload = BASE64.encode(&self.payload);
        let file = FileJson {
            format: FORMAT,
            version: VERSION,
            header: HeaderJson::from(&self.header),
            nonce: Bytes(self.nonce),
            payload: &payload,
        };
        // Plain structs of strings and numbers always serialise.
        let mut json = serde_json::to_vec_pretty(&file).unwrap_or_default();
        json.push(b'\n');
        json
    }
}

fn why_not(bytes: &[u8], error: &serde_json::Error) -> FormatError {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return FormatError::Empty;
    }
    match serde_json::from_slice::<Probe>(bytes) {
        Ok(probe) if probe.format != FORMAT => FormatError::NotAVault,
        Ok(probe) if probe.version != VERSION => other_version(probe.version),
        Err(_) if !bytes.starts_with(b"{") => FormatError::NotAVault,
        _ => FormatError::Damaged(error.to_string()),
    }
}

fn other_version(version: u64) -> FormatError {
    if version > VERSION {
        FormatError::Newer(format!("format {version}, this one reads {VERSION}"))
    } else {
        FormatError::Damaged(format!("there is no format {version}"))
    }
}

impl TryFrom<HeaderJson<'_>> for Header {
    type Error = FormatError;

    fn try_from(json: HeaderJson<'_>) -> Result<Self, FormatError> {
        if json.cipher != CIPHER {
            return Err(FormatError::Newer("another cipher".to_owned()));
        }
        if !(1..=MAX_SLOTS).contains(&json.slots.len()) && !planted(Bug::NoBounds) {
            return Err(FormatError::Damaged(format!("{} slots", json.slots.len())));
        }
        Ok(Self {
            vault_id: json.vault_id.0,
            epoch: json.epoch,
            rev: json.rev,
            device: json.device.0,
            key_commit: json.key_commit.0,
            slots: json
                .slots
                .into_iter()
                .map(Slot::try_from)
                .collect::<Result<_, _>>()?,
        })
    }
}

impl<'a> From<&'a Header> for HeaderJson<'a> {
    fn from(header: &'a Header) -> Self {
        Self {
            vault_id: Bytes(header.vault_id),
            epoch: header.epoch,
            rev: header.rev,
            device: Bytes(header.device),
            cipher: CIPHER,
            key_commit: Bytes(header.key_commit),
            slots: header.slots.iter().map(SlotJson::from).collect(),
        }
    }
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

/// `N` bytes as base64 text.
#[derive(Clone, Copy)]
struct Bytes<const N: usize>([u8; N]);

impl<const N: usize> Serialize for Bytes<N> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64.encode(&self.0))
    }
}

impl<'de, const N: usize> Deserialize<'de> for Bytes<N> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <&str>::deserialize(deserializer)?;
        let bytes = BASE64.decode(text.as_bytes()).ok();
        let array = bytes.and_then(|bytes| bytes.try_into().ok());
        array
            .map(Self)
            .ok_or_else(|| serde::de::Error::custom(format!("expected {N} bytes of base64")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Envelope {
        let slot = |kind| Slot {
            id: [3; 16],
            kind,
            wrapped: Wrapped::Sealed {
                nonce: [4; 24],
                key: [5; 48],
            },
        };
        let shared = Slot {
            id: [3; 16],
            kind: SlotKind::Age {
                recipient: "age1sample".to_owned(),
            },
            wrapped: Wrapped::Age(vec![6; 300]),
        };
        Envelope {
            header: Header {
                vault_id: [1; 16],
                epoch: 1,
                rev: 7,
                device: [2; 16],
                key_commit: [6; 32],
                slots: vec![
                    slot(SlotKind::Passphrase(Kdf::recommended([9; 16]))),
                    slot(SlotKind::KeyFile),
                    slot(SlotKind::Recovery),
                    slot(SlotKind::Keyring {
                        store: "secret-service".to_owned(),
                        account: "a vault".to_owned(),
                    }),
                    shared,
                ],
            },
            nonce: [8; 24],
            payload: vec![1, 2, 3],
        }
    }

    fn text() -> String {
        String::from_utf8(sample().to_json()).unwrap()
    }

    fn refused(text: &str) -> FormatError {
        Envelope::parse(text.as_bytes()).unwrap_err()
    }

    #[test]
    fn what_is_written_reads_back() {
        assert_eq!(Envelope::parse(&sample().to_json()), Ok(sample()));
    }

    #[test]
    fn other_things_are_told_from_damage() {
        assert_eq!(refused(""), FormatError::Empty);
        assert_eq!(refused(" \n"), FormatError::Empty);
        assert_eq!(refused("hello"), FormatError::NotAVault);
        assert_eq!(refused("[]"), FormatError::NotAVault);
        assert_eq!(
            refused(&text().replace("mfa-vault", "other")),
            FormatError::NotAVault
        );
        let newer = text().replace("\"version\": 1,", "\"version\": 2, \"more\": 1,");
        assert!(matches!(refused(&newer), FormatError::Newer(_)));
        assert!(matches!(
            refused(&text().replace("recovery", "tpm")),
            FormatError::Newer(_)
        ));
        assert!(matches!(
            refused(&text().replace("xchacha20", "aes")),
            FormatError::Newer(_)
        ));
        assert!(matches!(
            refused(&text().replace("argon2id", "scrypt")),
            FormatError::Newer(_)
        ));
    }

    #[test]
    fn anything_unexpected_is_damage() {
        let text = text();
        for damaged in [
            text.replace("\"rev\": 7", "\"rev\": 7, \"rev\": 8"),
            text.replace("\"rev\": 7", "\"rev\": 7, \"extra\": 8"),
            text.replace("\"rev\": 7", "\"rev\": -7"),
            text.replace("\"t\": 3", "\"t\": 300"),
            text.replace("\"m_kib\": 65536", "\"m_kib\": 4294967295"),
            text.replace("AQID", "AQI"),
            text.replace("AQID", "AQ!D"),
            text.replace("\"kind\": \"keyfile\"", "\"kind\": \"passphrase\""),
            text.replace("\"kind\": \"keyfile\"", "\"kind\": \"age\""),
            text.replace("\"kind\": \"keyring\"", "\"kind\": \"recovery\""),
            text.replace("\"kind\": \"recovery\"", "\"kind\": \"keyring\""),
            text.replace("age1sample", &"a".repeat(4097)),
            text.replace("age1sample", ""),
            text.replace(&BASE64.encode(&[6; 300]), &BASE64.encode(&vec![6; 16385])),
            text[..text.len() / 2].to_owned(),
            format!("{text}x"),
        ] {
            assert!(
                matches!(refused(&damaged), FormatError::Damaged(_)),
                "{damaged}"
            );
        }
    }

    #[test]
    fn slots_are_one_to_sixteen() {
        for (count, good) in [(0, false), (1, true), (16, true), (17, false)] {
            let mut envelope = sample();
            envelope.header.slots = vec![envelope.header.slots[1].clone(); count];
            assert_eq!(
                Envelope::parse(&envelope.to_json()).is_ok(),
                good,
                "{count}"
            );
        }
    }
}
