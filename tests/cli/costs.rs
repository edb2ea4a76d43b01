//! The cost that a file can ask for. The process runs within generous limits. Work that grows with the
//! square of a file's size, or needs many times its memory, exceeds them.

use std::fmt::Write as _;
use std::process::{Command, Output, Stdio};

use crate::sandbox::Sandbox;

/// The limit of processor time: twenty times what a release build takes.
const SECONDS: usize = 15;

/// Runs a command with at most this many MiB of memory.
fn limited(sandbox: &Sandbox, mib: usize, line: &str) -> Output {
    let plain = sandbox.command(line);
    let script = format!(
        "ulimit -t {SECONDS}; ulimit -v {}; exec \"$0\" \"$@\"",
        mib << 10
    );
    let variables = plain.get_envs();
    let output = Command::new("sh")
        .args(["-c", &script])
        .arg(plain.get_program())
        .args(plain.get_args())
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_clear()
        .envs(variables.filter_map(|(name, value)| Some((name, value?))))
        .stdin(Stdio::null())
        .output();
    output.unwrap()
}

/// The last line of a limited run that must succeed.
fn said(sandbox: &Sandbox, mib: usize, line: &str) -> String {
    let output = limited(sandbox, mib, line);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line}: {output:?}");
    said.lines().next_back().unwrap_or_default().to_owned()
}

fn file(sandbox: &Sandbox, name: &str, text: &str) -> String {
    let path = sandbox.home().join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// A different key for each number.
fn key(number: usize) -> String {
    let digit = |place: u32| {
        let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        char::from(digits[number >> (5 * place) & 31])
    };
    let end: String = (0..4).map(digit).collect();
    format!("Q6LNWB2YXKDRTMHEQ6LNWB2YXKDR{end}")
}

fn uris(count: usize, name: impl Fn(usize) -> String) -> String {
    let mut text = String::new();
    for number in 0..count {
        let (name, key) = (name(number), key(number));
        let _ = writeln!(text, "otpauth://totp/X:{name}?secret={key}&issuer=X");
    }
    text
}

#[test]
fn thousands_of_accounts_cost_as_much_each_as_a_few() {
    let sandbox = Sandbox::new();
    let many = file(&sandbox, "many", &uris(100_000, |n| format!("user{n}")));
    let import = format!("mfa import {many}");
    let last = said(&sandbox, 800, &import);
    assert_eq!(last, "100000 added, 0 already there, 0 skipped");
    let last = said(&sandbox, 800, &import);
    assert_eq!(last, "0 added, 100000 already there, 0 skipped");
    let one = file(&sandbox, "one", &uris(1, |_| "other".to_owned()));
    said(&sandbox, 800, "mfa rename user7 seven");
    said(&sandbox, 800, "mfa undo");
    let last = said(&sandbox, 800, &format!("mfa import {one}"));
    assert_eq!(last, "0 added, 1 already there, 0 skipped");
    let password = sandbox.passphrase_file();
    for format in ["aegis", "stratum", "keepass"] {
        let line = format!(
            "mfa export {}/{format} --format {format} --password-file {password}",
            sandbox.home().display()
        );
        let last = said(&sandbox, 800, &line);
        assert!(last.contains("exported 100000"), "{last}");
    }
    assert!(limited(&sandbox, 800, "mfa list").stdout.len() > 100_000);
    assert!(limited(&sandbox, 800, "mfa code seven").status.code() == Some(3));
}

#[test]
fn thousands_of_accounts_of_one_name_get_their_numbers() {
    let sandbox = Sandbox::new();
    let many = file(&sandbox, "many", &uris(10_000, |_| "alice".to_owned()));
    let output = limited(&sandbox, 600, &format!("mfa import {many}"));
    let text = String::from_utf8(output.stdout).unwrap();
    let last = text.lines().next_back().unwrap();
    assert_eq!(
        last,
        "added X:alice (10000) (X:alice exists with another secret key)"
    );
}

/// The counters of all accounts advance, and an undo does not turn them back.
#[test]
fn thousands_of_counters_move_on() {
    let sandbox = Sandbox::new();
    let with = |counter: usize| {
        let totp = uris(40_000, |n| format!("user{n}"));
        totp.replace("/totp/", "/hotp/")
            .replace("&issuer=X", &format!("&issuer=X&counter={counter}"))
    };
    for counter in [1, 9] {
        let many = file(&sandbox, "many", &with(counter));
        said(&sandbox, 600, &format!("mfa import {many}"));
    }
    said(&sandbox, 600, "mfa rename user7 seven");
    said(&sandbox, 600, "mfa undo");
    let shown = sandbox.stdout("mfa show user7 --json");
    assert!(shown.contains("\"counter\": 9"), "{shown}");
}

#[test]
fn a_list_of_uris_on_stdin_is_added_at_once() {
    let sandbox = Sandbox::new();
    let many = file(
        &sandbox,
        "many",
        &uris(20_000, |n| format!("user{n}")).repeat(2),
    );
    let line = "mfa add - --at 0";
    let plain = sandbox.command(line);
    let output = Command::new("sh")
        .args([
            "-c",
            &format!("ulimit -t {SECONDS}; exec \"$0\" add - <{many}"),
        ])
        .arg(plain.get_program())
        .env("HOME", sandbox.home())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().count(), 20_000, "{:?}", output.status);
}

