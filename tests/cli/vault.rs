//! `mfa vault …`: slots, backups, damage, rollback.

use std::fs;

use crate::sandbox::{AWS, Sandbox, make_private, snapshot};

fn with_passphrase() -> Sandbox {
    let sandbox = Sandbox::new().variable("MFA_PASSPHRASE", "correct horse");
    assert!(sandbox.run(AWS, b"").status.success());
    sandbox
}

#[test]
fn a_vault_is_born_with_a_key_file_or_a_passphrase() {
    let sandbox = Sandbox::new();
    snapshot!(sandbox.transcript(&[
        "mfa vault status",
        "mfa vault check",
        "mfa vault init --key-file",
        "mfa vault init --key-file",
        "mfa vault status",
        "mfa vault status --json",
        "mfa list",
    ]));
    let locked = with_passphrase();
    assert!(!locked.data().join("vault.key").exists());
    assert!(
        locked
            .stdout("mfa vault status")
            .contains("opens by    passphrase\n")
    );
}

#[cfg(unix)]
#[test]
fn passphrases_come_in_the_order_of_the_contract() {
    let sandbox = with_passphrase();
    let vault = format!("--vault {}", sandbox.vault().display());
    let file = sandbox.home().join("pass");
    fs::write(&file, "correct horse\r\nsecond line\n").unwrap();
    let line = format!("mfa {vault} code --at 59");
    let from_file = format!("{line} --passphrase-file {}", file.display());
    let bare = Sandbox::new();
    let mut text = bare.transcript(&[&line, &from_file]);
    let wrong = Sandbox::new().variable("MFA_PASSPHRASE", "wrong");
    text += &wrong.transcript(&[&line, &from_file]);
    let command = |command: &str| {
        Sandbox::new()
            .variable("MFA_PASSPHRASE", "wrong")
            .variable("MFA_PASSPHRASE_COMMAND", command)
    };
    for shell in [
        "echo correct horse; echo more",
        "echo no luck >&2; exit 3",
        "true",
    ] {
        text += &command(shell).transcript(&[&line]);
    }
    text += &command("false").transcript(&[&from_file]);
    text = text.replace(sandbox.home().to_str().unwrap(), "~");
    snapshot!(text);
}

#[test]
fn a_passphrase_takes_the_place_of_the_key_file_everywhere() {
    let sandbox = Sandbox::with_aws();
    sandbox.stdout("mfa add --qr tests/data/two-accounts.png");
    let key = sandbox.data().join("vault.key");
    let old_key = fs::read(&key).unwrap();
    let file = sandbox.home().join("pass");
    fs::write(&file, "correct horse").unwrap();
    let set = format!(
        "mfa vault passphrase --new-passphrase-file {}",
        file.display()
    );
    let undo = format!("mfa --passphrase-file {} undo", file.display());
    let check = format!("mfa --passphrase-file {} vault check", file.display());
    snapshot!(sandbox.transcript(&[&set, "mfa list", "mfa vault status", &undo, &check]));
    assert!(!key.exists());
    // The removed key file opens neither the vault nor any backup.
    fs::write(&key, old_key).unwrap();
    make_private(&key);
    assert_eq!(sandbox.run("mfa list", b"").status.code(), Some(5));
    let folder = sandbox.data().join("backups");
    for backup in fs::read_dir(folder).unwrap().flatten() {
        fs::write(sandbox.vault(), fs::read(backup.path()).unwrap()).unwrap();
        assert_eq!(
            sandbox.run("mfa list", b"").status.code(),
            Some(5),
            "{backup:?}"
        );
    }
}

#[test]
fn a_passphrase_can_be_taken_away_again() {
    let sandbox = with_passphrase();
    snapshot!(sandbox.transcript(&[
        "mfa vault passphrase --remove",
        "mfa vault passphrase --remove --force",
        "mfa vault passphrase --remove --force",
        "mfa vault status",
        "mfa list",
    ]));
}

