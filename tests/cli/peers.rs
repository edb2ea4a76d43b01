//! Other programs read our exports and pictures.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use mfa_test_support::can;

use crate::sandbox::Sandbox;

const HOTP: &str = "Acme:bob";
const NAMES: [&str; 5] = [
    "GitHub:alice",
    "Slow:carol",
    "Eight:dave",
    "Old:erin",
    "Acme:bob",
];

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    let lines = b"otpauth://totp/GitHub:alice?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP\n\
        otpauth://totp/Slow:carol?secret=MFRGGZDFMFRGGZDFMFRGGZDFMFRGGZDF&period=60\n\
        otpauth://totp/Eight:dave?secret=KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU&digits=8&algorithm=SHA512\n\
        otpauth://totp/Old:erin?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&algorithm=SHA256\n\
        otpauth://hotp/Acme:bob?secret=KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU&counter=7";
    assert!(sandbox.run("mfa import -", lines).status.success());
    sandbox
}

fn has(program: &str, option: &str) -> bool {
    let mut command = Command::new(program);
    command
        .arg(option)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok()
}

/// The next code for HOTP; for the others, the code at one fixed time.
fn code(sandbox: &Sandbox, name: &str) -> String {
    let at = if name == HOTP { "" } else { " --at 1700000000" };
    let code = sandbox.stdout(&format!("mfa code {name}{at}"));
    code.trim().to_owned()
}

/// The code of a URI from OATH Toolkit. Test keys may appear in the list of processes.
fn oathtool(uri: &str) -> String {
    let query = uri.split_once('?').unwrap().1;
    let value = |name: &str| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs
            .find(|(own, _)| *own == name)
            .map(|(_, value)| value.to_owned())
    };
    let mut command = Command::new("oathtool");
    match value("counter") {
        Some(counter) => command.args(["--hotp", "-c", &counter]),
        None => command.args([
            &format!("--totp={}", value("algorithm").unwrap().to_lowercase()),
            "--now=@1700000000",
            "-s",
            &format!("{}s", value("period").unwrap()),
        ]),
    };
    let output = command
        .args([
            "-b",
            "-d",
            &value("digits").unwrap(),
            &value("secret").unwrap(),
        ])
        .output()
        .unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn oathtool_gives_the_same_codes_for_exported_lines() {
    if !can(has("oathtool", "--version"), "oathtool") {
        return;
    }
    let sandbox = sandbox();
    let file = sandbox.home().join("lines.txt");
    sandbox.stdout(&format!("mfa export {} --format otpauth", file.display()));
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(text.lines().count(), NAMES.len());
    for (uri, name) in text.lines().zip(NAMES) {
        assert_eq!(oathtool(uri), code(&sandbox, name), "{name}");
    }
}

/// The texts of all pictures in a folder, read by `ZBar`.
fn zbar(folder: &Path) -> String {
    let mut pictures: Vec<_> = std::fs::read_dir(folder).unwrap().flatten().collect();
    pictures.sort_by_key(std::fs::DirEntry::path);
    let mut text = String::new();
    for picture in pictures {
        let mut command = Command::new("zbarimg");
        command.args(["--quiet", "--raw"]).arg(picture.path());
        let output = command.output().unwrap();
        assert!(output.status.success());
        text.push_str(&String::from_utf8(output.stdout).unwrap());
    }
    text
}

#[test]
fn zbar_reads_the_pictures_for_google_and_of_each_account() {
    if !can(has("zbarimg", "--version"), "zbarimg") {
        return;
    }
    let sandbox = sandbox();
    for (format, count) in [("google", 4), ("qr", 5)] {
        let folder = sandbox.home().join(format);
        sandbox.stdout(&format!(
            "mfa export {} --format {format}",
            folder.display()
        ));
        let texts = zbar(&folder);
        let other = Sandbox::new();
        assert!(other.run("mfa import -", texts.as_bytes()).status.success());
        let list: serde_json::Value =
            serde_json::from_str(&other.stdout("mfa list --json")).unwrap();
        assert_eq!(list.as_array().unwrap().len(), count, "{format}");
        // Each HOTP code is another one, and Google's format has no period of a minute.
        for name in [NAMES[0], NAMES[2], NAMES[3]] {
            assert_eq!(code(&other, name), code(&sandbox, name), "{format}: {name}");
        }
    }
}

fn keepassxc(arguments: &[&str], input: &str) -> String {
    let mut command = Command::new("keepassxc-cli");
    command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn keepassxc_imports_our_export_and_its_database_is_read() {
    if !can(has("keepassxc-cli", "--version"), "keepassxc-cli") {
        return;
    }
    let sandbox = sandbox();
    let path = |name: &str| sandbox.home().join(name).display().to_string();
    let (xml, database) = (path("accounts.xml"), path("accounts.kdbx"));
    sandbox.stdout(&format!("mfa export {xml} --format keepass"));
    keepassxc(
        &["import", "-q", "-p", &xml, &database],
        "battery\nbattery\n",
    );
    // It shows only the current code; if the step changed meanwhile, it is asked again.
    for (entry, name) in [
        ("GitHub", NAMES[0]),
        ("Slow", NAMES[1]),
        ("Eight", NAMES[2]),
    ] {
        let same = (0..3).any(|_| {
            let theirs = keepassxc(&["show", "-q", "-t", &database, entry], "battery\n");
            theirs.trim() == sandbox.stdout(&format!("mfa code {name}")).trim()
        });
        assert!(same, "{name}");
    }
    let word = path("word");
    std::fs::write(&word, "battery\n").unwrap();
    let other = Sandbox::new();
    other.stdout(&format!("mfa import {database} --password-file {word}"));
    for name in NAMES {
        assert_eq!(code(&other, name), code(&sandbox, name), "{name}");
    }
}
