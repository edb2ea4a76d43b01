//! A vault that is older, damaged, from a newer program, or gone: the program says so, and the command
//! in its hint restores the accounts.

use std::fs;

use crate::support::{Account, Home, MORE, X, Y, Z, files_below, must};

fn of_three() -> Home {
    let home = Home::new();
    home.add(&Z).ends(0);
    home
}

/// Saves as an editor does: a new file replaces the old one, which is still the newest backup.
fn put(home: &Home, bytes: &[u8]) {
    let beside = home.vault.with_extension("new");
    fs::write(&beside, bytes).unwrap();
    must("chmod", &["600", beside.to_str().unwrap()]);
    fs::rename(&beside, &home.vault).unwrap();
}

/// Saves as a broken program does: into the same file.
fn overwrite(home: &Home, bytes: &[u8]) {
    fs::write(&home.vault, bytes).unwrap();
}

/// Asserts that reading and writing are refused, and change nothing.
fn is_refused(home: &Home, why: &str) {
    let before = home.contents();
    for ran in [
        home.mfa(&["code", "x"]),
        home.mfa(&["list"]),
        home.add(&MORE),
    ] {
        ran.ends(6).says(why);
    }
    assert_eq!(home.contents(), before);
}

/// Asserts which command the hint names, and that it restores these accounts.
fn hint_brings_back(home: &Home, hint: &[String], revision: &str, accounts: &[Account]) {
    let vault = home.vault.to_str().unwrap();
    assert_eq!(
        hint,
        ["mfa", "--vault", vault, "vault", "restore", revision]
    );
    home.mfa(&hint[1..]).ends(0);
    home.holds(accounts);
    home.goes_on();
}

#[test]
fn an_older_copy_is_refused_until_it_is_trusted() {
    let home = Home::new();
    let older = fs::read(&home.vault).unwrap();
    home.add(&Z).ends(0);
    put(&home, &older);
    is_refused(&home, "is older than the vault that was last used here");
    let hint = home.mfa(&["code", "x"]).hint();
    let vault = home.vault.to_str().unwrap();
    assert_eq!(hint, ["mfa", "--vault", vault, "vault", "trust"]);
    home.mfa(&hint[1..]).ends(0);
    home.holds(&[X, Y]);
    home.goes_on();
}

#[test]
fn another_vault_is_refused_until_it_is_trusted() {
    let home = Home::new();
    let other = Home::empty();
    other.add(&Z).ends(0);
    for (from, to) in [
        (&other.vault, &home.vault),
        (&other.key_file(), &home.key_file()),
    ] {
        fs::remove_file(to).unwrap();
        must("cp", &["-p", from.to_str().unwrap(), to.to_str().unwrap()]);
    }
    is_refused(&home, "is not the vault that was last used here");
    let hint = home.mfa(&["code", "x"]).hint();
    home.mfa(&hint[1..]).ends(0);
    home.holds(&[Z]);
    home.goes_on();
}

#[test]
fn a_damaged_file_put_in_place_costs_nothing() {
    let whole = fs::read(of_three().vault).unwrap();
    for (bytes, why) in [
        (&b""[..], "the file is empty"),
        (&whole[..whole.len() / 2], "the file is damaged"),
        (b"hello\n", "this is not an mfa vault"),
    ] {
        let home = of_three();
        put(&home, bytes);
        is_refused(&home, why);
        let hint = home.mfa(&["code", "x"]).hint();
        hint_brings_back(&home, &hint, "3", &[X, Y, Z]);
    }
}

/// The state before the damage comes back.
#[test]
fn damage_in_place_costs_nothing() {
    for keep in [0, 100, 3000] {
        let home = of_three();
        let whole = fs::read(&home.vault).unwrap();
        overwrite(&home, &whole[..keep]);
        let why = if keep == 0 { "is empty" } else { "is damaged" };
        is_refused(&home, why);
        let hint = home.mfa(&["code", "x"]).hint();
        hint_brings_back(&home, &hint, "3", &[X, Y, Z]);
    }
}

