//! Flipped bits in the vault file: the right code, or none.

use std::fs;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{Home, Ran, X, in_parallel, program, run, tell};

/// Every 7th bit outside the seal and at the end; of the payload between, one in a hundred of those.
/// (A unit test flips all bits of a golden vault.)
fn places(vault: &[u8]) -> Vec<usize> {
    let bits = vault.len() * 8;
    let payload = String::from_utf8_lossy(vault).find("\"payload\"").unwrap() * 8 + 200;
    let end = bits - 400;
    (0..bits)
        .step_by(7)
        .filter(|bit| *bit < payload || *bit > end || bit % 700 == 0)
        .collect()
}

/// Changed white space leaves the vault the same.
fn is_space(original: &[u8], flipped: &[u8]) -> bool {
    let differs = |(a, b): &(&u8, &u8)| a != b;
    let mut changes = original.iter().zip(flipped).filter(differs);
    changes.all(|(a, b)| a.is_ascii_whitespace() && b.is_ascii_whitespace())
}

#[test]
fn a_flipped_bit_gives_the_right_code_or_none() {
    let home = Home::new();
    let places = places(&fs::read(&home.vault).unwrap());
    assert!(places.len() > 500, "only {} places", places.len());
    let slowest = Mutex::new(Duration::ZERO);
    in_parallel(&places, Home::new, |home, bit| {
        let original = fs::read(&home.vault).unwrap();
        let mut flipped = original.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        fs::write(&home.vault, &flipped).unwrap();
        // Only the seal may notice it.
        let _ = fs::remove_dir_all(home.path().join(".local/state/mfa/pins"));
        let before = home.contents();
        let start = Instant::now();
        let ran = home.mfa(&["code", "x", "--at", "30"]);
        let mut longest = slowest.lock().unwrap();
        *longest = longest.max(start.elapsed());
        match ran.exit() {
            Some(exit @ (5 | 6)) => drop(ran.ends(exit)),
            Some(0) if is_space(&original, &flipped) => assert_eq!(ran.stdout, "287082\n"),
            _ => panic!("bit {bit}: {ran:#?}"),
        }
        assert_eq!(home.contents(), before, "bit {bit}");
        fs::write(&home.vault, &original).unwrap();
    });
    let (count, slowest) = (places.len(), slowest.into_inner().unwrap());
    tell(&format!(
        "{count} flipped bits: refused within {slowest:.0?}"
    ));
}

/// A vault of X that this passphrase and a recovery code open.
fn with_two_slots(passphrase: &str) -> Home {
    let home = Home::empty();
    let with_passphrase = |arguments: &[&str], stdin: &str| -> Ran {
        let mut command = home.command(program());
        let command = command.env("MFA_PASSPHRASE", passphrase).args(arguments);
        run(command, stdin)
    };
    with_passphrase(&["add", "-"], &X.uri()).ends(0);
    with_passphrase(&["vault", "recovery"], "").ends(0);
    home
}

/// Replaces slots, or parts of them, with others: of the same vault, and of another vault with the same
/// passphrase.
#[test]
fn swapped_slots_open_nothing() {
    let passphrase = "correct horse";
    let [home, other] = [with_two_slots(passphrase), with_two_slots(passphrase)];
    let read =
        |home: &Home| -> Value { serde_json::from_slice(&fs::read(&home.vault).unwrap()).unwrap() };
    let (own, foreign) = (read(&home), read(&other));
    let slots = |vault: &Value| vault["header"]["slots"].as_array().unwrap().clone();
    assert_eq!(slots(&own).len(), 2);
    let with_slots = |change: &dyn Fn(&mut Vec<Value>)| {
        let (mut vault, mut changed) = (own.clone(), slots(&own));
        change(&mut changed);
        vault["header"]["slots"] = changed.into();
        vault
    };
    let field = |name: &'static str| {
        with_slots(&move |slots| {
            let first = slots[0][name].clone();
            slots[0][name] = slots[1][name].take();
            slots[1][name] = first;
        })
    };
    let header = |names: &[&str]| {
        let mut vault = own.clone();
        for name in names {
            vault["header"][*name] = foreign["header"][*name].clone();
        }
        vault
    };
    for (what, vault) in [
        ("the other order", with_slots(&|slots| slots.reverse())),
        ("one slot less", with_slots(&|slots| drop(slots.pop()))),
        (
            "a slot twice",
            with_slots(&|slots| slots.push(slots[1].clone())),
        ),
        ("swapped ids", field("id")),
        ("swapped nonces", field("nonce")),
        ("swapped keys", field("key")),
        (
            "a foreign slot",
            with_slots(&|own| own[0] = slots(&foreign)[0].clone()),
        ),
        ("foreign slots", header(&["slots"])),
        (
            "foreign slots and commitment",
            header(&["slots", "key_commit"]),
        ),
        (
            "foreign slots, commitment and id",
            header(&["slots", "key_commit", "vault_id"]),
        ),
        (
            "the foreign header",
            header(&["slots", "key_commit", "vault_id", "device", "rev", "epoch"]),
        ),
    ] {
        fs::write(&home.vault, serde_json::to_vec(&vault).unwrap()).unwrap();
        let mut command = home.command(program());
        let command = command.env("MFA_PASSPHRASE", passphrase);
        let ran = run(command.args(["code", "x", "--at", "30"]), "");
        assert!(matches!(ran.exit(), Some(5 | 6)), "{what}: {ran:#?}");
        assert_eq!(ran.stdout, "", "{what}");
    }
    fs::write(&home.vault, serde_json::to_vec(&own).unwrap()).unwrap();
    let mut command = home.command(program());
    let command = command.env("MFA_PASSPHRASE", passphrase);
    let ran = run(command.args(["code", "x", "--at", "30"]), "");
    assert_eq!(ran.ends(0).stdout, format!("{}\n", X.code));
}

/// The same file with other white space is the same vault; nothing else may change.
#[test]
fn white_space_is_free() {
    let home = Home::new();
    let pretty = fs::read_to_string(&home.vault).unwrap();
    let dense: String = pretty.split_whitespace().collect();
    assert!(dense.len() < pretty.len());
    fs::write(&home.vault, dense).unwrap();
    let ran = home.mfa(&["code", "x", "--at", "30"]);
    assert_eq!(ran.ends(0).stdout, format!("{}\n", X.code));
    home.goes_on();
}

/// Parts of two states of the same vault, combined, do not open.
#[test]
fn mixed_states_do_not_open() {
    let home = Home::new();
    let earlier = fs::read_to_string(&home.vault).unwrap();
    home.goes_on();
    let later = fs::read_to_string(&home.vault).unwrap();
    for field in ["\"rev\": ", "\"nonce\": ", "\"payload\": "] {
        let line = |text: &str| {
            let found = text.lines().rfind(|line| line.contains(field)).unwrap();
            found.to_owned()
        };
        let mixed = later.replace(&line(&later), &line(&earlier));
        assert_ne!(mixed, later, "{field}");
        fs::write(&home.vault, mixed).unwrap();
        home.mfa(&["code", "x"]).ends(6);
    }
    fs::write(&home.vault, later).unwrap();
    assert_eq!(home.accounts().len(), 3);
}