#[test]
fn parts_of_thousands_of_exports_are_not_compared_with_each_other() {
    let sandbox = Sandbox::new();
    let mut text = String::new();
    for batch in 0_u32..50_000 {
        // Part 1 of 1000, each of a different export.
        let varint = [batch & 127 | 128, batch >> 7 & 127 | 128, batch >> 14];
        let varint = varint.map(|n| u8::try_from(n).unwrap());
        let bytes = [&[0x18, 0xe8, 7, 0x20, 0, 0x28], &varint[..]].concat();
        let data = data_encoding::BASE64.encode(&bytes);
        let _ = writeln!(text, "otpauth-migration://offline?data={data}");
    }
    let line = format!("mfa import --dry-run {}", file(&sandbox, "parts", &text));
    let output = limited(&sandbox, 600, &line);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("has 1000 QR codes; still missing: 2, 3"),
        "{output:?}"
    );
    assert!(said.len() < 20_000, "{}", said.len());
}

#[test]
fn lists_of_stratum_are_not_multiplied() {
    let sandbox = Sandbox::new();
    let list = |each: &dyn Fn(usize) -> String| (0..60_000).map(each).collect::<Vec<_>>().join(",");
    let accounts = list(&|n| format!(r#"{{"Type":2,"Username":"u{n}","Secret":"{}"}}"#, key(n)));
    let categories = list(&|n| format!(r#"{{"Id":"{n}","Name":"n{n}"}}"#));
    let members = list(&|n| {
        let (id, key) = (59_999 - n, key(n));
        format!(r#"{{"CategoryId":"{id}","AuthenticatorSecret":"{key}"}}"#)
    });
    let text = format!(
        r#"{{"Authenticators":[{accounts}],"Categories":[{categories}],"AuthenticatorCategories":[{members}]}}"#
    );
    let line = format!("mfa import --dry-run {}", file(&sandbox, "stratum", &text));
    let said = said(&sandbox, 600, &line);
    assert_eq!(said, "60000 to add, 0 already there, 0 skipped");
}

#[test]
fn a_line_of_millions_of_uris_is_refused_before_it_is_read_to_its_end() {
    let sandbox = Sandbox::new();
    let line = file(&sandbox, "line", &"otpauth://,".repeat(5 << 20));
    let output = limited(&sandbox, 600, &format!("mfa import {line}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(6), "{said}");
    assert!(
        said.ends_with("the file exceeds a limit: too many accounts\n"),
        "{said}"
    );
}

#[test]
fn all_files_of_a_folder_are_read() {
    let sandbox = Sandbox::new();
    let folder = sandbox.home().join("folder");
    std::fs::create_dir(&folder).unwrap();
    for number in 0..10_050 {
        let uri = format!("otpauth://totp/u{number}?secret={}", key(number));
        std::fs::write(folder.join(format!("{number}")), uri).unwrap();
    }
    let last = said(&sandbox, 600, &format!("mfa import {}", folder.display()));
    assert_eq!(last, "10050 added, 0 already there, 0 skipped");
}

/// Otherwise it would be written, but never read again.
#[test]
fn a_vault_that_gets_too_large_is_not_written() {
    let sandbox = Sandbox::with_aws();
    let before = std::fs::read(sandbox.vault()).unwrap();
    let name = "x".repeat(950);
    let large = file(&sandbox, "large", &uris(52_000, |n| format!("{n}{name}")));
    let output = limited(&sandbox, 1000, &format!("mfa import {large}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    let path = std::fs::canonicalize(sandbox.vault()).unwrap();
    let why = format!("mfa: cannot write {}: it would be ", path.display());
    assert!(said.starts_with(&why), "{said}");
    assert!(
        said.contains("MiB, but a vault can be at most 64 MiB"),
        "{said}"
    );
    assert!(
        said.contains("  try: mfa --vault ANOTHER.json import FILE"),
        "{said}"
    );
    assert_eq!(std::fs::read(sandbox.vault()).unwrap(), before);
    let names = std::fs::read_dir(path.parent().unwrap()).unwrap();
    let mut names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(
        names,
        ["backups", "vault.json", "vault.json.lock", "vault.key"]
    );
    let backups = path.with_file_name("backups");
    assert_eq!(std::fs::read_dir(backups).unwrap().count(), 1);
}
