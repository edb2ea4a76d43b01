//! Vaults that were written once and never again: every version of the program has to open them,
//! and has to refuse them once a bit is flipped.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests fail by panicking, and read files"
)]

use data_encoding::BASE64;
use mfa::otp::Account;
use mfa::vault::envelope::{Envelope, Header, Slot, SlotKind};
use mfa::vault::keys::{DataKey, RecoveryCode, SlotKey};
use mfa::vault::{Vault, document, seal};

const PASSPHRASE: &str = "correct horse battery staple";
const RECOVERY: &str = "VAZE-PV3S-DCAI-G34T-RSQL-D5UN-7JYK-HBEM";

fn read(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/data/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// Opens one of the slots with what a person or a file would give.
fn unlock(envelope: &Envelope, kind: &str) -> Option<DataKey> {
    let header = &envelope.header;
    header
        .slots
        .iter()
        .filter(|slot| slot.kind.as_str() == kind)
        .find_map(|slot| {
            let with = match &slot.kind {
                SlotKind::Passphrase(kdf) => kdf.derive(PASSPHRASE)?,
                SlotKind::KeyFile => key_file("golden-1-keyfile.key"),
                SlotKind::Recovery => RecoveryCode::parse(RECOVERY)?.derive(&header.vault_id),
                SlotKind::Keyring { .. } => key_file("golden-1-shared.key"),
                SlotKind::Age { .. } => return by_age(header, slot),
            };
            seal::unwrap(header, slot, &with)
        })
}

#[cfg(feature = "age")]
fn by_age(header: &Header, slot: &Slot) -> Option<DataKey> {
    use mfa::vault::age::Identities;
    use mfa::vault::envelope::Wrapped;

    let Wrapped::Age(file) = &slot.wrapped else {
        panic!("not an age file");
    };
    let own = read("share-bob.ssh");
    let bob = Identities::parse(&own, "bob", age::NoCallbacks).unwrap();
    seal::from_age_plaintext(header, slot, &bob.decrypt(file).ok()?)
}

#[cfg(not(feature = "age"))]
fn by_age(_: &Header, _: &Slot) -> Option<DataKey> {
    None
}

fn key_file(name: &str) -> SlotKey {
    let text = String::from_utf8(read(name)).unwrap();
    let key = BASE64
        .decode(text.lines().last().unwrap().as_bytes())
        .unwrap();
    SlotKey::from_bytes(key.try_into().unwrap())
}

fn open(name: &str, kind: &str) -> Vault {
    let envelope = Envelope::parse(&read(name)).unwrap();
    let key = unlock(&envelope, kind).unwrap();
    document::parse(&seal::open(envelope, &key).unwrap()).unwrap()
}

fn codes(vault: &Vault) -> Vec<(String, String)> {
    let code = |a: &Account| match a.credential.window(59) {
        Some(window) => window.current.to_string(),
        None => a
            .credential
            .code_at_counter(a.credential.kind.counter().unwrap())
            .to_string(),
    };
    vault
        .accounts
        .iter()
        .map(|a| (a.full_name(), code(a)))
        .collect()
}

#[test]
fn every_slot_of_format_1_opens() {
    let expected = [
        ("Amazon Web Services:my-iam-user@123456789012", "140615"),
        ("RFC:totp", "94287082"),
        ("RFC:hotp", "755224"),
        ("Steam:gabe", "PV9M4"),
        ("ü:你好", "9342147"),
    ]
    .map(|(name, code)| (name.to_owned(), code.to_owned()));
    for (name, kind) in [
        ("golden-1-passphrase.json", "passphrase"),
        ("golden-1-passphrase.json", "recovery"),
        ("golden-1-keyfile.json", "keyfile"),
    ] {
        assert_eq!(codes(&open(name, kind)), expected, "{name} by {kind}");
    }
}

/// A vault of a keyring and of two people's keys.
#[test]
fn every_slot_of_a_shared_vault_opens() {
    let expected = [("RFC:totp".to_owned(), "94287082".to_owned())];
    let name = "golden-1-shared.json";
    assert_eq!(codes(&open(name, "keyring")), expected);
    if cfg!(feature = "age") {
        assert_eq!(codes(&open(name, "age")), expected);
    }
}

/// The header is a part of what is sealed: after any flip of a bit, nothing opens, or (white
/// space) the very same thing does.
#[test]
fn no_flipped_bit_opens_differently() {
    let bytes = read("golden-1-keyfile.json");
    let envelope = Envelope::parse(&bytes).unwrap();
    let key = unlock(&envelope, "keyfile").unwrap();
    let plaintext = seal::open(envelope, &key).unwrap();
    let mut refused = 0;
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let opened = Envelope::parse(&flipped)
            .ok()
            .and_then(|e| seal::open(e, &key).ok());
        match opened {
            None => refused += 1,
            Some(opened) => assert_eq!(opened, plaintext, "bit {bit}"),
        }
    }
    assert!(
        refused > bytes.len() * 7,
        "{refused} of {}",
        bytes.len() * 8
    );
}
