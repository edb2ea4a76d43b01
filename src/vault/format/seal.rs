//! Seals the payload with the data key, and the data key in each slot: XChaCha20-Poly1305. Everything
//! outside the seal is authenticated as associated data. Pure: randomness is an argument.

use chacha20poly1305::aead::{Aead, AeadInOut, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use thiserror::Error;
use zeroize::Zeroizing;

use super::envelope::{Envelope, Header};
use super::keys::{DataKey, Random, RandomError, SlotKey, random_array};
use super::slot::{Slot, SlotFormat, Wrapped};
use super::transcript::Transcript;

/// The purpose of a vault's payload.
const VAULT: &[u8] = b"mfa-vault 1 payload";

/// Why a payload could not be opened.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SealError {
    /// The key is not the one that the header commits to.
    #[error("the key does not belong to this vault")]
    WrongKey,
    /// The header or the payload was changed after it was written.
    #[error("it was changed after mfa wrote it")]
    Tampered,
}

/// Seals `plaintext` with `key`. The header's commitment must be to `key`.
///
/// # Errors
/// [`RandomError`] if there are no random bytes for the nonce.
pub fn seal<K: SlotFormat>(
    header: Header<K>,
    key: &DataKey,
    plaintext: &[u8],
    random: &mut dyn Random,
) -> Result<Envelope<K>, RandomError> {
    let bound_to = bound_to(&header, VAULT);
    seal_bound(header, key, plaintext, bound_to, random)
}

/// As [`seal`], but the payload is bound to a transcript that starts with [`bound_to`].
pub(crate) fn seal_bound<K: SlotFormat>(
    header: Header<K>,
    key: &DataKey,
    plaintext: &[u8],
    bound_to: Transcript,
    random: &mut dyn Random,
) -> Result<Envelope<K>, RandomError> {
    let nonce: [u8; 24] = random_array(random)?;
    let aad = bound_to.into_bytes();
    let payload = cipher(&key.payload_key(&header.vault_id))
        .encrypt(
            &XNonce::from(nonce),
            Payload {
                msg: plaintext,
                aad: &aad,
            },
        )
        // It fails only above 256 GiB.
        .map_err(|_| RandomError("the payload is too long".to_owned()))?;
    Ok(Envelope {
        header,
        nonce,
        payload,
    })
}

/// Opens the payload in place. Only here does the plaintext JSON appear.
///
/// # Errors
/// [`SealError::WrongKey`] if the header commits to another key, [`SealError::Tampered`] if header
/// or payload were changed.
pub fn open<K: SlotFormat>(
    envelope: Envelope<K>,
    key: &DataKey,
) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let bound_to = bound_to(&envelope.header, VAULT);
    open_bound(envelope, key, bound_to)
}

/// Opens what [`seal_bound`] sealed, with the same transcript.
pub(crate) fn open_bound<K: SlotFormat>(
    envelope: Envelope<K>,
    key: &DataKey,
    bound_to: Transcript,
) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let header = &envelope.header;
    if !key.matches(&header.key_commit) {
        return Err(SealError::WrongKey);
    }
    let aad = bound_to.into_bytes();
    let mut payload = Zeroizing::new(envelope.payload);
    cipher(&key.payload_key(&header.vault_id))
        .decrypt_in_place(&XNonce::from(envelope.nonce), &aad, &mut *payload)
        .map_err(|_| SealError::Tampered)?;
    Ok(payload)
}

/// Wraps the data key in a new slot for `header`'s vault and epoch.
///
/// # Errors
/// [`RandomError`] if there are no random bytes for the slot's id and nonce.
pub fn wrap<K: SlotFormat>(
    header: &Header<K>,
    kind: K,
    slot_key: &SlotKey,
    key: &DataKey,
    random: &mut dyn Random,
) -> Result<Slot<K>, RandomError> {
    let (id, nonce) = (random_array(random)?, random_array(random)?);
    let aad = slot_transcript(header, &id, &kind);
    let wrapped = cipher(slot_key.expose_secret())
        .encrypt(
            &XNonce::from(nonce),
            Payload {
                msg: key.expose_secret(),
                aad: &aad,
            },
        )
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| RandomError("the key was not wrapped".to_owned()))?;
    Ok(Slot {
        id,
        kind,
        wrapped: Wrapped::Sealed {
            nonce,
            key: wrapped,
        },
    })
}

/// Unwraps the data key. `None` if `slot_key` belongs to another slot, or the slot or the authenticated
/// part of the header was changed.
#[must_use]
pub fn unwrap<K: SlotFormat>(
    header: &Header<K>,
    slot: &Slot<K>,
    slot_key: &SlotKey,
) -> Option<DataKey> {
    let Wrapped::Sealed { nonce, key } = &slot.wrapped else {
        return None;
    };
    let aad = slot_transcript(header, &slot.id, &slot.kind);
    let plain = cipher(slot_key.expose_secret())
        .decrypt(
            &XNonce::from(*nonce),
            Payload {
                msg: key,
                aad: &aad,
            },
        )
        .map(Zeroizing::new)
        .ok()?;
    let bytes = Zeroizing::new(<[u8; 32]>::try_from(plain.as_slice()).ok()?);
    let key = DataKey::from_bytes(*bytes);
    key.matches(&header.key_commit).then_some(key)
}

