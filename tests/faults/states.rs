//! Each of the last 20 states comes back with `mfa vault restore` and `mfa undo`, even after another
//! program deleted or truncated the vault.

use std::collections::BTreeSet;
use std::fs;

use crate::support::{Home, uri};

/// How many states before the current one can be restored.
const PROMISED: u64 = 20;
/// The current revision; the first restorable one is 4.
const LAST: u64 = 24;

/// A home in which revision N has the accounts a1 to aN.
fn home() -> Home {
    let home = Home::empty();
    for number in 1..=LAST {
        home.add_uris(&uri(&format!("a{number}"), 6)).ends(0);
    }
    home
}

fn names(revision: u64) -> BTreeSet<String> {
    (1..=revision).map(|number| format!("a{number}")).collect()
}

#[track_caller]
fn is_at(home: &Home, revision: u64) {
    let found: BTreeSet<_> = home.accounts().into_keys().collect();
    assert_eq!(found, names(revision));
}

fn restore(home: &Home, revision: u64) {
    home.mfa(&["vault", "restore", &revision.to_string()])
        .ends(0);
    is_at(home, revision);
}

/// Damages the vault, then restores each of these states.
fn each_comes_back(damage: impl Fn(&Home), newest: u64) {
    let home = home();
    home.keep();
    for revision in LAST - PROMISED..=newest {
        home.reset();
        damage(&home);
        home.mfa(&["list"]).ends(6);
        restore(&home, revision);
    }
    // First from the newest one, step by step; then again, all the way.
    home.reset();
    damage(&home);
    restore(&home, newest);
    for revision in (LAST - PROMISED..newest).rev() {
        home.mfa(&["undo"]).ends(0);
        is_at(&home, revision);
    }
    restore(&home, newest);
}

#[test]
fn each_of_the_last_states_comes_back() {
    let home = home();
    home.keep();
    for revision in LAST - PROMISED..LAST {
        home.reset();
        restore(&home, revision);
    }
    home.reset();
    for revision in (LAST - PROMISED..LAST).rev() {
        home.mfa(&["undo"]).ends(0);
        is_at(&home, revision);
    }
}

#[test]
fn each_of_the_last_states_comes_back_after_a_deletion() {
    each_comes_back(|home| fs::remove_file(&home.vault).unwrap(), LAST);
}

/// A new file with the same name, as most programs write it.
#[test]
fn each_of_the_last_states_comes_back_after_a_truncated_copy() {
    let truncated = |home: &Home| {
        let bytes = fs::read(&home.vault).unwrap();
        fs::remove_file(&home.vault).unwrap();
        fs::write(&home.vault, &bytes[..bytes.len() / 2]).unwrap();
        crate::support::must("chmod", &["600", home.vault.to_str().unwrap()]);
    };
    each_comes_back(truncated, LAST);
}

/// A write in place changes no backup.
#[test]
fn each_of_the_last_states_comes_back_after_a_truncation_in_place() {
    let truncated = |home: &Home| {
        let file = fs::File::options().write(true).open(&home.vault);
        file.unwrap().set_len(0).unwrap();
    };
    each_comes_back(truncated, LAST - 1);
}
