//! Programs that `mfa` starts: what they get, and how much of their output is read.

use std::fs;
use std::os::unix::fs::PermissionsExt;
#[cfg(target_os = "linux")]
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output, Stdio};

use mfa_test_support::can;

use crate::sandbox::{AWS, Sandbox};

/// `mfa code` with this passphrase command, started by a shell after it ran `first`.
fn code(sandbox: &Sandbox, passphrase_command: &str, first: &str) -> Output {
    Command::new("sh")
        .args(["-c", &format!("{first}\nexec \"$0\" code my --at 59")])
        .arg(env!("CARGO_BIN_EXE_mfa"))
        .current_dir(sandbox.home())
        .env_clear()
        .env("HOME", sandbox.home())
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("MFA_UNLOCK_FOR", "0")
        .env("MFA_PASSPHRASE", "wrong horse")
        .env("MFA_PASSPHRASE_COMMAND", passphrase_command)
        .env("MFA_AGE_IDENTITY", "keys.txt")
        .env("MFA_VAULT", sandbox.vault())
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn with_passphrase() -> Sandbox {
    let sandbox = Sandbox::new();
    let pass = sandbox.passphrase_file();
    sandbox.stdout(&format!("{AWS} --passphrase-file {pass}"));
    sandbox
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_child_has_none_of_our_secrets_and_its_own_core_limit() {
    let sandbox = with_passphrase();
    let command = "env >env; ulimit -S -c >core; ulimit -H -c >>core; cat pass";
    let limits = "ulimit -S -c \"$(ulimit -H -c)\"; ulimit -S -c 1 2>/dev/null; \
        ulimit -S -c >wanted; ulimit -H -c >>wanted";
    let output = code(&sandbox, command, limits);
    assert_eq!(output.stdout, b"140615\n", "{}", told(&output));
    let read = |name: &str| fs::read_to_string(sandbox.home().join(name)).unwrap();
    let names = read("env");
    let names = names.lines().filter_map(|line| line.split('=').next());
    let mut ours: Vec<_> = names.filter(|name| name.starts_with("MFA_")).collect();
    ours.sort_unstable();
    assert_eq!(ours, ["MFA_UNLOCK_FOR", "MFA_VAULT"]);
    assert_eq!(read("core"), read("wanted"));
    // With a limit of 0 for the test itself, this would show nothing.
    assert!(can(read("wanted").starts_with('1'), "core limit above 0"));
}

/// A child starts with its own core limit; even then, this process dumps no core.
#[test]
#[cfg(target_os = "linux")]
fn no_core_is_dumped_as_a_child_starts() {
    let sandbox = with_passphrase();
    let unlimited = "ulimit -c unlimited";
    let other = Command::new("sh")
        .args(["-c", &format!("{unlimited}; kill -s ABRT $$")])
        .current_dir(sandbox.home())
        .status()
        .unwrap();
    if !can(other.core_dumped(), "core dumps of anything") {
        return;
    }
    for _ in 0..20 {
        let status = code(&sandbox, "kill -s ABRT $PPID", unlimited).status;
        assert_eq!(status.signal(), Some(6));
        assert!(!status.core_dumped());
    }
}

#[test]
fn a_passphrase_command_is_done_at_its_first_newline() {
    let sandbox = with_passphrase();
    let home = sandbox.home();
    fs::write(home.join("wait"), "").unwrap();
    let command = "cat pass; exec >ended 2>&1; while [ -e wait ]; do sleep 0.1; done; echo ended";
    let output = code(&sandbox, command, "");
    assert_eq!(output.stdout, b"140615\n", "{}", told(&output));
    assert!(!fs::read_to_string(home.join("ended")).is_ok_and(|text| !text.is_empty()));
    fs::remove_file(home.join("wait")).unwrap();
}

#[test]
fn a_passphrase_command_without_a_line_is_refused() {
    let sandbox = with_passphrase();
    for (command, why) in [
        ("cat /dev/zero", "printed no line break within 1024 KiB"),
        ("printf 'correct horse'; exit 3", "failed (exit status: 3)"),
        ("exit 3", "failed (exit status: 3)"),
        (
            "echo; cat pass",
            "no passphrase from MFA_PASSPHRASE_COMMAND",
        ),
        (":", "no passphrase from MFA_PASSPHRASE_COMMAND"),
    ] {
        let output = code(&sandbox, command, "");
        assert_eq!(output.status.code(), Some(5), "{command}");
        assert!(told(&output).contains(why), "{command}: {}", told(&output));
    }
    // What follows the first line is ignored; that line may lack its end.
    for command in [
        "cat pass; exec cat /dev/zero",
        "cat pass; exit 3",
        "printf 'correct horse'",
    ] {
        let output = code(&sandbox, command, "");
        assert_eq!(output.stdout, b"140615\n", "{command}: {}", told(&output));
    }
}

#[test]
fn what_a_password_store_prints_is_bounded() {
    let sandbox = Sandbox::new();
    let store = sandbox.home().join(".password-store");
    fs::create_dir(&store).unwrap();
    fs::write(store.join("entry.gpg"), "").unwrap();
    let program = sandbox.home().join("pass");
    fs::write(&program, "#!/bin/sh\nexec yes\n").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let path = std::env::var("PATH").unwrap();
    let path = format!("{}:{path}", sandbox.home().display());
    let sandbox = sandbox.variable("PATH", &path);
    let output = sandbox.run("mfa import --from pass", b"");
    assert_eq!(output.status.code(), Some(1));
    assert!(
        told(&output).contains("pass printed more than 8192 KiB"),
        "{}",
        told(&output)
    );
}
