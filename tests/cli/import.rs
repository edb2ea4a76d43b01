//! `mfa import`: files, pictures and password stores.

use crate::sandbox::{Sandbox, snapshot};

const AEGIS: &str = "mfa import tests/data/import/aegis.json";

#[test]
fn a_file_is_imported_and_again_changes_nothing() {
    let sandbox = Sandbox::new();
    let mut text = sandbox.transcript(&[
        "mfa import tests/data/import/aegis.json --dry-run",
        "mfa list",
        AEGIS,
        "mfa list",
    ]);
    let before = std::fs::read(sandbox.vault()).unwrap();
    text += &sandbox.transcript(&[AEGIS, "mfa import tests/data/import/andotp.json"]);
    assert_eq!(std::fs::read(sandbox.vault()).unwrap(), before);
    text += &sandbox.transcript(&["mfa code GitHub:alice --at 59", "mfa code Acme:bob"]);
    snapshot!(text);
}

#[test]
fn passwords_come_from_a_file() {
    let sandbox = Sandbox::new();
    let word = sandbox.home().join("word");
    std::fs::write(&word, "test\n").unwrap();
    let wrong = sandbox.passphrase_file();
    let line = |file: &str, word: &str| {
        format!("mfa import tests/data/import/{file} --password-file {word}")
    };
    let right = word.to_str().unwrap();
    snapshot!(sandbox.transcript(&[
        "mfa import tests/data/import/stratum-encrypted.authpro",
        &line("stratum-encrypted.authpro", &wrong),
        &line("stratum-legacy.authpro", &wrong),
        &line("stratum-encrypted.authpro", right),
        &line("keepass.kdbx", right),
        &line("raivo.zip", right),
    ]));
}

#[test]
fn a_name_that_another_key_has_is_kept_under_a_new_one() {
    let sandbox = Sandbox::new();
    let one = b"otpauth://totp/GitHub:alice?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
    let mut text = sandbox.fed("mfa import -", one);
    text += &sandbox.transcript(&[AEGIS, AEGIS, "mfa list"]);
    snapshot!(text);
}

/// A phone's later counter is adopted; an old backup's earlier counter is not.
#[test]
fn a_counter_moves_on_and_never_back() {
    let sandbox = Sandbox::new();
    let uri = |counter| {
        format!("otpauth://hotp/x?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&counter={counter}")
    };
    let mut text = String::new();
    for counter in [3, 9, 5] {
        text += &sandbox.fed("mfa import -", uri(counter).as_bytes());
    }
    text += &sandbox.transcript(&["mfa code x"]);
    snapshot!(text);
}

#[test]
fn a_bad_row_is_said_and_stops_nothing() {
    let sandbox = Sandbox::new();
    let lines = b"my password\notpauth://totp/good?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP\n\
        otpauth://totp/bad?secret=JBSWY3DP1\nmotp://x:y?secret=30ed\n\
        otpauth://totp/odd?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&algorithm=SHA384\n\
        otpauth://hotp/counted?secret=KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU";
    let mut text = sandbox.fed("mfa import -", lines);
    text += &sandbox.fed("mfa import -", b"otpauth://totp/bad?secret=JBSWY3DP1");
    text += &sandbox.transcript(&["mfa list"]);
    snapshot!(text);
}

#[test]
fn what_is_no_export_is_refused() {
    let sandbox = Sandbox::new();
    let mut text = sandbox.transcript(&[
        "mfa import Cargo.toml",
        "mfa import no/such.file",
        "mfa import tests/data/url.png",
        "mfa import tests/data/no-code.png",
        "mfa import tests/data/import/bitwarden-restricted.json",
        "mfa import Cargo.toml --format nonsense",
        "mfa import Cargo.toml --format aegis",
        "mfa import",
        "mfa import tests/data/import/aegis.json Cargo.toml",
        "mfa list",
    ]);
    text += &sandbox.fed("mfa import -", br#"{"version":2,"header":{},"db":{}}"#);
    text += &sandbox.fed("mfa import -", br#"{"version":1,"header":{"slots":null,"#);
    text += &sandbox.fed("mfa import -", b"");
    snapshot!(text);
}

#[test]
fn folders_and_pictures_are_taken() {
    let sandbox = Sandbox::new();
    let folder = sandbox.home().join("exports");
    std::fs::create_dir(&folder).unwrap();
    for file in [
        "import/2fas.2fas",
        "import/uris.txt",
        "aws.png",
        "no-code.png",
    ] {
        let name = file.rsplit('/').next().unwrap();
        std::fs::copy(format!("tests/data/{file}"), folder.join(name)).unwrap();
    }
    std::fs::write(folder.join("readme.txt"), "nothing").unwrap();
    snapshot!(sandbox.transcript(&[
        "mfa import tests/data/two-accounts.png",
        &format!("mfa import {}", folder.display()),
        "mfa list",
    ]));
}

#[cfg(unix)]
#[test]
fn a_password_store_is_read_by_its_program() {
    let sandbox = Sandbox::new();
    let store = sandbox.home().join(".password-store/work");
    let programs = sandbox.home().join("bin");
    std::fs::create_dir_all(&store).unwrap();
    std::fs::create_dir_all(&programs).unwrap();
    std::fs::write(store.join("github.gpg"), "").unwrap();
    std::fs::write(store.join("mail.gpg"), "").unwrap();
    let script = "#!/bin/sh\ncase $3 in\nwork/github) cat tests/data/import/gopass.txt ;;\n*) echo hunter2 ;;\nesac\n";
    let program = programs.join("pass");
    std::fs::write(&program, script).unwrap();
    let made = std::process::Command::new("chmod")
        .arg("755")
        .arg(&program)
        .status();
    assert!(made.unwrap().success());
    let path = format!("{}:/usr/bin:/bin", programs.display());
    let sandbox = sandbox.variable("PATH", &path);
    snapshot!(sandbox.transcript(&["mfa import --from pass", "mfa list"]));
}
