//! `mfa code --fresh`: no code twice.

use std::process::Stdio;
use std::time::{Duration, Instant};

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

#[test]
fn the_second_one_waits_and_says_so() {
    let sandbox = Sandbox::with_aws();
    let first = sandbox.run("mfa code my --fresh --at 57", b"");
    assert_eq!(first.stdout, b"140615\n");
    let second = sandbox.run("mfa code my --fresh --at 58", b"");
    assert_eq!(second.stdout, b"288013\n");
    assert_eq!(second.stderr, b"mfa: waiting 2 s for a fresh code\n");
    // What is remembered stands in the state folder, never in the vault.
    assert_eq!(
        sandbox
            .stdout("mfa vault status --json")
            .matches("\"revision\": 1")
            .count(),
        1
    );
    assert!(sandbox.home().join(".local/state/mfa/steps").is_dir());
}

/// Both codes that `add` shows go into AWS's form: neither may come again.
#[test]
fn the_codes_that_add_showed_are_not_given_again() {
    let sandbox = Sandbox::new();
    let shown = sandbox.run("mfa add --qr tests/data/aws.png --codes --at 88", b"");
    assert!(shown.status.success());
    let text = String::from_utf8(shown.stdout).unwrap();
    let output = sandbox.run("mfa code --fresh --at 118", b"");
    let fresh = String::from_utf8(output.stdout).unwrap();
    assert!(!text.contains(fresh.trim()), "{text}{fresh}");
    assert_eq!(output.stderr, b"mfa: waiting 2 s for a fresh code\n");
}

#[test]
fn a_clock_that_was_set_back_does_not_wait_for_years() {
    let sandbox = Sandbox::with_aws();
    sandbox.stdout("mfa code my --fresh --at 2000000000");
    let began = Instant::now();
    let output = sandbox.run("mfa code my --fresh --at 31", b"");
    assert_eq!(output.stdout, b"140615\n");
    let note = String::from_utf8(output.stderr).unwrap();
    assert!(note.contains("was the clock set back?"), "{note}");
    assert!(began.elapsed() < Duration::from_mins(1));
}
