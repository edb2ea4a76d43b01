//! Format 1 as JSON: the envelope of a vault. Read strictly, and bounded before any work.
//!
//! Binary values are padded base64. Unknown and duplicate fields, unknown kinds and versions are
//! refused, so that writing the file again never drops anything silently.

use data_encoding::BASE64;
use serde::{Deserialize, Serialize};

use super::bytes::Bytes;
use super::error::{FormatError, MAX_FILE_BYTES};
use super::fields::Fields;
use super::keys::VaultId;
use super::slot::{Slot, SlotFormat};

/// The most slots in one vault.
pub const MAX_SLOTS: usize = 16;
/// Bounds the cost of trying a passphrase on all slots, in KiB of memory times passes: one slot at the
/// ceiling of Argon2id (1 GiB, 16 passes), and all others at the default (64 MiB, 3 passes). 16 slots,
/// each within its own bounds, would take ten minutes.
const MAX_WORK: u64 = 16 * (1 << 20) + (MAX_SLOTS as u64 - 1) * 3 * (64 << 10);
const FORMAT: &str = "mfa-vault";
const VERSION: u64 = 1;
const CIPHER: &str = "xchacha20poly1305";

/// A parsed vault file. The payload is still sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope<K> {
    /// Readable without a key, but authenticated by the seal.
    pub header: Header<K>,
    /// The nonce of the payload (XChaCha20-Poly1305).
    pub nonce: [u8; 24],
    /// The ciphertext of the accounts, and its 16-byte tag.
    pub payload: Vec<u8>,
}

/// The part of a vault that anyone can read. It reveals nothing about any account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header<K> {
    /// Random; stays the same for the vault's whole life.
    pub vault_id: VaultId,
    /// The generation of the data key, from 1; grows when the vault is re-keyed.
    pub epoch: u32,
    /// The revision, which grows with each write.
    pub rev: u64,
    /// A random id of the machine that wrote the vault last.
    pub device: [u8; 16],
    /// Commits to the data key, so that the payload cannot open under two keys.
    pub key_commit: [u8; 32],
    /// The slots, of which each opens the vault; from 1 to [`MAX_SLOTS`].
    pub slots: Vec<Slot<K>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileIn<'a> {
    format: &'a str,
    version: u64,
    #[serde(borrow)]
    header: HeaderIn<'a>,
    nonce: Bytes<24>,
    payload: &'a str,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HeaderIn<'a> {
    vault_id: Bytes<16>,
    epoch: u32,
    rev: u64,
    device: Bytes<16>,
    cipher: &'a str,
    key_commit: Bytes<32>,
    #[serde(borrow)]
    slots: Vec<Fields<'a>>,
}

#[derive(Serialize)]
#[serde(bound = "K: SlotFormat")]
struct FileOut<'a, K> {
    format: &'a str,
    version: u64,
    header: HeaderOut<'a, K>,
    nonce: Bytes<24>,
    payload: &'a str,
}

#[derive(Serialize)]
#[serde(bound = "K: SlotFormat")]
struct HeaderOut<'a, K> {
    vault_id: Bytes<16>,
    epoch: u32,
    rev: u64,
    device: Bytes<16>,
    cipher: &'a str,
    key_commit: Bytes<32>,
    slots: &'a [Slot<K>],
}

/// Enough of a file to distinguish a vault of another version from other files.
#[derive(Deserialize)]
struct Probe {
    format: String,
    version: u64,
}

/// The revision that a vault file claims, without authentication; `None` if it does not look like a
/// vault.
pub(crate) fn revision_of(bytes: &[u8]) -> Option<u64> {
    #[derive(Deserialize)]
    struct File {
        header: Revision,
    }
    #[derive(Deserialize)]
    struct Revision {
        rev: u64,
    }
    let file: File = serde_json::from_slice(bytes).ok()?;
    Some(file.header.rev)
}

