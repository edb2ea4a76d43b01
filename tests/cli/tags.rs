//! Tags: set, changed, shown, searched, and kept in our own export format.

use crate::sandbox::{Sandbox, snapshot};

const URI: &[u8] = b"otpauth://totp/GitHub:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

#[test]
fn accounts_are_tagged_and_listed_by_tag() {
    let sandbox = Sandbox::with_aws();
    sandbox.run("mfa add - --tag Work --tag ' on call ' --tag work", URI);
    snapshot!(sandbox.transcript(&[
        "mfa list",
        "mfa edit my-iam --tag work --tag prod",
        "mfa edit my-iam --tag PROD",
        "mfa list --tag WORK",
        "mfa list --tag work --tag prod",
        "mfa list git --tag prod",
        "mfa list --tag nothing",
        "mfa list --tag 'on call' --json",
        "mfa code alice --json --at 59",
        "mfa edit alice --untag work --untag 'ON CALL' --untag never",
        "mfa edit alice --untag work",
        "mfa edit alice --untag x --tag Prod",
        "mfa list --codes --at 59",
        "mfa undo",
        "mfa list",
    ]));
}

#[test]
fn tags_that_cannot_be_kept_are_refused() {
    let sandbox = Sandbox::with_aws();
    let long = format!("mfa edit my --tag {}", "x".repeat(101));
    snapshot!(sandbox.transcript(&[
        "mfa edit my --tag ''",
        "mfa edit my --tag ' '",
        "mfa edit my --tag a,b",
        &long,
        "mfa add --qr tests/data/two-accounts.png --tag a,b",
        "mfa list",
    ]));
    let most: Vec<_> = (0..100).map(|n| format!("--tag {n}")).collect();
    sandbox.stdout(&format!("mfa edit my {}", most.join(" ")));
    let refused = sandbox.fed("mfa edit my --tag more", b"");
    assert!(
        refused.contains("an account can have at most 100 tags\n= 2"),
        "{refused}"
    );
}

#[test]
fn hostile_tags_are_escaped() {
    let sandbox = Sandbox::with_aws();
    let tag = "a\u{1b}]52;c;x\u{7}\u{202e}b";
    let lines = [
        format!("mfa edit my --tag '{tag}'"),
        "mfa list".to_owned(),
        "mfa list --json".to_owned(),
        "mfa show my".to_owned(),
        format!("mfa edit my --untag 'no{tag}'"),
        format!("mfa edit my --untag '{tag}'"),
    ];
    for line in &lines {
        let output = sandbox.run(line, b"");
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8(text).unwrap();
        assert!(output.status.success(), "{line}: {text}");
        assert!(
            !text.contains(['\u{1b}', '\u{7}', '\u{202e}']),
            "{line}: {text:?}"
        );
    }
    assert!(!sandbox.stdout("mfa list").contains("TAGS"));
}

/// A replaced account keeps its tags and gets the given ones.
#[test]
fn a_replacement_has_the_tags_of_both() {
    let sandbox = Sandbox::with_aws();
    sandbox.run("mfa add - --tag one --tag two", URI);
    sandbox.run("mfa add - --replace --tag TWO --tag three", URI);
    assert!(
        sandbox
            .stdout("mfa list alice")
            .contains("one, two, three\n")
    );
}

#[test]
fn tags_go_through_our_own_format() {
    let sandbox = Sandbox::with_aws();
    sandbox.run("mfa add - --tag work --tag 'on call'", URI);
    let pass = sandbox.passphrase_file();
    let file = sandbox.home().join("copy.json");
    let file = file.display();
    sandbox.stdout(&format!(
        "mfa export {file} --format mfa --password-file {pass}"
    ));
    let other = Sandbox::new();
    let import = format!("mfa import {file} --password-file {pass}");
    let output = other.run(&import, b"");
    assert!(output.status.success(), "{output:?}");
    assert!(
        other
            .stdout("mfa list --tag 'on call'")
            .contains("alice  work, on call\n")
    );
}

/// Groups of other programs may contain any text. Imported tags are cleaned like typed ones.
#[test]
fn groups_of_another_program_become_tidy_tags() {
    let sandbox = Sandbox::new();
    let tags: Vec<_> = (0..150).map(|n| format!("\"t{n}\"")).collect();
    let long = "y".repeat(5000);
    let file = format!(
        "[{{\"issuer\":\"A\",\"label\":\"x\",\"secret\":\"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\",\
         \"tags\":[\" Work, home \",\"\",\"WORK home\",\"{long}\",{}]}}]",
        tags.join(",")
    );
    let output = sandbox.run("mfa import - --format andotp", file.as_bytes());
    assert!(output.status.success(), "{output:?}");
    let list: serde_json::Value = serde_json::from_str(&sandbox.stdout("mfa list --json")).unwrap();
    let tags = list[0]["tags"].as_array().unwrap();
    assert_eq!((tags.len(), &tags[0]), (100, &"Work home".into()));
    assert_eq!(tags[1].as_str().unwrap().len(), 100);
}
