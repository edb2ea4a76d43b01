//! Any bytes as a vault file, and as the content of one: no panic, nothing changed opens, and what is
//! read is written and read again unchanged.
#![no_main]

use std::sync::LazyLock;

use data_encoding::BASE64;
use libfuzzer_sys::fuzz_target;
use mfa::vault::format::{DataKey, MAX_SLOTS, Random, RandomError, SlotKey, document, seal};
use mfa::vault::{Envelope, SlotKind};

struct Fixed(u8);

impl Random for Fixed {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), RandomError> {
        bytes.fill(self.0);
        self.0 += 1;
        Ok(())
    }
}

/// A vault with known keys.
struct Golden {
    envelope: Envelope,
    key_file: SlotKey,
    key: DataKey,
}

static GOLDEN: LazyLock<Golden> = LazyLock::new(|| {
    let text = include_str!("../../data/golden-1-keyfile.key");
    let line = text.lines().last().unwrap();
    let bytes = BASE64.decode(line.as_bytes()).unwrap();
    let key_file = SlotKey::from_bytes(bytes.try_into().unwrap());
    let envelope = include_bytes!("../../data/golden-1-keyfile.json");
    let envelope = Envelope::parse(envelope).unwrap();
    let header = &envelope.header;
    let key = seal::unwrap(header, &header.slots[0], &key_file).unwrap();
    Golden {
        envelope,
        key_file,
        key,
    }
});

fuzz_target!(|bytes: &[u8]| {
    as_file(bytes);
    as_accounts(bytes);
});

fn as_file(bytes: &[u8]) {
    let envelope = match Envelope::parse(bytes) {
        Ok(envelope) => envelope,
        Err(error) => return drop(error.to_string()),
    };
    assert!((1..=MAX_SLOTS).contains(&envelope.header.slots.len()));
    for slot in &envelope.header.slots {
        assert!(!matches!(&slot.kind, SlotKind::Passphrase(own) if !own.kdf.is_bounded()));
    }
    assert_eq!(Envelope::parse(&envelope.to_json()).as_ref(), Ok(&envelope));
    let golden = &*GOLDEN;
    let (header, own) = (&envelope.header, &golden.envelope.header);
    for slot in &header.slots {
        // A slot is bound to vault and epoch; the payload's seal covers the rest of the header.
        if seal::unwrap(header, slot, &golden.key_file).is_some() {
            assert!(own.slots.contains(slot));
            assert_eq!((own.vault_id, own.epoch), (header.vault_id, header.epoch));
        }
    }
    let is_same = envelope == golden.envelope;
    assert_eq!(seal::open(envelope, &golden.key).is_ok(), is_same);
}

fn as_accounts(bytes: &[u8]) {
    let Golden { envelope, key, .. } = &*GOLDEN;
    let sealed = seal::seal(envelope.header.clone(), key, bytes, &mut Fixed(1)).unwrap();
    let opened = seal::open(sealed, key).unwrap();
    assert_eq!(opened.as_slice(), bytes);
    match document::parse(&opened) {
        Ok(vault) => {
            let written = document::write(&vault).unwrap();
            let again = document::parse(&written).unwrap();
            assert_eq!(again.accounts, vault.accounts);
            // Unusable accounts are now at the end.
            assert_eq!(again.unusable.len(), vault.unusable.len());
            assert_eq!(document::write(&again).unwrap(), written);
        }
        Err(error) => drop(error.to_string()),
    }
}
