//! Single bits of the file that are others: the right code, or none.

use std::fs;

use crate::support::{Home, X, in_parallel};

/// Every 7th bit of what stands outside of the seal, and of the end; of the payload in between,
/// one in a hundred of those. (A unit test flips all of a golden vault.)
fn places(vault: &[u8]) -> Vec<usize> {
    let bits = vault.len() * 8;
    let payload = String::from_utf8_lossy(vault).find("\"payload\"").unwrap() * 8 + 200;
    let end = bits - 400;
    (0..bits)
        .step_by(7)
        .filter(|bit| *bit < payload || *bit > end || bit % 700 == 0)
        .collect()
}

/// White space that became other white space is the same vault.
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
    in_parallel(&places, Home::new, |home, bit| {
        let original = fs::read(&home.vault).unwrap();
        let mut flipped = original.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        fs::write(&home.vault, &flipped).unwrap();
        let before = home.contents();
        let ran = home.mfa(&["code", "x", "--at", "30"]);
        match ran.exit() {
            Some(exit @ (5 | 6)) => drop(ran.ends(exit)),
            Some(0) if is_space(&original, &flipped) => assert_eq!(ran.stdout, "287082\n"),
            _ => panic!("bit {bit}: {ran:#?}"),
        }
        assert_eq!(home.contents(), before, "bit {bit}");
        fs::write(&home.vault, &original).unwrap();
    });
}

/// The same file with other white space is the same vault: nothing else in it is free.
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

/// Parts of two states of the same vault, put together, open as neither.
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
