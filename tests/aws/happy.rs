//! From a new user to a session, and what follows.

use std::io::Write as _;
use std::process::Stdio;

use crate::world::{World, text};

pub fn a_new_user_comes_to_a_session() {
    let (world, serial) = World::registered();
    assert_eq!(world.devices(), [(serial.clone(), true)]);
    assert!(serial.starts_with("arn:aws:iam::123456789012:mfa/alice-mfa-"));
    let accounts = world.accounts();
    assert_eq!(accounts[0]["issuer"], "Amazon Web Services");
    assert_eq!(accounts[0]["name"], "alice@123456789012");

    let answer = world.succeeds(&["aws", "login"]);
    assert!(
        answer.starts_with("logged in as default until ") && answer.ends_with(", in 12 h\n"),
        "{answer}"
    );
    let again = world.succeeds(&["aws", "login"]);
    assert!(
        again.starts_with("already logged in as default until "),
        "{again}"
    );
    assert_eq!(world.aws.calls("GetSessionToken"), 1);

    let status = world.succeeds(&["aws", "status", "--json"]);
    let status: serde_json::Value = serde_json::from_str(&status).unwrap();
    assert_eq!(status[0]["profile"], "default");
    let left = status[0]["left"].as_u64().unwrap();
    assert!((43_100..=43_200).contains(&left), "{left}");

    let status = world.succeeds(&["aws", "status"]);
    assert!(
        status.contains("EXPIRES") && status.contains(", in 12 h"),
        "{status}"
    );

    let codes = [
        world.succeeds(&["code", &serial]),
        world.succeeds(&["code", "--profile", "default"]),
        world.succeeds(&["code", "alice"]),
    ];
    assert!(codes.iter().all(|code| code.trim().len() == 6));
    let devices = world.succeeds(&["aws", "devices"]);
    let healthy = world.succeeds(&["aws", "doctor"]);
    assert!(
        healthy.contains("ok       clock    in sync with AWS\n")
            && healthy.ends_with("\n\nno problems found\n"),
        "{healthy}"
    );
    assert!(
        healthy.contains(&format!("{serial}, enabled\n")),
        "{healthy}"
    );
    assert!(
        devices.contains(serial.rsplit(':').next().unwrap())
            && devices.contains("alice@123456789012")
            && (devices.contains(" ago") || devices.contains("just now")),
        "{devices}"
    );
}

pub fn twenty_at_once_send_one_code() {
    let (world, _) = World::registered();
    let arguments = ["aws", "credential-process", "--profile", "default"];
    let children: Vec<_> = (0..20).map(|_| world.start(&arguments)).collect();
    let mut answers = Vec::new();
    for child in children {
        let output = world.checked(&arguments, child.wait_with_output().unwrap());
        assert!(output.status.success(), "{}", text(&output.stderr));
        answers.push(output.stdout);
    }
    answers.dedup();
    assert_eq!(answers.len(), 1);
    assert_eq!(world.aws.calls("GetSessionToken"), 1);
    let keys: serde_json::Value = serde_json::from_slice(&answers[0]).unwrap();
    assert_eq!(keys["Version"], 1);
    for name in [
        "AccessKeyId",
        "SecretAccessKey",
        "SessionToken",
        "Expiration",
    ] {
        assert!(keys[name].is_string(), "{name}");
    }
}

pub fn no_code_is_sent_twice() {
    let (world, _) = World::registered();
    world.succeeds(&["aws", "login"]);
    world.succeeds(&["aws", "login", "--renew"]);
    world.succeeds(&["code", "--fresh", "alice"]);
    world.succeeds(&["aws", "login", "--renew"]);
    let log = world.aws.log();
    let refused = log.iter().filter(|line| line.contains("AccessDenied"));
    assert_eq!(refused.count(), 0, "{log:#?}");
    assert_eq!(world.aws.calls("GetSessionToken"), 3);
}

/// A device that was enabled in the console, with its picture added: only the name shows that they
/// belong together.
pub fn a_device_of_the_console_is_found() {
    let world = World::new();
    let serial = world.aws.add_device("alice", Some("alice"));
    let uri = format!(
        "otpauth://totp/Amazon%20Web%20Services:alice@123456789012?secret={}&issuer=Amazon%20Web%20Services\n",
        world.aws.seed(&serial)
    );
    let mut child = world
        .command(&["add", "-"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(uri.as_bytes())
        .unwrap();
    assert!(child.wait().unwrap().success());
    world.succeeds(&["aws", "login"]);
    // Now they are linked: the session is found without asking AWS for the devices.
    let again = world.succeeds(&["aws", "login"]);
    assert!(again.starts_with("already logged in"), "{again}");
    let status = world.succeeds(&["aws", "status", "--json"]);
    assert_eq!(status.matches("\"profile\"").count(), 1, "{status}");
    let before = world.aws.calls("ListMFADevices");
    world.succeeds(&["aws", "login", "--renew"]);
    assert_eq!(world.aws.calls("ListMFADevices"), before);
    let shown = world.succeeds(&["show", "alice", "--json"]);
    assert!(shown.contains(&serial), "{shown}");
}
