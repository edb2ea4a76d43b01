use super::*;
use crate::otp::{Account, AccountId, parse};
use crate::vault::format::seal::SealError;
use crate::vault::format::{RandomError, SlotKey, random_array};
use crate::vault::{KeyFile, Recovery, SlotKind};

struct Counting(u8);

impl Random for Counting {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), RandomError> {
        for byte in bytes {
            self.0 = self.0.wrapping_add(1);
            *byte = self.0;
        }
        Ok(())
    }
}

fn vault() -> Vault {
    let uri = "otpauth://totp/A:x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    let id = AccountId::new(1, &[1; 10]);
    Vault {
        accounts: vec![Account::from_draft(parse(uri).unwrap().draft, id, 1)],
        ..Vault::default()
    }
}

fn header(key: &DataKey) -> Header {
    let mut header = Header {
        vault_id: [1; 16],
        epoch: 3,
        rev: 77,
        device: [9; 16],
        key_commit: key.commitment(),
        slots: Vec::new(),
    };
    let slot_key = SlotKey::from_bytes([8; 32]);
    for kind in [SlotKind::KeyFile(KeyFile), SlotKind::Recovery(Recovery)] {
        let slot = seal::wrap(&header, kind, &slot_key, key, &mut Counting(5)).unwrap();
        header.slots.push(slot);
    }
    header
}

fn place() -> Place {
    let parent = |n, hash| Parent {
        name: Name { n, device: None },
        hash: Hash([hash; 32]),
    };
    Place {
        n: 42,
        device: [2; 16],
        time: 1000,
        parents: vec![parent(41, 1), parent(40, 2)],
    }
}

fn sample() -> (Commit, DataKey) {
    let key = DataKey::from_bytes([7; 32]);
    let of = (&header(&key), &key, &vault());
    (Commit::seal(place(), of, &mut Counting(0)).unwrap(), key)
}

fn text() -> String {
    String::from_utf8(sample().0.to_json()).unwrap()
}

fn refused(text: &str) -> CommitError {
    Commit::parse(text.as_bytes()).unwrap_err()
}

#[test]
fn what_is_sealed_reads_back_and_opens() {
    let (commit, key) = sample();
    let bytes = commit.to_json();
    let read = Commit::parse(&bytes).unwrap();
    assert_eq!(read, commit);
    let header = &read.envelope.header;
    assert_eq!((header.rev, header.device, header.epoch), (42, [2; 16], 3));
    assert!(
        read.envelope
            .header
            .slots
            .iter()
            .all(|slot| !slot.kind.is_bound_to_device())
    );
    assert_eq!(read.envelope.header.slots.len(), 1);
    assert_eq!(read.open(key).unwrap().vault, vault());
    let other = DataKey::from_bytes([0; 32]);
    let wrong = commit.open(other).err();
    assert_eq!(wrong, Some(CommitError::Seal(SealError::WrongKey)));
}

#[test]
fn a_vault_that_no_other_machine_could_open_is_not_committed() {
    let key = DataKey::from_bytes([7; 32]);
    let mut header = header(&key);
    header.slots.truncate(1);
    let of = (&header, &key, &vault());
    let sealed = Commit::seal(place(), of, &mut Counting(0));
    assert_eq!(sealed, Err(CommitError::NoPortableSlot));
}

#[test]
fn each_field_of_the_place_is_authenticated() {
    let changes: [fn(&mut Commit); 9] = [
        |c| (c.place.n, c.envelope.header.rev) = (43, 43),
        |c| (c.place.device, c.envelope.header.device) = ([3; 16], [3; 16]),
        |c| c.place.time += 1,
        |c| c.place.parents.swap(0, 1),
        |c| c.place.parents.truncate(1),
        |c| c.place.parents[0].hash.0[0] ^= 1,
        |c| c.place.parents[0].name.n = 39,
        |c| c.place.parents[0].name.device = Some([0; 4]),
        |c| c.envelope.header.vault_id = [5; 16],
    ];
    for change in changes {
        let (mut commit, key) = sample();
        change(&mut commit);
        let read = Commit::parse(&commit.to_json()).unwrap();
        let opened = read.open(key).err();
        assert_eq!(opened, Some(CommitError::Seal(SealError::Tampered)));
    }
}

/// A commit's payload must not pass as a vault, nor a vault as a commit.
#[test]
fn a_commit_is_no_vault_and_a_vault_is_no_commit() {
    let (commit, key) = sample();
    let tampered = Some(SealError::Tampered);
    assert_eq!(seal::open(commit.envelope.clone(), &key).err(), tampered);
    assert_eq!(
        refused(&String::from_utf8(commit.envelope.to_json()).unwrap()),
        CommitError::NotACommit
    );
    assert!(Envelope::parse(&commit.to_json()).is_err());

    let plaintext = document::write(&vault()).unwrap();
    let header = commit.envelope.header.clone();
    let envelope = seal::seal(header, &key, &plaintext, &mut Counting(0)).unwrap();
    let forged = Commit {
        place: place(),
        envelope,
    };
    let read = Commit::parse(&forged.to_json()).unwrap();
    assert_eq!(
        read.open(key).err(),
        Some(CommitError::Seal(SealError::Tampered))
    );
}

