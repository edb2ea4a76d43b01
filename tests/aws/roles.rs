//! Many roles and profiles over one device: who asks AWS, and how often.

use std::fmt::Write as _;
use std::process::Output;

use serde_json::Value;

use crate::stand_in::Fault;
use crate::world::{World, text};

/// Runs `credential-process` for all profiles at once.
fn at_once(world: &World, profiles: &[&str], variables: &[(&str, &str)]) -> Vec<Output> {
    let start = |profile: &&str| {
        let arguments = ["aws", "credential-process", "--profile", profile];
        world
            .command(&arguments)
            .envs(variables.iter().copied())
            .spawn()
            .unwrap()
    };
    let children: Vec<_> = profiles.iter().map(start).collect();
    let outputs = children.into_iter().map(|child| {
        let output = child.wait_with_output().unwrap();
        world.checked(&["aws", "credential-process"], output)
    });
    outputs.collect()
}

fn id(output: &Output) -> String {
    assert!(output.status.success(), "{}", text(&output.stderr));
    let keys: Value = serde_json::from_slice(&output.stdout).unwrap();
    keys["AccessKeyId"].as_str().unwrap().to_owned()
}

/// A world with a device and six roles, `r0` to `r5`.
fn with_six_roles() -> (World, Vec<String>) {
    let (world, serial) = World::registered();
    let mut config = format!("[default]\nmfa_serial = {serial}\n[profile bare]\n");
    let names: Vec<_> = (0..6).map(|number| format!("r{number}")).collect();
    for name in &names {
        let role = world.aws.add_role(name, "user/alice");
        let _ = write!(
            config,
            "[profile {name}]\nrole_arn = {role}\nsource_profile = default\n"
        );
    }
    world.write_config(&config);
    (world, names)
}

/// Twenty processes for six roles: one code, one session, an `AssumeRole` for each role.
pub fn six_roles_at_once_need_one_code() {
    let (world, names) = with_six_roles();
    let profiles: Vec<_> = names.iter().map(String::as_str).cycle().take(20).collect();
    let outputs = at_once(&world, &profiles, &[]);
    let ids: Vec<_> = outputs.iter().map(id).collect();
    for (place, id) in ids.iter().enumerate() {
        assert_eq!(*id, ids[place % 6], "the processes of a role share it");
    }
    assert_eq!(world.aws.calls("GetSessionToken"), 1);
    assert_eq!(world.aws.calls("AssumeRole"), 6);
    let log = world.aws.log();
    let codes = log.iter().filter(|line| line.contains("SerialNumber"));
    let codes = codes.filter(|line| !line.starts_with("EnableMFADevice"));
    assert_eq!(codes.count(), 1, "{log:?}");
    // Later ones find everything in the cache.
    let before = log.len();
    for (place, output) in at_once(&world, &profiles, &[]).iter().enumerate() {
        assert_eq!(id(output), ids[place]);
    }
    assert_eq!(world.aws.log().len(), before);
    // A longer session than an hour needs the long-term keys, and a code.
    world.succeeds(&["aws", "login", "--profile", "r0", "--duration", "2h"]);
    let last = world.aws.log().pop().unwrap();
    assert!(
        last.contains("SerialNumber") && last.contains("by AKIA: 200"),
        "{last}"
    );
}

pub fn profiles_of_one_key_share_a_session() {
    let (world, serial) = World::registered();
    world.write_config(&format!(
        "[default]\n[profile two]\nmfa_serial = {serial}\n"
    ));
    let mut own = std::fs::read_to_string(world.home().join(".aws/credentials")).unwrap();
    own.push_str(&own.replace("[default]", "[two]"));
    std::fs::write(world.home().join(".aws/credentials"), own).unwrap();
    let outputs = at_once(&world, &["default", "two", "default", "two"], &[]);
    let first = id(&outputs[0]);
    assert!(outputs.iter().all(|output| id(output) == first));
    assert_eq!(world.aws.calls("GetSessionToken"), 1);
    // A shorter one is in it; a longer one is not.
    let answer = world.succeeds(&["aws", "login", "--profile", "two", "--duration", "1h"]);
    assert!(answer.starts_with("already logged in as two"), "{answer}");
    let answer = world.succeeds(&["aws", "login", "--duration", "36h"]);
    assert!(answer.starts_with("logged in as default"), "{answer}");
    assert_eq!(world.aws.calls("GetSessionToken"), 2);
    let renewed = world.succeeds(&["aws", "login", "--duration", "1h", "--renew"]);
    assert!(renewed.starts_with("logged in as default"), "{renewed}");
    assert_eq!(
        id(&at_once(&world, &["default"], &[])[0]),
        id(&at_once(&world, &["two"], &[])[0])
    );
    assert_eq!(world.aws.calls("GetSessionToken"), 3);
}

