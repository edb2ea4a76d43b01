//! Kills while the vault changes from a key file to a passphrase: one of the two opens it, and its
//! backups.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use crate::support::trace::{self, Call, Step, inject, record};
use crate::support::{Home, MORE, X, Y, in_parallel, must, named, program, run};

/// A vault of X and Y with a key file, and a file with the new passphrase.
struct Change {
    home: Home,
    words: PathBuf,
}

impl Change {
    fn new() -> Self {
        let home = Home::new();
        let words = home.path().join("words");
        fs::write(&words, "correct horse\n").unwrap();
        home.keep();
        Self { home, words }
    }

    fn arguments(&self) -> [&str; 4] {
        let words = self.words.to_str().unwrap();
        ["vault", "passphrase", "--new-passphrase-file", words]
    }

    fn with_words(&self) -> [&str; 2] {
        ["--passphrase-file", self.words.to_str().unwrap()]
    }

    fn is_done(&self) -> bool {
        let vault = fs::read_to_string(&self.home.vault).unwrap();
        vault.contains("argon2id") && !vault.contains("\"keyfile\"")
    }

    /// All accounts, opened in the way that must work now.
    fn accounts(&self) -> BTreeMap<String, String> {
        if self.is_done() {
            self.home.accounts_with(&self.with_words())
        } else {
            self.home.accounts()
        }
    }

    fn killed_at(&self, call: &Call) {
        let arguments = self.arguments();
        let step = Step::new(&arguments);
        let ran = inject(&self.home, step, call, "signal=SIGKILL");
        assert!(ran.was_killed(), "not killed at {call:?}: {ran:#?}");
        assert!(ran.stdout.is_empty() || self.is_done(), "{ran:#?}");
        assert_eq!(self.accounts(), named(&[X, Y]), "after a kill at {call:?}");
    }

    /// Provides the passphrase, whether or not the vault has it already.
    fn mfa(&self, arguments: &[&str]) {
        let all = [arguments, &self.with_words()].concat();
        self.home.mfa(&all).ends(0);
    }
}

/// The calls of the change that change files. A kill between two of them leaves the same behind.
fn calls(names: &[&str]) -> Vec<Call> {
    let change = Change::new();
    let arguments = change.arguments();
    let step = Step::new(&arguments);
    let mut calls = record(&change.home, step);
    calls.retain(|call| {
        let only_opens = call.name == "openat" && !call.line.contains("O_CREAT");
        names.contains(&call.name.as_str()) && !only_opens
    });
    calls
}

#[test]
fn a_new_passphrase_survives_a_kill_at_every_change() {
    if !trace::works() {
        return;
    }
    let calls = calls(&[
        "exit_group",
        "linkat",
        "openat",
        "rename",
        "unlink",
        "write",
    ]);
    assert!(calls.len() > 15, "only {} calls", calls.len());
    in_parallel(&calls, Change::new, |change, call| {
        change.home.reset();
        change.killed_at(call);
        // Backups open like the vault: the change before can be undone.
        change.mfa(&["undo"]);
        assert_eq!(change.accounts(), named(&[X]), "after a kill at {call:?}");
    });
}

#[test]
fn a_new_passphrase_that_was_killed_is_set_by_the_next_try() {
    if !trace::works() {
        return;
    }
    let calls = calls(&["rename", "unlink"]);
    assert!(calls.len() > 3, "only {} calls", calls.len());
    in_parallel(&calls, Change::new, |change, call| {
        change.home.reset();
        change.killed_at(call);
        change.mfa(&change.arguments());
        assert!(change.is_done() && !change.home.key_file().exists());
        // No backup is lost: the passphrase opens each.
        change.mfa(&["vault", "check"]);
        let mut add = change.home.command(program());
        run(
            add.args(["add", "-"]).args(change.with_words()),
            &MORE.uri(),
        )
        .ends(0);
        change.home.has_no_temporary_files();
        assert_eq!(change.accounts(), named(&[MORE, X, Y]));
    });
}

/// Any next write finishes the change: the old key file then opens no backup.
#[test]
fn a_new_passphrase_that_was_killed_is_finished_by_the_next_write() {
    if !trace::works() {
        return;
    }
    let calls = calls(&["rename", "unlink"]);
    in_parallel(&calls, Change::new, |change, call| {
        change.home.reset();
        change.killed_at(call);
        if !change.is_done() {
            return;
        }
        let mut add = change.home.command(program());
        let add = add.args(["add", "-"]).args(change.with_words());
        run(add, &MORE.uri()).ends(0);
        for (path, bytes) in change.home.contents() {
            let text = String::from_utf8_lossy(&bytes);
            assert!(
                !text.contains("\"keyfile\""),
                "{path:?} after a kill at {call:?}"
            );
        }
        assert!(!change.home.key_file().exists());
        change.mfa(&["vault", "check"]);
    });
}

/// Restoring is a write too, and so is trusting the current vault.
#[test]
fn a_new_passphrase_that_was_killed_is_finished_by_a_restore_and_by_trust() {
    if !trace::works() {
        return;
    }
    let calls = calls(&["rename"]);
    in_parallel(&calls, Change::new, |change, call| {
        for next in [&["vault", "restore", "1"][..], &["vault", "trust"]] {
            change.home.reset();
            change.killed_at(call);
            if !change.is_done() {
                return;
            }
            change.mfa(next);
            assert!(!change.home.key_file().exists(), "{next:?} after {call:?}");
        }
    });
}

/// A backup that cannot be re-sealed is named: the old key still opens it.
#[test]
fn a_backup_that_a_new_passphrase_cannot_reach_is_named() {
    let change = Change::new();
    let backup = change.home.data().join("backups/vault-00000002.json");
    must("chmod", &["664", backup.to_str().unwrap()]);
    let ran = change.home.mfa(&change.arguments());
    ran.ends(0).says("backup 2 still opens with the old key");
    must("chmod", &["600", backup.to_str().unwrap()]);
    let mut add = change.home.command(program());
    let add = add.args(["add", "-"]).args(change.with_words());
    run(add, &MORE.uri()).ends(0);
    let text = fs::read_to_string(&backup).unwrap();
    assert!(!text.contains("\"keyfile\""), "{text}");
}

/// A key file that opened nothing here may open a vault that was moved away.
#[test]
fn a_key_file_of_another_vault_stays() {
    let change = Change::new();
    change.mfa(&change.arguments());
    fs::write(change.home.key_file(), "not ours\n").unwrap();
    must("chmod", &["600", change.home.key_file().to_str().unwrap()]);
    change.mfa(&change.arguments());
    assert!(change.home.key_file().exists());
}
