//! `mfa code --fresh` never prints a code twice.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::sandbox::Sandbox;

#[test]
fn ten_at_once_give_ten_codes_in_order() {
    let sandbox = Sandbox::new();
    let uri = b"otpauth://totp/quick?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&period=1&digits=8";
    assert!(sandbox.run("mfa add -", uri).status.success());
    let children: Vec<_> = (0..10)
        .map(|_| {
            let mut command = sandbox.command("mfa code quick --fresh --json");
            command
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    let mut steps = Vec::new();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let step = json["valid_from"].as_u64().unwrap();
        let at = sandbox.stdout(&format!("mfa code quick --at {step}"));
        assert_eq!(at.trim(), json["code"].as_str().unwrap());
        steps.push(step);
    }
    steps.sort_unstable();
    let first = steps[0];
    assert_eq!(steps, (first..first + 10).collect::<Vec<_>>());
}

/// Each code that is printed lives that long, also where none is waited for.
#[test]
fn a_code_with_time_left_is_waited_for() {
    let sandbox = with_a_period(4);
    for _ in 0..4 {
        let line = "mfa code quick --min-left 3 --json";
        let json: serde_json::Value = serde_json::from_str(&sandbox.stdout(line)).unwrap();
        assert!(json["remaining"].as_u64().unwrap() >= 3, "{json}");
        std::thread::sleep(std::time::Duration::from_millis(900));
    }
    let (first, _) = fresh(&sandbox, " --min-left 4");
    let (second, _) = fresh(&sandbox, " --min-left 1");
    assert!(second > first, "{first} {second}");
    for (line, said) in [
        ("mfa code quick --min-left 5", "valid for only 4 s"),
        ("mfa code quick --min-left 2 --next", "cannot be used with"),
        ("mfa code quick --min-left 2 --at 59", "cannot be used with"),
    ] {
        let output = sandbox.run(line, b"");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{line}");
        assert!(stderr.contains(said), "{line}: {stderr}");
    }
}

/// An account with this period, in seconds.
fn with_a_period(period: u64) -> Sandbox {
    let sandbox = Sandbox::new();
    let uri = format!("{URI}&period={period}&digits=10");
    assert!(sandbox.run("mfa add -", uri.as_bytes()).status.success());
    sandbox
}

const URI: &str = "otpauth://totp/quick?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

fn now() -> u64 {
    let since = std::time::SystemTime::UNIX_EPOCH.elapsed();
    since.unwrap().as_secs()
}

/// The start of the time step whose code is printed, and the message.
fn fresh(sandbox: &Sandbox, options: &str) -> (u64, String) {
    let output = sandbox.run(&format!("mfa code quick --fresh --json{options}"), b"");
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    (json["valid_from"].as_u64().unwrap(), said)
}

/// The folder where steps that were given out are recorded.
fn steps(sandbox: &Sandbox) -> PathBuf {
    sandbox.state().join("steps")
}

#[test]
fn the_second_one_waits_and_says_so() {
    let sandbox = with_a_period(6);
    let (first, _) = fresh(&sandbox, "");
    let began = now();
    let (second, said) = fresh(&sandbox, "");
    assert!(second >= first + 6, "{first} {second}");
    // If the machine was busy for the whole step, there is nothing to wait for.
    let waited = said.starts_with("waiting ") && said.ends_with(" s for a new code\n");
    assert!(waited || began + 3 > first + 6, "{said}");
    // The record is in the state folder, never in the vault.
    assert_eq!(
        sandbox
            .stdout("mfa vault status --json")
            .matches("\"revision\": 1")
            .count(),
        1
    );
    assert!(steps(&sandbox).is_dir());
}

/// `add` shows two codes for AWS's form, and so does a pair: none of them may come again.
#[test]
fn the_second_code_of_a_pair_is_not_given_again() {
    let sandbox = Sandbox::new();
    let uri = format!("{URI}&period=2&digits=10");
    let shown = sandbox.run("mfa add - --codes", uri.as_bytes()).stdout;
    let mut shown = String::from_utf8(shown).unwrap();
    for line in ["", " --pair", " --pair", ""] {
        let codes = sandbox.stdout(&format!("mfa code quick --fresh{line}"));
        for code in codes.split_whitespace() {
            assert!(!shown.contains(code), "{shown}{codes}");
        }
        shown += &codes;
    }
}

/// Another period has other codes. The record of the first period is kept meanwhile.
#[test]
fn a_period_that_comes_back_gives_no_code_again() {
    let sandbox = with_a_period(4);
    let (first, _) = fresh(&sandbox, "");
    sandbox.stdout("mfa edit quick --period 5");
    fresh(&sandbox, "");
    sandbox.stdout("mfa edit quick --period 4");
    let (again, _) = fresh(&sandbox, "");
    assert!(again > first, "{first} {again}");
}

#[test]
fn a_clock_that_was_set_back_does_not_wait_for_years() {
    let sandbox = with_a_period(30);
    fresh(&sandbox, "");
    let name = |entry: std::fs::DirEntry| entry.file_name().into_string().unwrap();
    let mut names = std::fs::read_dir(steps(&sandbox))
        .unwrap()
        .flatten()
        .map(name);
    let name = names.find(|name| !name.contains('.')).unwrap();
    std::fs::write(steps(&sandbox).join(name), "2000000000").unwrap();
    let (step, said) = fresh(&sandbox, "");
    assert!(said.contains("check the clock"), "{said}");
    assert!(step <= now(), "{step}");
}

/// All files below a folder, with their content.
fn tree(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(tree(&path));
        } else {
            found.insert(path.clone(), std::fs::read(path).unwrap());
        }
    }
    found
}

/// `--at` is only for display; nothing of it is recorded.
#[test]
fn another_moment_than_now_is_never_written() {
    let sandbox = with_a_period(30);
    let hotp = URI.replace("totp/quick", "hotp/counted") + "&counter=0";
    assert!(sandbox.run("mfa add -", hotp.as_bytes()).status.success());
    let before = tree(sandbox.home());
    for (options, code) in [
        ("code quick --at 59", 0),
        ("code quick --at 59 --pair", 0),
        ("code quick --at 59 --next", 0),
        ("code quick --at 59 --json", 0),
        ("list --codes --at 59", 0),
        ("code quick --fresh --at 59", 2),
        ("code quick --fresh --pair --at 59", 2),
        ("code counted --at 59", 0),
        ("code counted --pair --at 59", 0),
    ] {
        let output = sandbox.run(&format!("mfa {options}"), b"");
        assert_eq!(output.status.code(), Some(code), "{options}: {output:?}");
        assert_eq!(tree(sandbox.home()), before, "{options}");
    }
    let other = Sandbox::new();
    let shown = other
        .run("mfa add - --codes --at 59", URI.as_bytes())
        .stdout;
    assert!(shown.ends_with(b"287082 359152\n"), "{shown:?}");
    assert!(!steps(&other).exists());
    let show: serde_json::Value =
        serde_json::from_str(&other.stdout("mfa show quick --json")).unwrap();
    for field in ["created", "updated"] {
        assert!(show[field].as_str().unwrap() > "2020", "{show}");
    }
    // A UUIDv7 starts with its time in milliseconds.
    let id = show["id"].as_str().unwrap().replace('-', "");
    let millis = u64::from_str_radix(&id[..12], 16).unwrap();
    assert!(millis / 1000 + 600 > now(), "{show}");
}
