//! `mfa show`: everything except the key, unless that is asked for.

use crate::sandbox::{Sandbox, snapshot};

#[test]
fn the_key_is_shown_only_when_asked_for() {
    let sandbox = Sandbox::with_aws();
    let text = sandbox.transcript(&[
        "mfa show my",
        "mfa show my --json",
        "mfa show my --uri --json",
    ]);
    let times = without_times(&text);
    snapshot!(times);
}

#[test]
fn the_uri_adds_the_same_account_again() {
    let sandbox = Sandbox::with_aws();
    let uri = sandbox.stdout("mfa show my --uri");
    assert!(uri.starts_with("otpauth://totp/Amazon%20Web%20Services:my-iam-user%40123456789012?"));
    let other = Sandbox::new();
    assert!(other.run("mfa add -", uri.as_bytes()).status.success());
    let code = "mfa code my --at 59";
    assert_eq!(other.stdout(code), sandbox.stdout(code));
}

/// People read the time of their own clock, programs UTC.
#[test]
fn times_are_local_for_people_and_utc_for_programs() {
    let sandbox = Sandbox::with_aws();
    let json: serde_json::Value =
        serde_json::from_str(&sandbox.stdout("mfa show my --json")).unwrap();
    let created = json["created"].as_str().unwrap();
    let (_, time) = created.split_once('T').unwrap();
    assert!(time.ends_with('Z'), "{created}");
    let (hour, minute) = (&time[..2], &time[3..5]);
    let hour: u32 = hour.parse().unwrap();
    for (zone, ahead, named) in [
        ("UTC", 0, " UTC"),
        ("", 0, " UTC"),
        ("No/Such/Zone", 0, " UTC"),
        ("JST-9", 9, ""),
        ("NST3:00", 21, ""),
    ] {
        let mut command = sandbox.command("mfa show my");
        let output = command.env("TZ", zone).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix("created"))
            .unwrap();
        let shown = format!("{:02}:{minute}{named}, ", (hour + ahead) % 24);
        assert!(line.contains(&shown), "{zone}: {line}");
    }
    let output = sandbox
        .command("mfa show my --json")
        .env("TZ", "JST-9")
        .output()
        .unwrap();
    let same: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(same, json);
}

/// Removes ids and times, which differ from run to run.
fn without_times(text: &str) -> String {
    let is_volatile = |line: &str| {
        ["created", "updated", "id"].iter().any(|field| {
            let line = line.trim_start().trim_start_matches('"');
            line.strip_prefix(field)
                .is_some_and(|rest| rest.starts_with(['"', ' ']))
        })
    };
    let lines: Vec<_> = text.lines().filter(|line| !is_volatile(line)).collect();
    lines.join("\n")
}
