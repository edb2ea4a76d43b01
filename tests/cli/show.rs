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