#[test]
fn a_deleted_vault_costs_nothing() {
    let home = of_three();
    fs::remove_file(&home.vault).unwrap();
    is_refused(&home, "is missing, but its backups exist");
    let hint = home.mfa(&["code", "x"]).hint();
    hint_brings_back(&home, &hint, "3", &[X, Y, Z]);
    home.mfa(&["vault", "check"]).ends(0);
}

/// A vault of a newer program is not damaged: the advice is to update. The state before can still be
/// restored on request.
#[test]
fn a_newer_vault_is_left_alone_until_an_older_state_is_asked_for() {
    for in_place in [false, true] {
        let home = of_three();
        let text = fs::read_to_string(&home.vault).unwrap();
        let newer = text.replace("\"version\": 1", "\"version\": 2");
        assert_ne!(newer, text);
        if in_place {
            overwrite(&home, newer.as_bytes());
        } else {
            put(&home, newer.as_bytes());
        }
        is_refused(&home, "it was written by a newer mfa");
        let said = home.mfa(&["list"]).stderr;
        assert!(
            said.contains("update mfa") && !said.contains("try:"),
            "{said}"
        );
        let (revision, accounts) = if in_place {
            ("2", &[X, Y][..])
        } else {
            ("3", &[X, Y, Z][..])
        };
        home.mfa(&["vault", "restore", revision]).ends(0);
        home.holds(accounts);
        home.goes_on();
    }
}

/// A backup's name proves nothing: only its sealed header has the true revision.
#[test]
fn a_backup_with_a_huge_number_in_its_name_ends_nothing() {
    let home = of_three();
    let backups = home.data().join("backups");
    let huge = backups.join(format!("vault-{}.json", u64::MAX));
    let first = backups.join("vault-00000001.json");
    must("cp", &[first.to_str().unwrap(), huge.to_str().unwrap()]);
    home.mfa(&["undo"]).ends(0);
    home.holds(&[X, Y]);
    home.goes_on();
    let older = fs::read(&home.vault).unwrap();
    home.add(&Z).ends(0);
    put(&home, &older);
    home.mfa(&["vault", "trust"]).ends(0);
    home.holds(&[X, Y, MORE]);
    fs::remove_file(&home.vault).unwrap();
    let hint = home.mfa(&["list"]).hint();
    assert_ne!(hint.last().unwrap(), &u64::MAX.to_string());
    home.mfa(&hint[1..]).ends(0);
    home.holds(&[X, Y, MORE]);
    // A new vault in a folder without anything else.
    for entry in fs::read_dir(&backups).unwrap().flatten() {
        if entry.path() != huge {
            fs::remove_file(entry.path()).unwrap();
        }
    }
    fs::remove_file(&home.vault).unwrap();
    home.add(&X).ends(0);
    home.add(&Y).ends(0);
    home.holds(&[X, Y]);
}

/// Whichever way an HOTP account comes back, no counter is used again.
#[test]
fn a_counter_goes_on_after_every_way_back() {
    let home = Home::empty();
    let uri = "otpauth://hotp/Test:h?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter=0\n";
    home.add_uris(uri).ends(0);
    home.add(&X).ends(0);
    let mut given = std::collections::BTreeSet::new();
    let mut code_is_new = |after: &str| {
        let ran = home.mfa(&["code", "h"]);
        assert!(
            given.insert(ran.ends(0).stdout.clone()),
            "again after {after}: {ran:?}"
        );
    };
    let revision = |home: &Home| {
        let ran = home.mfa(&["vault", "backups", "--json"]);
        let rows: Vec<serde_json::Value> = serde_json::from_str(&ran.ends(0).stdout).unwrap();
        rows[0]["revision"].to_string()
    };
    let start = revision(&home);
    let older = fs::read(&home.vault).unwrap();
    for _ in 0..3 {
        code_is_new("adding");
    }
    home.mfa(&["remove", "Test:h", "-y"]).ends(0);
    let without = revision(&home);
    home.mfa(&["undo"]).ends(0);
    code_is_new("undo");
    home.mfa(&["remove", "Test:h", "-y"]).ends(0);
    home.mfa(&["vault", "restore", &start]).ends(0);
    code_is_new("remove and restore");
    home.mfa(&["vault", "restore", &without]).ends(0);
    home.mfa(&["vault", "restore", &start]).ends(0);
    code_is_new("two restores");
    put(&home, &older);
    home.mfa(&["vault", "trust"]).ends(0);
    code_is_new("trust");
    fs::remove_file(&home.vault).unwrap();
    home.mfa(&["vault", "restore", &start]).ends(0);
    code_is_new("restore of a vault that is gone");
}

