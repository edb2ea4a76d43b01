//! `mfa edit`, `mfa rename` and `mfa remove`.

use crate::sandbox::{Sandbox, snapshot};

#[test]
fn accounts_are_renamed_changed_and_removed() {
    let sandbox = Sandbox::with_aws();
    sandbox.stdout("mfa add --qr tests/data/two-accounts.png");
    snapshot!(sandbox.transcript(&[
        "mfa rename bob robert",
        "mfa rename robert 'Elsewhere:robert'",
        "mfa rename robert GitHub:alice",
        "mfa rename nobody x",
        "mfa edit robert --digits 8 --algorithm SHA256 --period 60",
        "mfa edit robert --type steam",
        "mfa edit robert --type totp",
        "mfa edit robert --type hotp",
        "mfa edit robert --type hotp --counter 3",
        "mfa edit robert --period 5",
        "mfa edit robert",
        "mfa edit robert --name '' --issuer ''",
        "mfa rename robert ''",
        "mfa remove '' --yes",
        "mfa remove robert",
        "mfa remove robert --yes",
        "mfa remove robert --yes",
        "mfa list",
    ]));
}

/// Without a question, only an account whose exact name is given is removed.
#[test]
fn a_second_removal_takes_no_other_account() {
    let sandbox = Sandbox::new();
    let uris = ["alice2", "GitHub:alice", "alice", "bob", "b%20b"]
        .map(|name| format!("otpauth://totp/{name}?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"));
    sandbox.run("mfa add -", uris.join("\n").as_bytes());
    let ambiguous = sandbox.fed("mfa remove alice --yes", b"");
    let (text, id) = ambiguous.split_once("try: mfa remove ").unwrap();
    let id = id.split_whitespace().next().unwrap();
    let shown: serde_json::Value =
        serde_json::from_str(&sandbox.stdout(&format!("mfa show {id} --json"))).unwrap();
    assert_eq!(
        (&shown["name"], &shown["issuer"]),
        (&"alice".into(), &"".into()),
        "{text}"
    );
    snapshot!(sandbox.transcript(&[
        "mfa remove GitHub:alice -y",
        "mfa remove alice -y",
        "mfa remove alice -y",
        "mfa remove alice",
        "mfa remove ALICE2",
        "mfa remove b -y",
        "mfa remove 'b ' -y",
        "mfa remove 'B B' -y",
        "mfa remove nobody -y",
        "mfa remove bob",
        "mfa list",
    ]));
}

/// Nothing is written, and no backup made, when nothing changes.
#[test]
fn a_change_that_changes_nothing_writes_nothing() {
    let sandbox = Sandbox::with_aws();
    sandbox.stdout("mfa add --qr tests/data/two-accounts.png");
    // The undo is remembered until something is changed, even if only the time of the change.
    sandbox.stdout("mfa rename alice other");
    sandbox.stdout("mfa undo");
    let before = std::fs::read(sandbox.vault()).unwrap();
    snapshot!(sandbox.transcript(&[
        "mfa rename alice alice",
        "mfa rename alice GitHub:alice",
        "mfa edit alice --digits 6 --issuer GitHub",
        "mfa edit alice --untag nothing",
    ]));
    assert_eq!(std::fs::read(sandbox.vault()).unwrap(), before);
    assert!(sandbox.stdout("mfa vault status").contains("revision    4"));
}

#[test]
fn a_change_says_what_it_changed() {
    let sandbox = Sandbox::with_aws();
    sandbox.stdout("mfa add --qr tests/data/two-accounts.png");
    snapshot!(sandbox.transcript(&[
        "mfa rename alice GitHub2",
        "mfa edit GitHub2 --digits 8 --issuer GitLab",
        "mfa edit GitHub2 --issuer '' --name 'x\u{202e}y'",
        "mfa edit bob --type hotp --counter 3 --tag work",
        "mfa edit bob --type totp --period 60 --untag work",
    ]));
}