impl<K: SlotFormat> Envelope<K> {
    /// Parses the bytes of a vault file.
    ///
    /// # Errors
    /// [`FormatError`]: not a vault, damaged, too large, or from a newer version. The payload is not
    /// opened.
    pub fn parse(bytes: &[u8]) -> Result<Self, FormatError> {
        if bytes.len() > MAX_FILE_BYTES {
            return Err(FormatError::TooLarge);
        }
        let file: FileIn<'_> =
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

    /// Writes the file, indented so that people can read its header.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        let payload = BASE64.encode(&self.payload);
        let file = FileOut {
            format: FORMAT,
            version: VERSION,
            header: HeaderOut::from(&self.header),
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
        FormatError::Newer(format!("format {version}; this version reads {VERSION}"))
    } else {
        FormatError::Damaged(format!("unknown format {version}"))
    }
}

impl<K: SlotFormat> TryFrom<HeaderIn<'_>> for Header<K> {
    type Error = FormatError;

    fn try_from(json: HeaderIn<'_>) -> Result<Self, FormatError> {
        if json.cipher != CIPHER {
            return Err(FormatError::Newer("an unknown cipher".to_owned()));
        }
        if !(1..=MAX_SLOTS).contains(&json.slots.len()) {
            return Err(FormatError::Damaged(format!("{} slots", json.slots.len())));
        }
        let slots = json.slots.into_iter().map(Slot::parse);
        let slots = slots.collect::<Result<Vec<Slot<K>>, _>>()?;
        if slots.iter().map(|slot| slot.kind.work()).sum::<u64>() > MAX_WORK {
            let why = "the key derivation of its passphrases costs too much";
            return Err(FormatError::Damaged(why.to_owned()));
        }
        Ok(Self {
            vault_id: json.vault_id.0,
            epoch: json.epoch,
            rev: json.rev,
            device: json.device.0,
            key_commit: json.key_commit.0,
            slots,
        })
    }
}

impl<'a, K> From<&'a Header<K>> for HeaderOut<'a, K> {
    fn from(header: &'a Header<K>) -> Self {
        Self {
            vault_id: Bytes(header.vault_id),
            epoch: header.epoch,
            rev: header.rev,
            device: Bytes(header.device),
            cipher: CIPHER,
            key_commit: Bytes(header.key_commit),
            slots: &header.slots,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::format::Wrapped;
    use crate::vault::unlock::{
        AgeKey, Argon2id, KeyFile, Keyring, Passphrase, Recovery, SlotKind,
    };

    type Envelope = super::Envelope<SlotKind>;

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
            kind: SlotKind::Age(AgeKey {
                recipient: "age1sample".to_owned(),
            }),
            wrapped: Wrapped::AgeFile(vec![6; 300]),
        };
        Envelope {
            header: Header {
                vault_id: [1; 16],
                epoch: 1,
                rev: 7,
                device: [2; 16],
                key_commit: [6; 32],
                slots: vec![
                    slot(SlotKind::Passphrase(Passphrase {
                        kdf: Argon2id::recommended([9; 16]),
                    })),
                    slot(SlotKind::KeyFile(KeyFile)),
                    slot(SlotKind::Recovery(Recovery)),
                    slot(SlotKind::Keyring(Keyring {
                        store: "secret-service".to_owned(),
                        account: "a vault".to_owned(),
                    })),
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
    fn a_passphrase_costs_no_more_on_all_slots_than_one_at_the_ceiling() {
        let ceiling = Argon2id {
            m_kib: 1 << 20,
            t: 16,
            p: 16,
            salt: [9; 16],
        };
        let usual = Argon2id::recommended([9; 16]);
        for (dear, cheap, good) in [(1, 0, true), (1, 15, true), (0, 16, true), (2, 0, false)] {
            let mut envelope = sample();
            let slot = envelope.header.slots[0].clone();
            let with = |kdf: &Argon2id| Slot {
                kind: SlotKind::Passphrase(Passphrase { kdf: kdf.clone() }),
                ..slot.clone()
            };
            envelope.header.slots = vec![with(&ceiling); dear];
            envelope.header.slots.extend(vec![with(&usual); cheap]);
            let parsed = Envelope::parse(&envelope.to_json());
            assert_eq!(parsed.is_ok(), good, "{dear} and {cheap}");
            assert!(good || matches!(parsed, Err(FormatError::Damaged(_))));
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