/// A trusted vault's backups are kept, even if the vault that was here before had higher revisions.
#[test]
fn another_vault_that_is_trusted_keeps_its_own_backups() {
    let home = Home::new();
    for _ in 0..30 {
        home.mfa(&["rename", "Test:x", "Test:w"]).ends(0);
        home.mfa(&["rename", "Test:w", "Test:x"]).ends(0);
    }
    let other = Home::empty();
    other.add(&Z).ends(0);
    put(&home, &fs::read(&other.vault).unwrap());
    must(
        "cp",
        &[
            "-p",
            other.key_file().to_str().unwrap(),
            home.key_file().to_str().unwrap(),
        ],
    );
    home.mfa(&["vault", "trust"]).ends(0);
    home.add(&MORE).ends(0);
    home.mfa(&["remove", "Test:z", "-y"]).ends(0);
    home.mfa(&["undo"]).ends(0);
    home.holds(&[Z, MORE]);
    home.mfa(&["undo"]).ends(0);
    home.holds(&[Z]);
    fs::remove_file(&home.vault).unwrap();
    let hint = home.mfa(&["list"]).hint();
    home.mfa(&hint[1..]).ends(0);
    home.holds(&[Z]);
}

/// Two machines share a folder, which keeps only one of two files of the same revision.
#[test]
fn a_change_that_another_machine_overwrote_is_noticed() {
    let one = Home::new();
    let two = Home::empty();
    must(
        "cp",
        &[
            "-a",
            one.data().to_str().unwrap(),
            two.data().to_str().unwrap(),
        ],
    );
    two.holds(&[X, Y]);
    one.add(&Z).ends(0);
    two.add(&MORE).ends(0);
    put(&one, &fs::read(&two.vault).unwrap());
    is_refused(&one, "was changed on two machines at once");
    let hint = one.mfa(&["list"]).hint();
    one.mfa(&hint[1..]).ends(0);
    one.holds(&[X, Y, MORE]);
}

/// If the record of what was last seen cannot be read, that is not silently ignored.
#[test]
fn a_record_that_cannot_be_read_is_said() {
    for spoil in [&["chmod", "664"][..], &["truncate", "-s", "3"]] {
        let home = Home::new();
        let older = fs::read(&home.vault).unwrap();
        home.add(&Z).ends(0);
        put(&home, &older);
        for file in files_below(&home.path().join(".local/state/mfa/pins")) {
            if file.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            let arguments = [&spoil[1..], &[file.to_str().unwrap()]].concat();
            must(spoil[0], &arguments);
        }
        home.mfa(&["list"]).ends(0).says("would not be noticed");
        let again = home.mfa(&["list"]);
        assert_eq!(again.ends(0).stderr, "");
    }
}

/// From one type to another, and back by a restore.
#[test]
fn a_counter_outlives_another_type() {
    let home = Home::empty();
    let uri = "otpauth://hotp/Test:h?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter=0\n";
    home.add_uris(uri).ends(0);
    let mut given = std::collections::BTreeSet::new();
    for _ in 0..3 {
        given.insert(home.mfa(&["code", "h"]).ends(0).stdout.clone());
    }
    home.mfa(&["edit", "h", "--type", "totp"]).ends(0);
    home.mfa(&["vault", "restore", "1"]).ends(0);
    given.insert(home.mfa(&["code", "h"]).ends(0).stdout.clone());
    assert_eq!(given.len(), 4);
}