/// A closed stdout is the null device to the program: nobody saw the code.
#[test]
fn a_recovery_code_that_goes_nowhere_replaces_none() {
    let sandbox = with_passphrase();
    let code = sandbox.stdout("mfa vault recovery").trim().to_owned();
    for line in [
        "mfa vault recovery",
        "mfa vault passphrase --remove --force",
    ] {
        let mut command = sandbox.command(line);
        let output = command
            .stdout(std::process::Stdio::null())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{line}");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains("nothing was changed"), "{said}");
        let vault = format!("mfa --vault {} code --at 59", sandbox.vault().display());
        let other = Sandbox::new().variable("MFA_PASSPHRASE", &code);
        assert_eq!(other.stdout(&vault).trim(), "140615");
    }
}

#[test]
fn a_recovery_code_opens_what_nothing_else_does() {
    let sandbox = with_passphrase();
    assert_eq!(
        sandbox
            .run("mfa vault recovery --verify", b"")
            .status
            .code(),
        Some(1)
    );
    let code = sandbox.stdout("mfa vault recovery").trim().to_owned();
    assert_eq!(code.len(), 39);
    let vault = format!("--vault {}", sandbox.vault().display());
    let code_of = |passphrase: &str, line: &str| {
        let other = Sandbox::new().variable("MFA_PASSPHRASE", passphrase);
        other.run(&format!("mfa {vault} {line}"), b"").status.code()
    };
    assert_eq!(code_of(&code, "code --at 59"), Some(0));
    assert_eq!(
        code_of(
            &code.to_lowercase().replace('-', " "),
            "vault recovery --verify"
        ),
        Some(0)
    );
    assert_eq!(code_of("correct horse", "vault recovery --verify"), Some(5));
    let second = sandbox.stdout("mfa vault recovery").trim().to_owned();
    assert_ne!(code, second);
    assert_eq!(code_of(&code, "list"), Some(5));
    assert_eq!(code_of(&second, "list"), Some(0));
    assert_eq!(code_of("correct horse", "list"), Some(0));
    sandbox.stdout("mfa vault recovery --remove");
    assert_eq!(code_of(&second, "list"), Some(5));
    assert_eq!(code_of("correct horse", "list"), Some(0));
}

#[test]
fn the_last_slot_that_others_could_use_stays_without_force() {
    let sandbox = Sandbox::with_aws();
    sandbox.stdout("mfa vault recovery");
    snapshot!(sandbox.transcript(&[
        "mfa vault recovery --remove",
        "mfa vault recovery --remove --force",
        "mfa vault recovery --remove --force",
        "mfa list",
    ]));
}

#[test]
fn a_damaged_vault_names_the_backup_that_brings_it_back() {
    let sandbox = Sandbox::with_aws();
    sandbox.stdout("mfa add --qr tests/data/two-accounts.png");
    let good = fs::read(sandbox.vault()).unwrap();
    let text = String::from_utf8(good.clone()).unwrap();
    let mut transcript = String::new();
    let damages: [(&str, Vec<u8>); 6] = [
        ("empty", Vec::new()),
        ("truncated", good[..good.len() / 2].to_vec()),
        (
            "newer",
            text.replace("\"version\": 1", "\"version\": 2")
                .into_bytes(),
        ),
        (
            "revision",
            text.replace("\"rev\": 2", "\"rev\": 3").into_bytes(),
        ),
        (
            "slot",
            text.replace("\"epoch\": 1", "\"epoch\": 2").into_bytes(),
        ),
        ("other", b"{\"accounts\": []}".to_vec()),
    ];
    for (name, bytes) in damages {
        replace(&sandbox, &bytes);
        transcript += &format!(
            "# {name}\n{}",
            sandbox.transcript(&["mfa list", AWS, "mfa vault status"])
        );
        assert_eq!(
            fs::read(sandbox.vault()).unwrap(),
            bytes,
            "{name} was written to"
        );
    }
    fs::remove_file(sandbox.vault()).unwrap();
    transcript += "# gone\n";
    transcript += &sandbox.transcript(&["mfa list", AWS, "mfa vault restore 2", "mfa list"]);
    snapshot!(transcript);
}

