//! `mfa doctor`: each thing that may be wrong, and the command that mends it.

use std::fs;
use std::net::UdpSocket;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use mfa_test_support::can;
use serde_json::Value;

use crate::sandbox::{AWS, Sandbox};

/// What a run found: the exit code and the findings.
fn found(sandbox: &Sandbox, line: &str) -> (i32, Vec<Value>) {
    let output = sandbox.run(&format!("{line} --json"), b"");
    let findings: Value = serde_json::from_slice(&output.stdout).unwrap();
    let code = output.status.code().unwrap();
    (code, findings.as_array().unwrap().clone())
}

/// The findings of a check as `state: message`.
fn of(findings: &[Value], check: &str) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let own = findings.iter().filter(|finding| finding["check"] == check);
    own.map(|finding| format!("{}: {}", text(&finding["state"]), text(&finding["message"])))
        .collect()
}

/// The commands to try for everything that is not well.
fn commands(findings: &[Value], check: &str) -> Vec<String> {
    let own = findings.iter().filter(|finding| finding["check"] == check);
    let commands = own.flat_map(|finding| finding["try"].as_array().unwrap());
    commands
        .map(|command| command.as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_vault_that_is_well_has_no_problems() {
    let sandbox = Sandbox::with_aws().variable("SHELL", "/bin/bash");
    let (code, findings) = found(&sandbox, "mfa doctor");
    assert_eq!(code, 0);
    assert_eq!(of(&findings, "accounts"), ["ok: 1, all usable"]);
    assert_eq!(
        of(&findings, "files"),
        ["ok: only you can read and change them"]
    );
    assert!(of(&findings, "backups")[0].starts_with("ok: 1, the newest from "));
    assert_eq!(commands(&findings, "unlocking"), ["mfa vault passphrase"]);
    for finding in &findings {
        let keys: Vec<_> = finding.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["check", "message", "state", "try"]);
        let state = finding["state"].as_str().unwrap();
        assert!(["ok", "note", "warning", "problem"].contains(&state));
    }
    let text = sandbox.stdout("mfa doctor");
    assert!(text.ends_with("\n\nno problems found\n"), "{text}");
    assert!(!text.contains('\u{1b}'));
    let colored = sandbox.stdout("mfa doctor --color always");
    assert!(colored.contains("\u{1b}[32mok\u{1b}[0m"), "{colored}");
    // The line that it suggests is the one that it looks for.
    let line = &commands(&findings, "shell")[0];
    assert!(
        Command::new("sh")
            .args(["-c", line])
            .status()
            .unwrap()
            .success()
    );
    let (_, findings) = found(&sandbox, "mfa doctor");
    assert!(of(&findings, "shell")[0].starts_with("ok: bash is set up in "));
}

#[test]
fn each_wrong_mode_is_mended_by_what_it_says() {
    let sandbox = Sandbox::with_aws();
    let (data, state) = (sandbox.data(), sandbox.state());
    let pins = fs::read_dir(state.join("pins")).unwrap();
    let pins = pins.map(|entry| entry.unwrap().path());
    let seen = pins.max_by_key(|path| path.extension().is_some_and(|end| end == "json"));
    let cases = [
        (
            data.join("vault.json"),
            0o644,
            "warning",
            "is readable by other users",
        ),
        (
            data.join("vault.json"),
            0o622,
            "problem",
            "is writable by other users",
        ),
        (
            data.join("vault.key"),
            0o640,
            "problem",
            "is readable by other users",
        ),
        (
            data.join("vault.key"),
            0o602,
            "problem",
            "is writable by other users",
        ),
        (
            data.join("backups/vault-00000001.json"),
            0o604,
            "warning",
            "is readable",
        ),
        (data.clone(), 0o770, "problem", "is writable by other users"),
        (
            data.join("backups"),
            0o707,
            "problem",
            "is writable by other users",
        ),
        (state, 0o777, "problem", "is writable by other users"),
        (
            seen.unwrap(),
            0o666,
            "problem",
            "is writable by other users",
        ),
    ];
    for (path, mode, state, problem) in cases {
        let name = path.display();
        let before = fs::metadata(&path).unwrap().permissions();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let (code, findings) = found(&sandbox, "mfa doctor");
        assert_eq!(code, i32::from(state == "problem"), "{name}: {findings:?}");
        let own = of(&findings, "files");
        assert!(
            own[0].starts_with(&format!("{state}: {name} {problem}")),
            "{own:?}"
        );
        for command in commands(&findings, "files") {
            assert!(
                Command::new("sh")
                    .args(["-c", &command])
                    .status()
                    .unwrap()
                    .success()
            );
        }
        let (_, findings) = found(&sandbox, "mfa doctor");
        assert!(
            of(&findings, "files")[0].starts_with("ok: "),
            "{findings:?}"
        );
        fs::set_permissions(&path, before).unwrap();
    }
}

#[test]
fn what_is_damaged_names_the_backup() {
    let sandbox = Sandbox::with_aws();
    sandbox.stdout("mfa add --qr tests/data/two-accounts.png");
    let good = fs::read(sandbox.vault()).unwrap();
    fs::write(sandbox.vault(), &good[..good.len() / 2]).unwrap();
    let (code, findings) = found(&sandbox, "mfa doctor");
    assert_eq!(code, 1);
    let mend = &commands(&findings, "vault")[0];
    assert!(mend.contains(" vault restore "), "{findings:?}");
    // A changed byte shows only when the vault is opened.
    let text = String::from_utf8(good.clone()).unwrap();
    let at = text.rfind("\"payload\"").unwrap_or(text.len() - 40) + 20;
    let mut bad = good.clone();
    bad[at] = if bad[at] == b'A' { b'B' } else { b'A' };
    fs::write(sandbox.vault(), &bad).unwrap();
    let (code, findings) = found(&sandbox, "mfa doctor");
    assert_eq!(code, 1, "{findings:?}");
    let text = sandbox.run("mfa doctor", b"");
    assert!(String::from_utf8_lossy(&text.stdout).ends_with("\n\nfound 1 problem\n"));
    fs::write(sandbox.vault(), &good).unwrap();
    let backup = sandbox
        .vault()
        .with_file_name("backups/vault-00000001.json");
    fs::write(backup, "{}").unwrap();
    let (code, findings) = found(&sandbox, "mfa doctor");
    assert_eq!(code, 1);
    assert!(
        of(&findings, "accounts")[0].starts_with("problem: backup 1: "),
        "{findings:?}"
    );
    assert_eq!(of(&findings, "backups"), ["warning: 1 of 2 are damaged"]);
}

#[test]
fn a_locked_vault_is_not_asked_about() {
    let sandbox = Sandbox::new();
    let file = sandbox.passphrase_file();
    let given = format!("--passphrase-file {file}");
    sandbox.stdout(&format!("{AWS} {given}"));
    let (code, findings) = found(&sandbox, "mfa doctor");
    assert_eq!(code, 0);
    assert_eq!(
        of(&findings, "accounts"),
        ["note: not checked: the vault is locked"]
    );
    assert_eq!(of(&findings, "unlocking")[0], "ok: by passphrase");
    assert_eq!(commands(&findings, "unlocking"), ["mfa vault recovery"]);
    let (_, findings) = found(&sandbox, &format!("mfa doctor {given}"));
    assert_eq!(of(&findings, "accounts"), ["ok: 1, all usable"]);
    let wrong = sandbox.home().join("wrong");
    fs::write(&wrong, "another horse\n").unwrap();
    let line = format!("mfa doctor --passphrase-file {}", wrong.display());
    let (_, findings) = found(&sandbox, &line);
    assert!(of(&findings, "accounts")[0].ends_with("that was given does not open the vault"));
    sandbox.stdout(&format!("mfa vault recovery {given}"));
    let (_, findings) = found(&sandbox, "mfa doctor");
    assert!(commands(&findings, "unlocking").is_empty(), "{findings:?}");
}

#[test]
fn a_lost_key_file_is_missed() {
    let sandbox = Sandbox::with_aws();
    fs::remove_file(sandbox.vault().with_extension("key")).unwrap();
    let (_, findings) = found(&sandbox, "mfa doctor");
    let own = of(&findings, "unlocking");
    assert!(
        own[1].ends_with("vault.key is missing, so it cannot open the vault"),
        "{own:?}"
    );
}

#[test]
fn without_a_vault_it_says_how_to_begin() {
    let sandbox = Sandbox::new();
    let (code, findings) = found(&sandbox, "mfa doctor");
    assert_eq!(code, 0);
    assert_eq!(
        commands(&findings, "vault"),
        ["mfa add --qr PICTURE", "mfa import FILE"]
    );
    assert!(!sandbox.home().join(".local").exists());
    let (code, findings) = found(&sandbox, "mfa doctor --vault /nowhere/x.json");
    assert_eq!(code, 1);
    assert_eq!(
        commands(&findings, "vault"),
        ["mfa --vault /nowhere/x.json add --qr PICTURE"]
    );
}

#[cfg(feature = "aws")]
#[test]
fn profiles_that_use_this_program_are_checked() {
    let sandbox = Sandbox::with_aws();
    let mfa = env!("CARGO_BIN_EXE_mfa");
    let keys = "aws_access_key_id = A\naws_secret_access_key = B\n";
    let serial = "mfa_serial = arn:aws:iam::123456789012:mfa";
    let line = |program: &str, source: &str| {
        format!("credential_process = '{program}' aws credential-process --profile {source}\n")
    };
    let config = format!(
        "[profile work]\n{keys}{serial}/my-iam-user\n[profile phone]\n{keys}{serial}/phone\n\
         [profile good]\n{}[profile gone]\n{}[profile lost]\n{}[profile none]\n{}\
         [profile keys]\n{keys}{}",
        line(mfa, "work"),
        line("/nowhere/mfa", "work"),
        line(mfa, "phone"),
        line(mfa, "absent"),
        line(mfa, "work"),
    );
    fs::create_dir(sandbox.home().join(".aws")).unwrap();
    fs::write(sandbox.home().join(".aws/config"), config).unwrap();
    let (code, findings) = found(&sandbox, "mfa doctor");
    assert_eq!(code, 1);
    let own = of(&findings, "aws").join("\n");
    for wanted in [
        "ok: profile good gets sessions from mfa",
        "problem: profile gone runs /nowhere/mfa, which is missing",
        "warning: profile lost: the vault has no account for arn:aws:iam::123456789012:mfa/phone",
        "problem: profile none: there is no AWS profile 'absent'",
        "warning: profile keys has access keys, which are used instead of mfa",
        "ok: profile work gets its codes from Amazon Web Services:my-iam-user@123456789012",
    ] {
        assert!(own.contains(wanted), "{wanted}: {own}");
    }
    assert!(!own.contains("profile phone"), "{own}");
    let commands = commands(&findings, "aws");
    assert!(commands.contains(&"mfa aws setup --profile work --as gone".to_owned()));
}

/// chronyd on loopback, whose clock is shifted; ended on drop.
struct Chrony(Child);

impl Drop for Chrony {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Chrony {
    /// `shift` is in the form of faketime, such as `+90s`.
    fn start(folder: &Path, port: u16, shift: &str) -> Self {
        let config = folder.join("chrony.conf");
        let text = format!(
            "port {port}\ncmdport 0\nbindaddress 127.0.0.1\nallow 127.0.0.1\nlocal stratum 8\n\
             pidfile {}/pid\n",
            folder.display()
        );
        fs::write(&config, text).unwrap();
        // Started without faketime itself, which would stay its parent and survive alone.
        let preloaded = Command::new("faketime")
            .args(["-f", shift, "sh", "-c", "printf %s \"$LD_PRELOAD\""])
            .output()
            .unwrap();
        let preloaded = String::from_utf8(preloaded.stdout).unwrap();
        assert!(preloaded.contains("faketime"), "{preloaded}");
        let child = Command::new("chronyd")
            .args(["-x", "-d", "-u", "root", "-f"])
            .arg(config)
            .env("LD_PRELOAD", preloaded)
            .env("FAKETIME", shift)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let chrony = Self(child);
        let began = Instant::now();
        while !answers(port) {
            assert!(
                began.elapsed() < Duration::from_secs(30),
                "chronyd does not answer"
            );
        }
        chrony
    }
}

/// Whether an NTP server answers on this port.
fn answers(port: u16) -> bool {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let wait = Duration::from_millis(200);
    socket.set_read_timeout(Some(wait)).unwrap();
    let mut packet = [0; 48];
    // Version 4, client.
    packet[0] = 0x23;
    let sent = socket.send_to(&packet, ("127.0.0.1", port));
    let is_answer = sent.is_ok() && socket.recv(&mut packet).is_ok_and(|length| length >= 48);
    if !is_answer {
        std::thread::sleep(Duration::from_millis(50));
    }
    // A server that is not ready yet has stratum 0.
    is_answer && packet[1] > 0
}

#[test]
fn a_clock_is_compared_with_a_time_server() {
    let has = |program: &str| Command::new(program).arg("--version").output().is_ok();
    if !can(has("chronyd"), "chronyd") || !can(has("faketime"), "faketime") {
        return;
    }
    let sandbox = Sandbox::with_aws();
    for (shift, wanted, code) in [
        ("+90s", "problem: 90 s behind", 1),
        ("-90s", "problem: 90 s ahead of", 1),
        ("+5s", "warning: 5 s behind", 0),
        ("+0s", "ok: in step with", 0),
    ] {
        let free = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let _chrony = Chrony::start(sandbox.home(), port, shift);
        let line = format!("mfa doctor --online --server 127.0.0.1:{port}");
        let (exit, findings) = found(&sandbox, &line);
        let own = of(&findings, "clock").join("\n");
        let wanted = format!("{wanted} 127.0.0.1:{port}");
        assert!(own.contains(&wanted), "{shift}: {own}");
        assert_eq!(exit, code, "{shift}: {own}");
    }
}

#[test]
fn a_time_server_that_is_silent_is_not_waited_for() {
    let sandbox = Sandbox::with_aws();
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let server = silent.local_addr().unwrap();
    let (code, findings) = found(&sandbox, &format!("mfa doctor --online --server {server}"));
    assert_eq!(code, 0);
    let own = of(&findings, "clock").join("\n");
    assert!(
        own.contains(&format!(
            "warning: no time from {server}: no answer within 3 s"
        )),
        "{own}"
    );
    let asked = |line: &str| sandbox.run(line, b"").status.code();
    assert_eq!(asked("mfa doctor --server 127.0.0.1"), Some(2));
    assert_eq!(asked("mfa doctor --online --server ''"), Some(0));
}
