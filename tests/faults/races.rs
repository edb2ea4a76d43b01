//! Two processes at the same time, one of them held up where it is most delicate: a reader is not
//! told of an older vault, and the key file that stays is the one that the vault needs.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use crate::support::trace::{self, Step, find, record, run_step};
use crate::support::{Home, Ran, X, Y, Z, named};

/// How long the first of the two is held up in its most delicate call.
const HELD_UP: &str = "delay_enter=900000";

/// A file with the passphrase.
fn words(home: &Home) -> PathBuf {
    let path = home.path().join("words");
    fs::write(&path, "correct horse\n").unwrap();
    path
}

fn arguments<'a>(words: &'a Path, change: &[&'a str]) -> Vec<&'a str> {
    let source = ["--passphrase-file", words.to_str().unwrap()];
    [&["vault", "passphrase"], change, &source].concat()
}

/// Does the second while the first is held up; tells how the first ended.
fn at_the_same_time(home: &Home, first: &[&str], fault: &str, second: impl FnOnce()) -> Ran {
    thread::scope(|scope| {
        let first = scope.spawn(|| run_step(home, Step::new(first).with(&[fault])));
        thread::sleep(Duration::from_millis(450));
        second();
        first.join().unwrap()
    })
}

#[test]
fn a_writer_between_vault_and_pin_does_not_alarm_a_reader() {
    if !trace::works() {
        return;
    }
    let home = Home::new();
    let list = ["list", "--json"];
    let calls = record(&home, Step::new(&list));
    let pin = find(&calls, "openat", &["/pins/"]);
    let fault = format!("openat:{HELD_UP}:when={}", pin.nth);
    let reader = at_the_same_time(&home, &list, &fault, || {
        home.add(&Z).ends(0);
    });
    assert!(reader.ends(0).stdout.contains("\"z\""), "{reader:#?}");
}

#[test]
fn two_ways_back_to_a_key_file_make_one_of_it() {
    if !trace::works() {
        return;
    }
    let home = Home::new();
    let words = words(&home);
    let new = ["--new-passphrase-file", words.to_str().unwrap()];
    home.mfa(&arguments(&words, &new)).ends(0);
    let remove = arguments(&words, &["--remove", "--force"]);
    let fault = format!("rename:{HELD_UP}:when=1");
    at_the_same_time(&home, &remove, &fault, || {
        home.mfa(&remove);
    });
    home.holds(&[X, Y]);
    home.mfa(&["vault", "check"]).ends(0);
    home.goes_on();
}

#[test]
fn a_key_file_that_is_needed_again_is_not_removed() {
    if !trace::works() {
        return;
    }
    let home = Home::new();
    let words = words(&home);
    let set = arguments(&words, &["--new-passphrase-file", words.to_str().unwrap()]);
    let remove = arguments(&words, &["--remove", "--force"]);
    let fault = format!("unlink:{HELD_UP}:when=1");
    at_the_same_time(&home, &set, &fault, || {
        home.mfa(&remove);
    });
    let found = home.accounts_with(&["--passphrase-file", words.to_str().unwrap()]);
    assert_eq!(found, named(&[X, Y]));
}
