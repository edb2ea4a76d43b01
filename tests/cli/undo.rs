//! `mfa undo` and the backups behind it.

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
