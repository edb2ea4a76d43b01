//! `mfa import`: entries in a recycle bin or archive, and files of which only a part is encrypted.

use crate::sandbox::{Sandbox, snapshot};
#[cfg(unix)]
use crate::terminal::{open, rest};

const KEY: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

/// A Bitwarden export with entries in the given states.
fn bitwarden(states: &[&str]) -> String {
    let items = (0..).zip(states).map(|(number, state)| {
        let dates = match *state {
            "bin" => r#""deletedDate":"2024-01-01T00:00:00Z","#,
            "archive" => r#""archivedDate":"2025-09-01T00:00:00Z","deletedDate":null,"#,
            _ => r#""deletedDate":null,"#,
        };
        format!(
            r#"{{"type":1,"name":"S{number}",{dates}"login":{{"username":"u","totp":"{}{KEY}"}}}}"#,
            "ABCDEFGH".repeat(number)
        )
    });
    let items: Vec<_> = items.collect();
    format!(
        r#"{{"encrypted":false,"folders":[],"items":[{}]}}"#,
        items.join(",")
    )
}

#[test]
fn entries_in_a_bin_or_archive_are_left_out_and_counted() {
    let sandbox = Sandbox::new();
    let folder = sandbox.home().join("all");
    std::fs::create_dir(&folder).unwrap();
    let mixed = bitwarden(&["", "bin", "archive", "bin"]);
    std::fs::write(folder.join("mixed.json"), &mixed).unwrap();
    let one = bitwarden(&["bin", "", "", "", ""]);
    std::fs::write(folder.join("one.json"), one).unwrap();
    let all = folder.to_str().unwrap();
    let mut text = sandbox.fed(
        "mfa import - --format bitwarden --dry-run",
        mixed.as_bytes(),
    );
    text += &sandbox.transcript(&[
        &format!("mfa import {all}"),
        &format!("mfa import {all}/mixed.json --include-trash"),
        "mfa list",
    ]);
    snapshot!(text);
}

#[test]
fn a_file_with_nothing_but_a_bin_says_so() {
    let sandbox = Sandbox::new();
    let file = sandbox.home().join("bin.json");
    std::fs::write(&file, bitwarden(&["bin", "archive", "bin"])).unwrap();
    let file = file.to_str().unwrap();
    snapshot!(sandbox.transcript(&[
        &format!("mfa import {file}"),
        &format!("mfa import {file} --include-trash --dry-run"),
    ]));
}

const HALF: &str = r#"[
    {"accountType":"a","name":"Acme: ann","digits":6,"salt":"s","encryptedSecret":"AAAA",
     "decryptedSecret":"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"},
    {"accountType":"b","name":"Beta: bob","digits":7,"salt":"othersaltothersa","key_derivation_iterations":100000,
     "unique_iv":"f0b53b2da041fca49ef0b9839060b345",
     "encrypted_seed":"8tWKzD9jz4ECuyay6DGWbq2YQ9nQAyZ3Dg5fU0/k07KuHcd5RDI4SV9gg88X3P6q"}]"#;

#[test]
fn what_needs_no_password_is_imported_without_one() {
    let sandbox = Sandbox::new();
    let file = |name: &str, text: &str| {
        let path = sandbox.home().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (half, wrong, right) = (
        file("half.json", HALF),
        file("wrong", "backup2\n"),
        file("right", "backup1\n"),
    );
    snapshot!(sandbox.transcript(&[
        &format!("mfa import {half}"),
        &format!("mfa import {half} --password-file {wrong}"),
        &format!("mfa import {half} --password-file {right}"),
    ]));
}

/// The log of a database is read with it: named, in a folder, or when only the log is named.
#[test]
fn the_newest_rows_of_a_database_are_read() {
    let sandbox = Sandbox::new();
    let folder = sandbox.home().join("phone");
    std::fs::create_dir(&folder).unwrap();
    for name in ["google.db", "google.db-wal"] {
        std::fs::copy(format!("tests/data/wal/{name}"), folder.join(name)).unwrap();
    }
    std::fs::write(folder.join("google.db-shm"), b"\x18\xe2\x2d\x00").unwrap();
    std::fs::write(folder.join("notes-wal"), "text").unwrap();
    let phone = folder.to_str().unwrap();
    let mut text = sandbox.transcript(&[
        &format!("mfa import {phone} --dry-run"),
        &format!("mfa import {phone}/google.db {phone}/google.db-wal --dry-run"),
        &format!("mfa import {phone}/google.db-wal"),
    ]);
    text += &sandbox.fed(
        "mfa import -",
        &std::fs::read(folder.join("google.db")).unwrap(),
    );
    std::fs::remove_file(folder.join("google.db")).unwrap();
    text += &sandbox.transcript(&[&format!("mfa import {phone}/google.db-wal")]);
    snapshot!(text);
}

/// On a terminal, the password for the rest is asked for, and Enter does without.
#[cfg(unix)]
#[test]
fn the_password_of_a_part_is_asked_for_and_may_be_left_out() {
    for (answers, said) in [
        (&[""][..], "1 to add, 0 already there, 1 skipped"),
        (
            &["wrong", "backup1"],
            "2 to add, 0 already there, 0 skipped",
        ),
        (&["a", "b", "c"], "1 to add, 0 already there, 1 skipped"),
    ] {
        let sandbox = Sandbox::new();
        let file = sandbox.home().join("half.json");
        std::fs::write(&file, HALF).unwrap();
        let mut session = open(
            &sandbox,
            &format!("mfa import --dry-run {}", file.display()),
        );
        for answer in answers {
            session
                .exp_string("(Enter skips the encrypted accounts)")
                .unwrap();
            session.send_line(answer).unwrap();
        }
        let text = rest(session, 0);
        assert!(text.contains(said), "{answers:?}: {text}");
    }
}
