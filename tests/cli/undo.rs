//! `mfa undo`, `mfa redo` and the backups that they use.

use crate::sandbox::{Sandbox, snapshot};

#[test]
fn changes_are_taken_back_one_by_one() {
    let sandbox = Sandbox::with_aws();
    snapshot!(sandbox.transcript(&[
        "mfa add --qr tests/data/two-accounts.png",
        "mfa rename bob robert",
        "mfa remove alice --yes",
        "mfa undo",
        "mfa undo",
        "mfa undo",
        "mfa undo",
        "mfa list",
        "mfa rename my-iam-user me",
        "mfa undo",
        "mfa undo",
    ]));
}

#[test]
fn a_counter_is_not_taken_back() {
    let sandbox = Sandbox::new();
    sandbox.run(
        "mfa add -",
        b"otpauth://hotp/rfc?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter=0",
    );
    snapshot!(sandbox.transcript(&[
        "mfa code rfc",
        "mfa rename rfc other",
        "mfa code other",
        "mfa undo",
        "mfa code rfc",
    ]));
}

#[test]
fn states_before_the_present_one_are_kept_but_not_without_end() {
    let sandbox = Sandbox::with_aws();
    for n in 0..30 {
        sandbox.stdout(&format!("mfa rename my n{n}@my"));
        sandbox.stdout(&format!("mfa rename n{n}@my my"));
    }
    let list = sandbox.stdout("mfa vault backups --json");
    let backups: serde_json::Value = serde_json::from_str(&list).unwrap();
    // Including the current one.
    assert_eq!(backups.as_array().unwrap().len(), 51);
}

#[test]
fn what_was_undone_is_redone_until_another_change_ends_it() {
    let sandbox = Sandbox::with_aws();
    snapshot!(sandbox.transcript(&[
        "mfa redo",
        "mfa rename my-iam-user me",
        "mfa edit me --issuer Other --digits 8",
        "mfa add --qr tests/data/two-accounts.png",
        "mfa undo",
        "mfa undo",
        "mfa redo",
        "mfa redo",
        "mfa redo",
        "mfa undo",
        "mfa remove me --yes",
        "mfa redo",
        "mfa undo",
        "mfa redo",
        "mfa undo",
        "mfa undo",
        "mfa undo",
        "mfa undo",
    ]));
}

/// Each undo writes a state too, so the oldest of the 50 backups are removed.
#[test]
fn twenty_steps_back_and_forth_and_back_again() {
    let sandbox = Sandbox::with_aws();
    for n in 0..20 {
        sandbox.stdout(&format!("mfa rename my n{n}@my"));
        sandbox.stdout(&format!("mfa rename n{n}@my my"));
    }
    for (command, done) in [("undo", "undid"), ("redo", "redid"), ("undo", "undid")] {
        for n in 0..20 {
            let text = sandbox.stdout(&format!("mfa {command}"));
            assert!(text.starts_with(done), "{command} {n}: {text}");
        }
    }
    let list = sandbox.stdout("mfa list");
    assert!(list.ends_with(" my\n"), "{list}");
}

/// A code of an HOTP account is not a change to undo, and does not prevent a redo.
#[test]
fn a_counter_goes_on_through_undo_and_redo() {
    let sandbox = Sandbox::new();
    sandbox.run(
        "mfa add -",
        b"otpauth://hotp/rfc?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter=0",
    );
    snapshot!(sandbox.transcript(&[
        "mfa rename rfc other",
        "mfa undo",
        "mfa code rfc",
        "mfa redo",
        "mfa code other",
        "mfa undo",
        "mfa code rfc",
        "mfa undo",
        "mfa redo",
        "mfa redo",
        "mfa code other",
    ]));
}

/// Undo takes back a restore. With nothing to undo, it suggests a restore that works.
#[test]
fn a_restore_is_undone_and_redone() {
    let sandbox = Sandbox::with_aws();
    snapshot!(sandbox.transcript(&[
        "mfa rename my-iam-user me",
        "mfa add --qr tests/data/two-accounts.png",
        "mfa vault restore 1",
        "mfa undo",
        "mfa redo",
        "mfa vault restore 3",
        "mfa list",
    ]));
}

#[test]
fn at_its_end_an_undo_names_a_state_that_can_be_restored() {
    let sandbox = Sandbox::with_aws();
    let vault = sandbox.home().join("my vault.json");
    std::fs::copy(sandbox.vault(), &vault).unwrap();
    let vault = format!("--vault '{}'", vault.display());
    let key = sandbox.home().join("my vault.key");
    std::fs::copy(sandbox.vault().with_extension("key"), key).unwrap();
    sandbox.stdout(&format!("mfa {vault} rename my-iam-user me"));
    sandbox.stdout(&format!("mfa {vault} undo"));
    let output = sandbox.run(&format!("mfa {vault} undo"), b"");
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stderr).unwrap();
    let hints: Vec<_> = told
        .lines()
        .filter_map(|line| line.strip_prefix("  try: "))
        .collect();
    let [backups, restore] = hints[..] else {
        panic!("{told}");
    };
    assert!(sandbox.stdout(backups).contains("good"));
    assert!(sandbox.stdout(restore).contains("renamed"), "{restore}");
}

#[test]
fn an_undo_of_many_accounts_names_some() {
    let sandbox = Sandbox::new();
    let uri = |n| format!("otpauth://totp/n{n}?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PX{n}\n");
    let uris: String = (2..=7).map(uri).collect();
    sandbox.run("mfa vault init --key-file", b"");
    sandbox.run("mfa add -", uris.as_bytes());
    sandbox.run("mfa add -", uris.replace("totp/n", "totp/m").as_bytes());
    let text = sandbox.stdout("mfa undo");
    assert_eq!(
        text,
        "undid: import of 6 accounts\n  m2\n  m3\n  m4\n  m5\n  m6\n  m7\n"
    );
    sandbox.stdout("mfa vault restore 1");
    let text = sandbox.stdout("mfa undo");
    assert_eq!(
        text,
        "undid: removal of 6 accounts\n  n2\n  n3\n  n4\n  n5\n  n6\n  n7\n"
    );
    let all = uris.replace("totp/n", "totp/k") + &uris.replace("totp/n", "totp/l");
    sandbox.run("mfa add -", all.as_bytes());
    let text = sandbox.stdout("mfa undo");
    assert_eq!(
        text,
        "undid: import of 12 accounts\n  k2\n  k3\n  k4\n  k5\n  k6\n  and 7 more\n"
    );
}