/// Five processes wait for a call that nobody answers: it is made once, and all fail with it.
pub fn waiting_processes_share_a_failure() {
    let (world, names) = with_six_roles();
    world.aws.fault("GetSessionToken", 5, Fault::Silent);
    let mut profiles: Vec<_> = names.iter().map(String::as_str).collect();
    profiles.truncate(5);
    let outputs = at_once(&world, &profiles, &[]);
    for output in &outputs {
        assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
        let told = text(&output.stderr);
        assert!(told.contains("did not answer GetSessionToken"), "{told}");
    }
    assert_eq!(world.aws.calls("GetSessionToken"), 1);
    // The failure is not kept for those who come later.
    world.aws.heal();
    id(&at_once(&world, &["r0"], &[])[0]);
}

pub fn a_code_that_was_never_sent_is_not_used_up() {
    let (world, names) = with_six_roles();
    let steps = || {
        let folder = world.state().join("steps");
        let files = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        let files: Vec<_> = files.filter(|path| path.extension().is_none()).collect();
        std::fs::read_to_string(&files[0])
            .unwrap()
            .parse::<u64>()
            .unwrap()
    };
    let nobody = [("AWS_ENDPOINT_URL", "http://127.0.0.1:1")];
    let profiles: Vec<_> = names.iter().map(String::as_str).collect();
    let mut last = None;
    for output in at_once(&world, &profiles, &nobody) {
        assert_eq!(output.status.code(), Some(1));
        let told = text(&output.stderr);
        assert!(told.contains("cannot reach http://127.0.0.1:1"), "{told}");
        last = Some(steps());
    }
    // The step before is the last one that counts: this code is the next one that AWS gets.
    let output = world.run(&["aws", "login"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(steps() > last.unwrap());
    assert_eq!(world.aws.calls("GetSessionToken"), 1);
}

pub fn an_answer_without_all_parts_is_refused() {
    let (world, _) = World::registered();
    for part in ["SessionToken", "Expiration", "AccessKeyId"] {
        world.aws.fault("GetSessionToken", 1, Fault::Without(part));
        let (exit, told) = world.fails(&["aws", "login"]);
        assert_eq!(exit, 1, "{told}");
        let said = match part {
            "AccessKeyId" => "unexpected answer to GetSessionToken".to_owned(),
            part => format!("answered GetSessionToken without a usable {part}"),
        };
        assert!(told.contains(&said), "{told}");
    }
    world.succeeds(&["aws", "login"]);
}

/// As AWS's own tools do: a plain session, and a role without a code.
pub fn without_a_device_sessions_have_no_mfa() {
    let world = World::new();
    let init = ["vault", "init", "--key-file"];
    world.succeeds(&init);
    let role = world.aws.add_role("Open", "user/alice");
    world.aws.role("Open", |role| role.needs_mfa = false);
    world.write_config(&format!(
        "[default]\n[profile open]\nrole_arn = {role}\nsource_profile = default\n"
    ));
    let output = world.run(&["aws", "login"]);
    let told = text(&output.stderr);
    assert!(output.status.success(), "{told}");
    assert!(told.contains("this session has no MFA"), "{told}");
    id(&at_once(&world, &["open"], &[])[0]);
    assert_eq!(world.aws.calls("AssumeRole"), 1);
    // The same with accounts in the vault that belong to nobody here.
    world.succeeds(&["add", "otpauth://totp/GitHub:me?secret=JBSWY3DPEHPK3PXP"]);
    world.succeeds(&["aws", "login", "--renew"]);
    world.succeeds(&["aws", "login", "--profile", "open", "--renew"]);
    assert_eq!(world.aws.calls("ListMFADevices"), 2);
}

pub fn a_bad_bundle_matters_only_to_connections() {
    let (world, _) = World::registered();
    world.succeeds(&["aws", "login"]);
    let bundle = [("AWS_CA_BUNDLE", "/no/such")];
    let cached = world.run_with(&["aws", "login"], &bundle);
    assert!(cached.status.success(), "{}", text(&cached.stderr));
    let code = world.run_with(&["code", "--profile", "default"], &bundle);
    assert!(code.status.success(), "{}", text(&code.stderr));
    let tls = [bundle[0], ("AWS_ENDPOINT_URL", "https://127.0.0.1:1")];
    let (exit, told) = world.fails_with(&["aws", "login", "--renew"], &tls);
    assert_eq!(exit, 1);
    assert!(told.contains("cannot read /no/such"), "{told}");
}
