//! What holds for every command: outside names are harmless, pipes may close, stdout may be full, and
//! several vaults can be used side by side.

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
    // A name that cannot be typed is useless in a command to paste; the id is used.
    let refused = sandbox.fed("mfa remove evil --yes", b"");
    let (_, id) = refused.split_once("try: mfa remove ").unwrap();
    let id = id.split_whitespace().next().unwrap();
    text = (text + &refused).replace(id, "ID");
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

/// Each character that is invisible, acts on a terminal or reorders text, once.
#[cfg(unix)]
const HIDDEN: &str = "\u{1b}\u{9b}\u{7f}\n\u{ad}\u{34f}\u{61c}\u{115f}\u{17b4}\u{180b}\u{200b}\u{200d}\
    \u{200e}\u{2028}\u{202e}\u{2060}\u{2066}\u{3164}\u{fe0f}\u{feff}\u{ffa0}\u{1d173}\u{e0041}\u{e0101}\
    \u{a0}\u{2003}\u{3000}\u{2800}";

/// A sandbox with an account whose names contain all of these.
#[cfg(unix)]
fn with_hidden() -> Sandbox {
    let sandbox = Sandbox::new();
    let hex = data_encoding::HEXLOWER.encode(HIDDEN.as_bytes());
    let encoded: Vec<_> = hex.as_bytes().chunks(2).collect();
    let encoded = format!("%{}", str::from_utf8(&encoded.join(&b'%')).unwrap());
    let (label, other) = (format!("I{encoded}i:a{encoded}b"), format!("x{encoded}"));
    let query = "secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    let uris = format!("otpauth://totp/{label}?{query}\notpauth://totp/{other}?{query}");
    assert!(sandbox.run("mfa add -", uris.as_bytes()).status.success());
    sandbox
}

#[cfg(unix)]
#[test]
fn no_door_lets_out_what_cannot_be_seen() {
    let sandbox = with_hidden();
    let home = sandbox.home().display().to_string();
    let id = |name: &str| {
        let list: serde_json::Value =
            serde_json::from_str(&sandbox.stdout(&format!("mfa show {name} --json"))).unwrap();
        list["id"].as_str().unwrap().to_owned()
    };
    let ids = [id("i"), id("x")];
    let hostile = format!("no{HIDDEN}pe");
    let folder = format!("{home}/{hostile}");
    std::fs::create_dir(&folder).unwrap();
    for line in [
        "mfa list".to_owned(),
        "mfa list --codes".to_owned(),
        "mfa list --json".to_owned(),
        "mfa code a --json".to_owned(),
        "mfa show i".to_owned(),
        "mfa show i --uri".to_owned(),
        "mfa qr i".to_owned(),
        "mfa code".to_owned(),
        "mfa code b".to_owned(),
        format!("mfa code {hostile}"),
        format!("mfa code --{hostile}"),
        format!("mfa {hostile}"),
        format!("mfa code {hostile} --at {hostile}"),
        format!("mfa qr i --output {folder}/x.png"),
        format!("mfa qr i --output {folder}"),
        format!("mfa scan {folder}/x.png {folder}"),
        format!("mfa import --dry-run {folder}/x.png"),
        format!("mfa import {folder}"),
        format!("mfa --vault {folder}/v.json vault path"),
        format!("mfa --vault {folder}/v.json add --qr tests/data/aws.png"),
        format!("mfa --vault {folder}/v.json vault status"),
        "mfa export - --format otpauth".to_owned(),
        "mfa export - --format keepassxc".to_owned(),
        "mfa export - --format paper".to_owned(),
        format!("mfa export {home}/codes --format google"),
        "mfa remove a".to_owned(),
        "mfa remove a --yes".to_owned(),
        format!("mfa rename {} {hostile}", ids[1]),
        format!("mfa edit {} --issuer {hostile}", ids[1]),
        "mfa undo".to_owned(),
        format!("mfa rename {} {hostile}:{hostile}", ids[0]),
        "mfa vault backups".to_owned(),
        "mfa vault check".to_owned(),
        format!("mfa remove {} --yes", ids[0]),
        format!("mfa completions {hostile}"),
    ] {
        let output = sandbox.command(&line).output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8(text).unwrap();
        // Another program's file contains joined emoji unchanged.
        let is_file = line.contains("keepassxc");
        let hidden = HIDDEN.chars().filter(|c| *c != '\n');
        for c in hidden.filter(|c| !is_file || c.is_control() || *c == '\u{202e}') {
            assert!(!text.contains(c), "{line:?}: {c:?} in {text:?}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_table_on_a_terminal_keeps_its_columns() {
    let sandbox = Sandbox::new();
    let uri = "otpauth://totp/%D7%A9%D7%9C%D7%95%D7%9D:%D8%A8%201?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    assert!(sandbox.run("mfa add -", uri.as_bytes()).status.success());
    let piped = sandbox.stdout("mfa list --codes --at 59");
    assert_eq!(
        piped,
        "ISSUER  NAME  CODE    NEXT    LEFT\nשלום    ب 1   287082  359152  1 s\n"
    );
    for (line, wanted) in [
        (
            "mfa list --codes --at 59",
            "\u{2068}שלום\u{2069}    \u{2068}ب\u{2069} 1   287082  359152  1 s",
        ),
        ("mfa code --at 59", "\u{2068}שלום:ب\u{2069} 1\r\n"),
        ("mfa code no", "no account matches 'no'"),
        ("mfa remove x --yes", "no account matches 'x'"),
        ("mfa code --at 59 --json", "\"issuer\": \"שלום\""),
    ] {
        let text = on_a_terminal(&sandbox, line);
        assert!(text.contains(wanted), "{line}: {text:?}");
    }
    let mut session = crate::terminal::open(&sandbox, "mfa remove ب");
    session.exp_string("Remove ").unwrap();
    let name = decoded(&session.exp_string("?").unwrap());
    assert_eq!(name, "\u{2068}שלום:ب\u{2069} 1");
}

/// All output to the terminal.
#[cfg(unix)]
fn on_a_terminal(sandbox: &Sandbox, line: &str) -> String {
    let line = line.replacen("mfa ", "mfa --color never ", 1);
    decoded(&crate::terminal::open(sandbox, &line).exp_eof().unwrap())
}

/// The library decodes each byte as one character.
#[cfg(unix)]
fn decoded(text: &str) -> String {
    let bytes = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap());
    String::from_utf8(bytes.collect()).unwrap()
}

/// Files of other programs contain names unchanged; a terminal shows them escaped.
#[cfg(unix)]
#[test]
fn an_export_that_is_looked_at_is_escaped() {
    let sandbox = with_hidden();
    for format in [
        "2fas",
        "aegis-plain",
        "bitwarden",
        "keepass",
        "keepassxc",
        "paper",
    ] {
        let line = format!("mfa export - --format {format}");
        let text = on_a_terminal(&sandbox, &line);
        for c in HIDDEN.chars().filter(|c| *c != '\n') {
            assert!(!text.contains(c), "{format}: {c:?} in {text:?}");
        }
    }
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
        "mfa: cannot write the output: No space left on device\n"
    );
}

#[cfg(target_os = "linux")]
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

/// Others can read neither the file nor those beside it.
#[cfg(unix)]
#[test]
fn files_are_private() {
    use std::os::unix::fs::PermissionsExt;

    let sandbox = Sandbox::with_aws();
    sandbox.stdout("mfa code my --fresh");
    let mut folders = vec![sandbox.data(), sandbox.state()];
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
