//! Two processes at the same time, one of them delayed at its most critical call. A reader never reports
//! an older vault, and the key file that remains is the one that the vault needs.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use crate::support::trace::{self, Step, find, record, run_step};
use crate::support::{Home, MORE, Ran, X, Y, Z, named};

/// How long the first process is delayed, in microseconds.
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

/// Runs `second` while `first` is delayed; returns how `first` ended.
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

/// `first` waits for the lock while `second` has it, and then runs.
fn comes_after(home: &Home, first: &[&str], second: impl FnOnce()) -> Ran {
    let fault = format!("flock:{HELD_UP}:when=1");
    at_the_same_time(home, first, &fault, second)
}

/// `trust` accepts the vault as it is once the lock is held, not as it was before.
#[test]
fn an_add_beside_a_trust_is_not_lost() {
    if !trace::works() {
        return;
    }
    let home = Home::new();
    let older = fs::read(&home.vault).unwrap();
    home.add(&Z).ends(0);
    let beside = home.vault.with_extension("new");
    fs::write(&beside, older).unwrap();
    crate::support::must("chmod", &["600", beside.to_str().unwrap()]);
    fs::rename(&beside, &home.vault).unwrap();
    let trust = ["vault", "trust"];
    let late = comes_after(&home, &trust, || {
        home.mfa(&trust).ends(0);
        home.add(&MORE).ends(0);
    });
    late.ends(0).says_on_stdout("is already trusted");
    home.holds(&[X, Y, MORE]);
    home.mfa(&["vault", "check"]).ends(0);
}

/// A code that was given out while `restore` waited for the lock is not given out again.
#[test]
fn a_counter_beside_a_restore_does_not_go_back() {
    if !trace::works() {
        return;
    }
    let home = Home::new();
    home.add_uris("otpauth://hotp/h?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter=0\n")
        .ends(0);
    let code = ["code", "h"];
    let first = home.mfa(&code).ends(0).stdout.clone();
    let mut given = first.clone();
    comes_after(&home, &["vault", "restore", "3"], || {
        given = home.mfa(&code).ends(0).stdout.clone();
    })
    .ends(0);
    let next = home.mfa(&code).ends(0).stdout.clone();
    assert!(
        ![first, given].contains(&next),
        "{next} was given out before"
    );
}

/// Of several new recovery codes, the last one replaces the others.
#[test]
fn recovery_codes_at_once_leave_one_that_opens() {
    let home = Home::new();
    let codes = std::sync::Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let ran = home.mfa(&["vault", "recovery"]);
                codes.lock().unwrap().push(ran.ends(0).stdout.clone());
            });
        }
    });
    let text = fs::read_to_string(&home.vault).unwrap();
    assert_eq!(text.matches("\"recovery\"").count(), 1, "{text}");
    let codes = codes.into_inner().unwrap();
    let opens = |code: &String| {
        let mut command = home.command(crate::support::program());
        let command = command.args(["vault", "recovery", "--verify"]);
        crate::support::run(command.env("MFA_PASSPHRASE", code.trim()), "").exit() == Some(0)
    };
    assert_eq!(codes.iter().filter(|code| opens(code)).count(), 1);
}

/// If the process with the lock is stopped, waiting ones name it, and give up.
#[test]
fn a_writer_that_is_stopped_is_named_and_not_waited_for_without_end() {
    let home = Home::new();
    let lock = fs::File::open(home.vault.with_added_extension("lock")).unwrap();
    lock.lock().unwrap();
    let ran = home.add(&Z);
    assert_eq!(ran.exit(), Some(1));
    ran.says("cannot lock");
    let holder = format!("another mfa (process {})", std::process::id());
    ran.says(&format!("waiting for {holder}"));
    ran.says(&format!("{holder} holds it"));
    ran.says(&format!("try: ps -fp {}", std::process::id()));
    // Reading needs no lock.
    home.holds(&[X, Y]);
    drop(lock);
    home.goes_on();
}
