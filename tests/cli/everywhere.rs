//! What holds for every command: names from outside are harmless, pipes may close, stdout may be
//! full, several vaults live side by side.

use std::io::Read;
use std::process::Stdio;

use crate::sandbox::{Sandbox, snapshot};

/// ESC, OSC 52, newline and bidi in names.
const HOSTILE: &str = "otpauth://totp/Evil%1b%5d52%3bc%3bZXZpbA%3d%3d%07:a%0ab%e2%80%aec?\
    secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Evil%1b%5d52%3bc%3bZXZpbA%3d%3d%07";

#[test]
fn hostile_names_never_reach_the_terminal_raw() {
    let sandbox = Sandbox::new();
    let mut text = sandbox.fed("mfa add -", HOSTILE.as_bytes());
    text += &sandbox.transcript(&[
        "mfa list",
        "mfa list --json",
        "mfa list --codes --at 59",
        "mfa code evil --at 59 --json",
        "mfa show evil --uri",
        "mfa code nothing",
    ]);
    text += &sandbox.fed("mfa add -", HOSTILE.as_bytes());
    // A name that cannot be typed is no use in a command to paste: its id is.
    let refused = sandbox.fed("mfa remove evil --yes", b"");
    let (_, id) = refused.split_once("try: mfa remove ").unwrap();
    let id = id.split_whitespace().next().unwrap();
    text += &refused.replace(id, "ID");
    text += &sandbox
        .fed(&format!("mfa remove {id} --yes"), b"")
        .replace(id, "ID");
    text += &sandbox.fed("mfa undo", b"");
    assert!(
        !text.chars().any(|c| c.is_control() && c != '\n'),
        "{text:?}"
    );
    assert!(!text.contains('\u{202e}'));
    snapshot!(text);
}

#[test]
fn a_closed_pipe_is_quiet() {
    let sandbox = Sandbox::new();
    let uri = |n| format!("otpauth://totp/Issuer:{n}?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    let uris = (0..2000).map(uri).collect::<Vec<_>>().join("\n");
    assert!(sandbox.run("mfa add -", uris.as_bytes()).status.success());
    for line in ["mfa list", "mfa list --json --codes", "mfa code 7"] {
        let mut command = sandbox.command(line);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let mut stderr = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut stderr)
            .unwrap();
        assert_eq!(stderr, "", "{line}");
        assert_eq!(child.wait().unwrap().code(), Some(0), "{line}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_stdout_is_an_error() {
    let sandbox = Sandbox::with_aws();
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let output = sandbox.command("mfa list").stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        stderr,
        "mfa: cannot write the answer: No space left on device\n"
    );
}

#[test]
fn a_vault_is_named_by_option_or_variable() {
    let sandbox = Sandbox::new();
    snapshot!(sandbox.transcript(&[
        "mfa vault path",
        "mfa --vault /nowhere/at/all/v.json vault path",
        "mfa vault path --vault /nowhere/at/all/v.json",
        "mfa --vault /proc/v.json add --qr tests/data/aws.png",
        "mfa --vault tests list",
        "mfa --vault /dev/null list",
    ]));
    let empty = Sandbox::new().variable("MFA_VAULT", "");
    assert!(
        empty
            .stdout("mfa vault path")
            .ends_with("/mfa/vault.json\n")
    );
    let other = Sandbox::new().variable("MFA_VAULT", "/nowhere/v.json");
    assert_eq!(other.stdout("mfa vault path"), "/nowhere/v.json\n");
}

#[test]
fn colours_come_when_asked_for() {
    let sandbox = Sandbox::with_aws().variable("NO_COLOR", "1");
    assert!(!sandbox.stdout("mfa qr my").contains('\u{1b}'));
    assert!(
        sandbox
            .stdout("mfa --color always qr my")
            .contains('\u{1b}')
    );
    assert!(!sandbox.stdout("mfa --color never qr my").contains('\u{1b}'));
}

/// Neither the file nor what lies beside it can be read by others.
#[cfg(unix)]
#[test]
fn files_are_private() {
    use std::os::unix::fs::PermissionsExt;

    let sandbox = Sandbox::with_aws();
    sandbox.stdout("mfa code my --fresh");
    let mut folders = vec![
        sandbox.home().join(".local/share/mfa"),
        sandbox.home().join(".local/state/mfa"),
    ];
    while let Some(folder) = folders.pop() {
        let mode = std::fs::metadata(&folder).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}", folder.display());
        for entry in std::fs::read_dir(&folder).unwrap().flatten() {
            let mode = entry.metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{}", entry.path().display());
            if entry.path().is_dir() {
                folders.push(entry.path());
            }
        }
    }
}