#[test]
fn no_flipped_bit_opens_differently() {
    let (commit, key) = sample();
    let bytes = commit.to_json();
    // The payload is one tag: every bit of a sample of it is enough.
    let payload = String::from_utf8(bytes.clone())
        .unwrap()
        .find("\"payload\"")
        .unwrap();
    let mut refused = 0;
    let all =
        (0..bytes.len()).filter(|at| *at < payload + 40 || at % 97 == 0 || *at + 40 > bytes.len());
    for bit in all.flat_map(|at| at * 8..at * 8 + 8) {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let Ok(read) = Commit::parse(&flipped) else {
            refused += 1;
            continue;
        };
        let place = read.place.clone();
        if let Ok(opened) = read.open(key.clone()) {
            assert_eq!(
                (opened.vault, place),
                (vault(), commit.place.clone()),
                "bit {bit}"
            );
        }
    }
    assert!(refused > payload);
}

#[test]
fn whatever_is_cut_off_says_so() {
    let bytes = sample().0.to_json();
    for end in 0..bytes.len() {
        assert_eq!(
            Commit::parse(&bytes[..end]),
            Err(CommitError::CutOff),
            "{end}"
        );
    }
}

#[test]
fn other_things_are_told_from_damage() {
    for other in [
        "hello",
        "[]",
        "{\"format\":\"x\",\"version\":1}",
        &text().replace("mfa-sync", "x"),
    ] {
        assert_eq!(refused(other), CommitError::NotACommit, "{other}");
    }
    for newer in [
        text().replacen("\"version\": 1", "\"version\": 2, \"more\": 1", 1),
        text().replace("xchacha20", "aes"),
        text().replace("\"kind\": \"recovery\"", "\"kind\": \"tpm\""),
    ] {
        assert!(matches!(refused(&newer), CommitError::Newer(_)), "{newer}");
    }
    let huge = vec![b' '; MAX_COMMIT_BYTES + 1];
    assert_eq!(Commit::parse(&huge), Err(CommitError::TooLarge));
}

#[test]
fn anything_unexpected_is_damage() {
    let text = text();
    let slot = text.find("\"kind\": \"recovery\"").unwrap();
    let many = format!(
        "\"parents\": [{}],\n  \"vault\"",
        vec!["{}"; 10_000].join(",")
    );
    let start = text.find("\"parents\"").unwrap();
    let end = text.find("\"vault\"").unwrap() + 7;
    for damaged in [
        text.replace("\"n\": 42", "\"n\": 42, \"n\": 42"),
        text.replace("\"n\": 42", "\"n\": 42, \"m\": 42"),
        text.replace("\"n\": 42", "\"n\": 43"),
        text.replace("\"n\": 42", "\"n\": 41"),
        text.replace("\"n\": 42", "\"n\": -1"),
        text.replace("\"n\": 42", "\"n\": 0"),
        text.replacen("000000000041", "000000000042", 1),
        text.replacen("000000000041", "41", 1),
        text.replacen("\"version\": 1", "\"version\": 0", 1),
        format!("{}keyfile{}", &text[..slot + 9], &text[slot + 17..]),
        format!("{}{many}{}", &text[..start], &text[end..]),
        text.replace("mfa-vault", "other"),
        format!("{text}x\n"),
    ] {
        assert!(
            matches!(refused(&damaged), CommitError::Damaged(_)),
            "{damaged}"
        );
    }
}

#[test]
fn parents_are_at_most_64_and_each_once() {
    let parent = |n| Parent {
        name: Name {
            n,
            device: Some([1; 4]),
        },
        hash: Hash([7; 32]),
    };
    for (count, is_good) in [(0, true), (64, true), (65, false)] {
        let (mut commit, _) = sample();
        (commit.place.n, commit.envelope.header.rev) = (100, 100);
        commit.place.parents = (1..=count).map(parent).collect();
        assert_eq!(Commit::parse(&commit.to_json()).is_ok(), is_good, "{count}");
    }
    let (mut commit, _) = sample();
    commit.place.parents[1] = commit.place.parents[0];
    assert!(Commit::parse(&commit.to_json()).is_err());
}

#[test]
fn a_fingerprint_is_80_bits_in_groups() {
    let text = Hash::of(b"hello").fingerprint();
    assert_eq!(text, "FTZE-3OS7-WCRQ-4JXI");
    let other: [u8; 32] = random_array(&mut Counting(0)).unwrap();
    assert_ne!(Hash(other).fingerprint(), text);
}