/// The plaintext of an age slot: the data key, and a hash of what the slot is bound to. An age file has
/// no associated data of its own.
pub(crate) fn age_plaintext<K: SlotFormat>(
    header: &Header<K>,
    id: &[u8; 16],
    kind: &K,
    key: &DataKey,
) -> Zeroizing<[u8; 64]> {
    let mut plain = Zeroizing::new([0; 64]);
    plain[..32].copy_from_slice(key.expose_secret());
    plain[32..].copy_from_slice(&Sha256::digest(slot_transcript(header, id, kind)));
    plain
}

/// Takes the data key from the plaintext of an age slot. `None` if it belongs to another slot, or the
/// slot or the authenticated part of the header was changed.
#[must_use]
pub fn from_age_plaintext<K: SlotFormat>(
    header: &Header<K>,
    slot: &Slot<K>,
    plain: &[u8],
) -> Option<DataKey> {
    let bytes = Zeroizing::new(<[u8; 32]>::try_from(plain.get(..32)?).ok()?);
    let key = DataKey::from_bytes(*bytes);
    let expected = age_plaintext(header, &slot.id, &slot.kind, &key);
    let is_bound: bool = expected.as_slice().ct_eq(plain).into();
    (is_bound && key.matches(&header.key_commit)).then_some(key)
}

fn cipher(key: &[u8; 32]) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&Key::from(*key))
}

fn slot_transcript<K: SlotFormat>(header: &Header<K>, id: &[u8; 16], kind: &K) -> Vec<u8> {
    let transcript = Transcript::new(b"mfa-vault 1 slot")
        .field(&header.vault_id)
        .number(header.epoch);
    bind_slot(transcript, id, kind).into_bytes()
}

/// Binds a slot to its id, its kind, and the parameters of its way to unlock.
fn bind_slot<K: SlotFormat>(transcript: Transcript, id: &[u8; 16], kind: &K) -> Transcript {
    kind.bind(transcript.field(id).field(kind.name().as_bytes()))
}