/// Writes other bytes as other programs do: a new file with the same name.
fn replace(sandbox: &Sandbox, bytes: &[u8]) {
    let beside = sandbox.home().join("beside");
    fs::write(&beside, bytes).unwrap();
    make_private(&beside);
    fs::rename(beside, sandbox.vault()).unwrap();
}

#[test]
fn an_older_vault_is_used_only_once_it_is_trusted() {
    let sandbox = Sandbox::with_aws();
    let old = fs::read(sandbox.vault()).unwrap();
    sandbox.stdout("mfa add --qr tests/data/two-accounts.png");
    replace(&sandbox, &old);
    let mut text = sandbox.transcript(&["mfa list", "mfa code my --at 59", AWS]);
    assert_eq!(fs::read(sandbox.vault()).unwrap(), old);
    text += &sandbox.transcript(&["mfa vault trust", "mfa list", "mfa vault trust"]);
    let other = Sandbox::new().variable("MFA_PASSPHRASE", "other");
    other.stdout("mfa add --qr tests/data/inverted.png");
    replace(&sandbox, &fs::read(other.vault()).unwrap());
    let sandbox = sandbox.variable("MFA_PASSPHRASE", "other");
    text += &sandbox.transcript(&["mfa list", "mfa vault trust", "mfa list"]);
    snapshot!(text);
}

#[test]
fn a_backup_is_restored_by_its_revision() {
    let sandbox = Sandbox::with_aws();
    sandbox.stdout("mfa add --qr tests/data/two-accounts.png");
    sandbox.stdout("mfa remove my-iam-user@123456789012 --yes");
    snapshot!(sandbox.transcript(&[
        "mfa vault restore 1",
        "mfa list",
        "mfa vault restore 77",
        "mfa vault check",
    ]));
}

#[cfg(unix)]
#[test]
fn what_others_can_read_or_change_is_refused() {
    use std::os::unix::fs::PermissionsExt;

    let sandbox = Sandbox::with_aws();
    let mode = |path: &str, mode| {
        let path = sandbox.data().join(path);
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    let mut text = String::new();
    for (path, bad, good) in [
        ("", 0o777, 0o700),
        ("vault.json", 0o622, 0o600),
        ("vault.key", 0o640, 0o600),
    ] {
        mode(path, bad);
        text += &sandbox.transcript(&["mfa code my --at 59"]);
        mode(path, good);
    }
    fs::remove_file(sandbox.data().join("vault.key")).unwrap();
    text += &sandbox.transcript(&["mfa code my --at 59"]);
    snapshot!(text);
}

#[test]
fn a_new_vault_in_the_place_of_one_that_is_gone_is_used_at_once() {
    let sandbox = Sandbox::with_aws();
    let folder = sandbox.vault().parent().unwrap().to_owned();
    fs::remove_dir_all(folder).unwrap();
    snapshot!(sandbox.transcript(&[AWS, "mfa list", "mfa vault check"]));
}

/// A code that nobody saw must not replace one that somebody has.
#[cfg(target_os = "linux")]
#[test]
fn a_recovery_code_that_was_not_shown_changes_nothing() {
    let sandbox = with_passphrase();
    let code = sandbox.stdout("mfa vault recovery").trim().to_owned();
    let before = fs::read(sandbox.vault()).unwrap();
    let full = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let mut command = sandbox.command("mfa vault recovery");
    let status = command.stdout(full).status().unwrap();
    assert_eq!(status.code(), Some(1));
    assert_eq!(fs::read(sandbox.vault()).unwrap(), before);
    let vault = format!("--vault {}", sandbox.vault().display());
    let other = Sandbox::new().variable("MFA_PASSPHRASE", &code);
    other.stdout(&format!("mfa {vault} list"));
}
