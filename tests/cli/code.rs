//! `mfa code`: what it prints, and which account it means.

use crate::sandbox::{Sandbox, snapshot};

#[test]
fn piped_it_is_the_code_alone() {
    let sandbox = Sandbox::with_aws();
    let output = sandbox.run("mfa code my-iam-user --at 59", b"");
    assert_eq!(
        (output.stdout, output.stderr),
        (b"140615\n".to_vec(), Vec::new())
    );
}

#[test]
fn next_pair_and_json() {
    let sandbox = Sandbox::with_aws();
    snapshot!(sandbox.transcript(&[
        "mfa code my-iam-user --at 59 --next",
        "mfa code my-iam-user --at 59 --pair",
        "mfa code my-iam-user --at 1970-01-01T00:00:59Z --json",
        "mfa code my-iam-user --at -1",
        "mfa code my-iam-user --at yesterday",
        "mfa code my-iam-user --next --pair",
        "mfa code my-iam-user --at 18446744073709551615",
    ]));
}

#[test]
fn names_are_found_by_the_rules() {
    let sandbox = Sandbox::with_aws();
    sandbox.stdout("mfa add --qr tests/data/two-accounts.png");
    snapshot!(sandbox.transcript(&[
        "mfa code my-iam-user@123456789012 --at 59",
        "mfa code 'amazon web services:MY-IAM-USER@123456789012' --at 59",
        "mfa code 'amazon user' --at 59",
        "mfa code GitHub:alice --at 59",
        "mfa code e --at 59",
        "mfa code alcie --at 59",
        "mfa code nothing-like-it --at 59",
        "mfa code --at 59",
        "mfa code '' --at 59",
    ]));
}

/// `mfa list` finds the same ones.
#[test]
fn initials_and_several_words_find_an_account() {
    let sandbox = Sandbox::with_aws();
    sandbox.stdout("mfa add --qr tests/data/two-accounts.png");
    snapshot!(sandbox.transcript(&[
        "mfa code aws --at 59",
        "mfa code amazon my --at 59",
        "mfa get user aws --at 59",
        "mfa code gh --at 59",
        "mfa list aws",
        "mfa ls amazon my",
        "mfa ls gh",
        "mfa ls alice",
        "mfa ls nobody",
    ]));
}

#[test]
fn an_id_names_an_account_everywhere() {
    let sandbox = Sandbox::with_aws();
    sandbox.stdout("mfa add --qr tests/data/two-accounts.png");
    let json =
        |line: &str| -> serde_json::Value { serde_json::from_str(&sandbox.stdout(line)).unwrap() };
    let list = json("mfa list --json");
    let accounts = list.as_array().unwrap();
    assert_eq!(accounts.len(), 3);
    for account in accounts {
        let (id, name) = (&account["id"], &account["name"]);
        let id = id.as_str().unwrap();
        for command in ["show", "code"] {
            let shown = json(&format!("mfa {command} {id} --json"));
            assert_eq!((&shown["id"], &shown["name"]), (&account["id"], name));
        }
    }
    let id = accounts[0]["id"].as_str().unwrap();
    sandbox.stdout(&format!("mfa edit {id} --issuer Other"));
    sandbox.stdout(&format!("mfa rename {id} other"));
    sandbox.stdout(&format!("mfa remove {id} --yes"));
    assert_eq!(json("mfa list --json").as_array().unwrap().len(), 2);
}

/// All matches are named, nothing is printed, and no HOTP counter advances.
#[test]
fn several_matches_are_listed_and_nothing_is_done() {
    let sandbox = Sandbox::with_aws();
    let uris = b"otpauth://hotp/GitHub:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter=0\n\
        otpauth://hotp/GitLab:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter=0";
    assert!(sandbox.run("mfa add -", uris).status.success());
    snapshot!(sandbox.transcript(&[
        "mfa code alice",
        "mfa code git",
        "mfa show alice --uri",
        "mfa rename alice bob",
        "mfa remove alice --yes",
        "mfa list",
        "mfa code GitHub:alice",
    ]));
}

#[test]
fn one_account_needs_no_name() {
    let sandbox = Sandbox::with_aws();
    assert_eq!(sandbox.stdout("mfa code --at 59"), "140615\n");
}

#[test]
fn without_a_vault() {
    let sandbox = Sandbox::new();
    snapshot!(sandbox.transcript(&["mfa code x", "mfa code", "mfa list", "mfa list --json"]));
    assert!(!sandbox.vault().exists());
}

#[test]
fn hotp_moves_on_with_each_call() {
    let sandbox = Sandbox::new();
    // The key of RFC 4226 appendix D.
    let uri = b"otpauth://hotp/rfc?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter=0";
    let mut text = sandbox.fed("mfa add -", uri);
    text += &sandbox.transcript(&[
        "mfa code rfc",
        "mfa code rfc --at 59",
        "mfa code rfc --pair",
        "mfa code rfc --json",
        "mfa code rfc --next",
        "mfa list --codes",
        "mfa list --codes --json",
        "mfa code rfc",
    ]);
    snapshot!(text);
}

#[test]
fn the_last_counter_is_an_error_and_no_panic() {
    let sandbox = Sandbox::new();
    let uri =
        b"otpauth://hotp/x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter=18446744073709551615";
    let mut text = sandbox.fed("mfa add -", uri);
    text += &sandbox.transcript(&["mfa code x"]);
    snapshot!(text);
}

#[test]
fn ten_digits_and_a_period_of_one_second() {
    let sandbox = Sandbox::new();
    let uri = b"otpauth://totp/x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&digits=10&period=1";
    let mut text = sandbox.fed("mfa add -", uri);
    text += &sandbox.transcript(&["mfa code x --at 1 --json"]);
    snapshot!(text);
}

/// On Windows, every program inherits what its parent was given to write to.
#[cfg(all(windows, feature = "desktop"))]
#[test]
fn whoever_reads_the_output_does_not_wait_for_the_clipboard() {
    let sandbox = Sandbox::with_aws();
    let started = std::time::Instant::now();
    let mut command = sandbox.command("mfa code my-iam-user --copy --clear-after 60s");
    // Wine hands its own stderr on in any case.
    let output = command
        .stderr(std::process::Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success());
    assert!(started.elapsed() < std::time::Duration::from_secs(45));
}