/// Binds a payload to each field of its header, for one purpose only.
pub(crate) fn bound_to<K: SlotFormat>(header: &Header<K>, purpose: &[u8]) -> Transcript {
    let count = u32::try_from(header.slots.len()).unwrap_or(u32::MAX);
    let start = Transcript::new(purpose)
        .field(&header.vault_id)
        .number(header.epoch)
        .field(&header.rev.to_le_bytes())
        .field(&header.device)
        .field(b"xchacha20poly1305")
        .field(&header.key_commit)
        .number(count);
    let add = |transcript: Transcript, slot: &Slot<K>| {
        let transcript = bind_slot(transcript, &slot.id, &slot.kind);
        match &slot.wrapped {
            Wrapped::Sealed { nonce, key } => transcript.field(nonce).field(key),
            Wrapped::AgeFile(file) => transcript.field(file),
        }
    };
    header.slots.iter().fold(start, add)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::vault::unlock::{
        AgeKey, Argon2id, KeyFile, Keyring, Passphrase, Recovery, SlotKind,
    };

    type Envelope = super::Envelope<SlotKind>;
    type Header = super::Header<SlotKind>;
    type Slot = super::Slot<SlotKind>;

    /// Random bytes for tests: a new value with every call, the same in every run.
    pub struct Counting(pub u8);

    impl Random for Counting {
        fn fill(&mut self, bytes: &mut [u8]) -> Result<(), RandomError> {
            for byte in bytes {
                self.0 = self.0.wrapping_add(1);
                *byte = self.0;
            }
            Ok(())
        }
    }

    fn sample(plaintext: &[u8]) -> (Envelope, DataKey, SlotKey) {
        let random = &mut Counting(0);
        let key = DataKey::from_bytes([7; 32]);
        let with = SlotKey::from_bytes([8; 32]);
        let mut header = Header {
            vault_id: [1; 16],
            epoch: 3,
            rev: 9,
            device: [2; 16],
            key_commit: key.commitment(),
            slots: Vec::new(),
        };
        for kind in [
            SlotKind::KeyFile(KeyFile),
            passphrase(Argon2id::recommended([3; 16])),
            keyring("secret-service", "a"),
        ] {
            let slot = wrap(&header, kind, &with, &key, random).unwrap();
            header.slots.push(slot);
        }
        (seal(header, &key, plaintext, random).unwrap(), key, with)
    }

    fn keyring(store: &str, account: &str) -> SlotKind {
        SlotKind::Keyring(Keyring {
            store: store.to_owned(),
            account: account.to_owned(),
        })
    }

    fn passphrase(kdf: Argon2id) -> SlotKind {
        SlotKind::Passphrase(Passphrase { kdf })
    }

    /// The sealed part of a slot, for tests that change it.
    fn sealed(slot: &mut Slot) -> (&mut [u8; 24], &mut [u8; 48]) {
        match &mut slot.wrapped {
            Wrapped::Sealed { nonce, key } => (nonce, key),
            Wrapped::AgeFile(_) => panic!("not a sealed slot"),
        }
    }

    #[test]
    fn what_is_sealed_opens_with_its_key_alone() {
        let (envelope, key, with) = sample(b"hello");
        assert_eq!(open(envelope.clone(), &key).unwrap().as_slice(), b"hello");
        assert_eq!(
            open(envelope.clone(), &DataKey::from_bytes([0; 32])),
            Err(SealError::WrongKey)
        );
        for slot in &envelope.header.slots {
            let unwrapped = unwrap(&envelope.header, slot, &with).unwrap();
            assert_eq!(unwrapped.expose_secret(), key.expose_secret());
            assert!(unwrap(&envelope.header, slot, &SlotKey::from_bytes([9; 32])).is_none());
        }
    }

    #[test]
    fn every_field_of_the_header_is_authenticated() {
        let changes: [fn(&mut Header); 13] = [
            |h| h.vault_id[0] ^= 1,
            |h| h.epoch ^= 1,
            |h| h.rev ^= 1,
            |h| h.device[0] ^= 1,
            |h| h.slots[0].id[0] ^= 1,
            |h| sealed(&mut h.slots[0]).0[0] ^= 1,
            |h| sealed(&mut h.slots[0]).1[0] ^= 1,
            |h| h.slots[2].kind = keyring("secret-service", "b"),
            |h| h.slots[2].kind = keyring("secret-servicea", ""),
            |h| h.slots[0].kind = SlotKind::Recovery(Recovery),
            |h| h.slots.swap(0, 1),
            |h| h.slots.truncate(1),
            |h| {
                h.slots[1].kind = passphrase(Argon2id {
                    t: 4,
                    ..Argon2id::recommended([3; 16])
                });
            },
        ];
        for change in changes {
            let (mut envelope, key, _) = sample(b"hello");
            change(&mut envelope.header);
            assert_eq!(open(envelope.clone(), &key), Err(SealError::Tampered));
        }
    }

    #[test]
    fn a_slot_of_another_vault_epoch_or_kind_does_not_open() {
        let (envelope, _, with) = sample(b"hello");
        let changes: [fn(&mut Header); 4] = [
            |h| h.vault_id[0] ^= 1,
            |h| h.epoch += 1,
            |h| h.slots[0].kind = SlotKind::Recovery(Recovery),
            |h| h.slots[0].id[0] ^= 1,
        ];
        for change in changes {
            let mut header = envelope.header.clone();
            change(&mut header);
            assert!(unwrap(&header, &header.slots[0], &with).is_none());
        }
    }

    #[test]
    fn an_age_slot_opens_its_own_vault_and_nothing_else() {
        let (envelope, key, _) = sample(b"hello");
        let header = envelope.header;
        let slot = |id: u8, recipient: &str| Slot {
            id: [id; 16],
            kind: SlotKind::Age(AgeKey {
                recipient: recipient.to_owned(),
            }),
            wrapped: Wrapped::AgeFile(Vec::new()),
        };
        let own = slot(1, "age1a");
        let plain = age_plaintext(&header, &own.id, &own.kind, &key);
        let opened = from_age_plaintext(&header, &own, &*plain).unwrap();
        assert_eq!(opened.expose_secret(), key.expose_secret());
        for other in [slot(2, "age1a"), slot(1, "age1b")] {
            assert!(from_age_plaintext(&header, &other, &*plain).is_none());
        }
        for short in [0, 31, 32, 63] {
            assert!(from_age_plaintext(&header, &own, &plain[..short]).is_none());
        }
        let mut later = header;
        later.epoch += 1;
        assert!(from_age_plaintext(&later, &own, &*plain).is_none());
    }

    /// Vault bytes with any one bit flipped never open, or open to the very same plaintext.
    #[test]
    fn no_flipped_bit_opens_differently() {
        let (envelope, key, with) = sample(b"hello");
        let bytes = envelope.to_json();
        let mut refused = 0;
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let Ok(envelope) = Envelope::parse(&flipped) else {
                refused += 1;
                continue;
            };
            let unwrapped = unwrap(&envelope.header, &envelope.header.slots[0], &with);
            let opened = open(envelope, unwrapped.as_ref().unwrap_or(&key));
            assert!(
                opened.is_err() || opened.unwrap().as_slice() == b"hello",
                "bit {bit}"
            );
        }
        assert!(refused > bytes.len());
    }
}
