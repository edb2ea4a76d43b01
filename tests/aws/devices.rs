//! Devices: what is checked before a code is used, what is asked, and what is finished.

use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};
use std::time::Duration;

use mfa_test_support::can;

use crate::stand_in::{Fault, Moment};
use crate::world::{World, at_once, text};

/// Calls that use a code.
const WITH_CODES: [&str; 3] = ["GetSessionToken", "EnableMFADevice", "ResyncMFADevice"];

fn codes_used(world: &World) -> usize {
    WITH_CODES.iter().map(|call| world.aws.calls(call)).sum()
}

/// Adds an account that is linked to no device.
fn add_unlinked(world: &World) {
    let uri = b"otpauth://totp/AWS:other?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=AWS\n";
    let mut add = world.command(&["add", "-"]);
    let mut child = add.stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(uri).unwrap();
    assert!(child.wait_with_output().unwrap().status.success());
}

/// A file that can be read, but has no room beside it for its backup or a new one: on some systems a
/// config cannot be written, and these tests may run as root.
fn config_that_cannot_be_written(world: &World, text: &str) -> String {
    let name = format!(".aws/{}", "c".repeat(250));
    let path = world.home().join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

pub fn a_config_that_cannot_be_written_stops_no_rotation() {
    let (world, old) = World::registered();
    let text_before = format!("[default]\nregion = eu-west-1\nmfa_serial = {old}\n");
    let path = config_that_cannot_be_written(&world, &text_before);
    let variables = [("AWS_CONFIG_FILE", &*path)];
    let output = world.run_with(&["aws", "rotate"], &variables);
    let told = text(&output.stderr);
    assert!(output.status.success(), "{told}");
    let devices = world.devices();
    assert_eq!(devices.len(), 1, "{devices:?}");
    let new = &devices[0].0;
    assert_ne!(*new, old);
    assert!(told.contains(&format!("set mfa_serial = {new}")), "{told}");
    assert!(told.contains(&path), "{told}");
    assert!(text(&output.stdout).contains(&format!("now uses {new}")));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text_before);
    // Nothing is left to be resumed.
    let accounts = world.accounts();
    assert_eq!(accounts.len(), 1, "{accounts:?}");
    let state = world.state().join("aws-unfinished");
    assert_eq!(std::fs::read_dir(state).map_or(0, Iterator::count), 0);
    // A file that needs no change is not looked at.
    std::fs::write(&path, "[default]\nregion = eu-west-1\n").unwrap();
    let output = world.run_with(&["aws", "rotate"], &variables);
    let told = text(&output.stderr);
    assert!(
        output.status.success() && !told.contains("mfa_serial"),
        "{told}"
    );
}

/// The config has the new serial before the old device goes, so that a run that is killed in between
/// leaves a profile that works.
pub fn the_config_is_written_before_the_old_device_goes() {
    let (world, old) = World::registered();
    world.write_config(&format!("[default]\nmfa_serial = {old}\n"));
    let gate = world.aws.hold("DeactivateMFADevice", Moment::Before);
    let mut child = world.start(&["aws", "rotate"]);
    gate.reached();
    child.kill().unwrap();
    child.wait().unwrap();
    let config = std::fs::read_to_string(world.config()).unwrap();
    gate.open();
    assert!(!config.contains(&old), "{config}");
    world.succeeds(&["aws", "login"]);
    world.succeeds(&["aws", "rotate"]);
    let left: Vec<_> = world.devices().into_iter().map(|device| device.0).collect();
    assert_eq!(left.len(), 1, "{left:?}");
    assert!(config.contains(&left[0]), "{config}");
}

/// Under the policy that `mfa aws policy` prints, only a session with MFA may deactivate a device, and
/// one that is deactivated gets no session.
pub fn an_interrupted_removal_is_finished_under_our_policy() {
    let cases = [
        ("DeactivateMFADevice", Moment::Before, true),
        ("DeactivateMFADevice", Moment::After, true),
        ("DeleteVirtualMFADevice", Moment::Before, true),
        ("DeleteVirtualMFADevice", Moment::After, true),
        // Nor can the devices be listed.
        ("DeactivateMFADevice", Moment::After, false),
    ];
    at_once(cases, |(action, moment, may_list)| {
        let (world, _) = World::registered();
        world.aws.policy("alice", |policy| {
            policy.denied_without_mfa.insert("iam:DeactivateMFADevice");
            if !may_list {
                policy.denied.insert("iam:ListMFADevices");
            }
        });
        let gate = world.aws.hold(action, moment);
        let mut child = world.start(&["aws", "unregister", "--yes"]);
        gate.reached();
        child.kill().unwrap();
        child.wait().unwrap();
        gate.open();
        std::thread::sleep(Duration::from_millis(200));
        world.succeeds(&["aws", "unregister", "--yes"]);
        assert!(world.devices().is_empty(), "{action}");
        assert!(world.accounts().is_empty(), "{action}");
    });
}

pub fn a_list_that_is_denied_is_not_an_empty_one() {
    let deny = |world: &World| {
        world.aws.policy("alice", |policy| {
            policy.denied.insert("iam:ListMFADevices");
        });
    };
    // A first device needs no list.
    let world = World::new();
    deny(&world);
    let told = text(&world.run(&["aws", "register"]).stderr);
    assert!(
        told.contains("does not allow to list the MFA devices of alice"),
        "{told}"
    );
    assert_eq!(world.devices().len(), 1);
    // The vault knows the first one: it gives the session that a second one needs.
    let told = text(&world.run(&["aws", "register", "--device-name", "b"]).stderr);
    assert!(told.contains("already has the device"), "{told}");
    assert_eq!(world.devices().len(), 2, "{told}");
    assert_eq!(world.aws.calls("GetSessionToken"), 1);
    world.succeeds(&["aws", "login"]);
    // Nothing in the vault is linked to the profile.
    let world = World::new();
    deny(&world);
    world.aws.add_device("phone", Some("alice"));
    add_unlinked(&world);
    let (exit, told) = world.fails(&["aws", "login"]);
    assert_eq!(exit, 1);
    assert!(
        told.contains("the MFA device of alice is unknown"),
        "{told}"
    );
    assert!(told.contains("try: mfa aws login --account NAME"), "{told}");
    let (_, told) = world.fails(&["aws", "register"]);
    assert!(told.contains("needs a session with MFA"), "{told}");
    assert_eq!((world.devices().len(), world.accounts().len()), (1, 1));
}

pub fn what_needs_no_code_is_checked_before_one_is_used() {
    let foreign = "arn:aws:iam::999999999999:mfa/alice";
    let (world, serial) = World::registered();
    let used = codes_used(&world);
    // A device of another AWS account.
    world.write_config(&format!("[default]\nmfa_serial = {foreign}\n"));
    add_unlinked(&world);
    for command in [&["rotate"][..], &["devices", "resync"], &["resync"]] {
        let arguments: Vec<_> = ["aws"].iter().chain(command).copied().collect();
        let (exit, told) = world.fails(&arguments);
        assert_ne!(exit, 0, "{told}");
        assert!(
            told.contains("is not in the AWS account") || told.contains("no account in the vault"),
            "{command:?}: {told}"
        );
    }
    world.write_config("[default]\n");
    // A name that is taken by another device of the user, or that AWS does not accept.
    let taken = world.aws.add_device("taken", Some("alice"));
    for command in ["rotate", "register"] {
        let (_, told) = world.fails(&["aws", command, "--device-name", "taken"]);
        assert!(told.contains("a device 'taken' already exists"), "{told}");
        let (exit, told) = world.fails(&["aws", command, "--device-name", "a/b"]);
        assert_eq!(exit, 2, "{told}");
    }
    // No room for another device.
    for number in 2..8 {
        world.aws.add_device(&format!("d{number}"), Some("alice"));
    }
    for command in ["rotate", "register"] {
        let (_, told) = world.fails(&["aws", command]);
        assert!(told.contains("already has 8 MFA devices"), "{told}");
    }
    // A device that is not enabled.
    world
        .aws
        .state()
        .devices
        .retain(|device| device.serial == taken);
    for command in [&["rotate"][..], &["devices", "resync"]] {
        let arguments: Vec<_> = ["aws"].iter().chain(command).copied().collect();
        let (_, told) = world.fails(&arguments);
        let wanted = format!("the device {serial} is not enabled for alice");
        assert!(told.contains(&wanted), "{told}");
    }
    assert_eq!(codes_used(&world), used);
    assert_eq!(world.aws.calls("CreateVirtualMFADevice"), 1);
}

/// The removal was asked for the old device; when its turn comes, there is another one.
pub fn a_removal_that_waited_for_a_rotation_removes_nothing() {
    let (world, old) = World::registered();
    let gate = world.aws.hold("EnableMFADevice", Moment::Before);
    let rotation = world.start(&["aws", "rotate"]);
    gate.reached();
    let name = "alice@123456789012";
    let removal = world.start(&["aws", "unregister", "--yes", "--account", name]);
    while world.aws.calls("GetCallerIdentity") < 3 {
        std::thread::sleep(Duration::from_millis(50));
    }
    // It has seen the old device, and waits for its turn.
    std::thread::sleep(Duration::from_millis(500));
    gate.open();
    let rotated = rotation.wait_with_output().unwrap();
    assert!(rotated.status.success(), "{}", text(&rotated.stderr));
    let removed = removal.wait_with_output().unwrap();
    let told = text(&removed.stderr);
    assert!(!removed.status.success(), "{told}");
    assert!(
        told.contains("another process changed the account"),
        "{told}"
    );
    let devices = world.devices();
    assert_eq!(devices.len(), 1, "{devices:?}");
    assert_ne!(devices[0].0, old);
    world.succeeds(&["aws", "login"]);
}

/// Runs the program on a terminal, where each question gets the next answer; `None` without the program
/// `script`.
fn on_a_terminal(world: &World, line: &str, answers: &[&str]) -> Option<String> {
    let program = world.command(&[]);
    let mfa = program.get_program().to_str().unwrap().to_owned();
    let variables = program.get_envs();
    let mut command = Command::new("script");
    command
        .args(["-qec", &format!("{mfa} {line}"), "/dev/null"])
        .env_clear()
        .envs(variables.filter_map(|(name, value)| Some((name, value?))))
        .env("TERM", "dumb")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let child = command.spawn().ok();
    // That of macOS has other options.
    let is_there = cfg!(target_os = "linux") && child.is_some();
    let mut child = can(is_there, "script of util-linux")
        .then_some(child)
        .flatten()?;
    let (mut input, mut output) = (child.stdin.take()?, child.stdout.take()?);
    let (mut told, mut asked, mut answers) = (Vec::new(), 0, answers.iter());
    let mut bytes = [0; 1024];
    while let Ok(length @ 1..) = output.read(&mut bytes) {
        told.extend_from_slice(&bytes[..length]);
        let question = text(&told[asked..]);
        if ["[y/N] ", "cancel): "]
            .iter()
            .any(|end| question.ends_with(end))
        {
            asked = told.len();
            let answer = answers.next().unwrap();
            input.write_all(answer.as_bytes()).unwrap();
        }
    }
    child.wait().unwrap();
    assert_eq!(answers.next(), None, "{}", text(&told));
    Some(text(&told).replace('\r', ""))
}

pub fn a_person_is_asked_which_device_and_whether() {
    let (world, first) = World::registered();
    let Some(told) = on_a_terminal(&world, "aws register", &["n\n"]) else {
        return;
    };
    assert!(told.contains("already has the device"), "{told}");
    assert!(told.contains("Add another device?"), "{told}");
    assert!(told.contains("nothing registered"), "{told}");
    assert_eq!(world.devices().len(), 1);
    assert_eq!(codes_used(&world), 1);
    let told = on_a_terminal(&world, "aws register --device-name b", &["y\n"]).unwrap();
    assert_eq!(world.devices().len(), 2, "{told}");
    let told = on_a_terminal(&world, "aws unregister", &["2\n", "n\n"]).unwrap();
    assert!(
        told.contains("1  Amazon Web Services:alice@123456789012"),
        "{told}"
    );
    assert!(told.contains("mfa/b from alice"), "{told}");
    assert_eq!(world.devices().len(), 2);
    let told = on_a_terminal(&world, "aws unregister", &["2\n", "y\n"]).unwrap();
    assert_eq!(world.devices(), [(first, true)], "{told}");
}

/// Commands for every day come first; what is done once follows.
pub fn the_help_begins_with_the_commands_of_every_day() {
    let world = World::new();
    let help = world.succeeds(&["aws", "--help"]);
    let place = |name: &str| help.find(&format!("\n  {name} ")).unwrap_or(usize::MAX);
    let order = [
        "login", "exec", "env", "console", "setup", "register", "rotate",
    ];
    for pair in order.windows(2) {
        assert!(place(pair[0]) < place(pair[1]), "{pair:?}: {help}");
    }
    assert_eq!(place("resync"), usize::MAX, "{help}");
    let (world, serial) = World::registered();
    let listed = world.succeeds(&["aws", "devices"]);
    assert!(listed.contains("mfa/alice"), "{listed}");
    let answer = world.succeeds(&["aws", "devices", "resync"]);
    assert_eq!(answer, format!("{serial} is in sync with AWS\n"));
}

/// With `--account`, a device is the named account's, for every command.
pub fn the_named_account_decides_before_the_config() {
    let (world, first) = World::registered();
    world.succeeds(&["aws", "register", "--device-name", "b"]);
    world.write_config(&format!("[default]\nmfa_serial = {first}\n"));
    world.succeeds(&["aws", "login", "--renew", "--account", "b@123456789012"]);
    let answer = world.succeeds(&["aws", "devices", "resync", "--account", "b@123456789012"]);
    assert!(answer.contains("mfa/b is in sync"), "{answer}");
    let log = world.aws.log();
    let session = log.iter().rfind(|line| line.starts_with("GetSessionToken"));
    assert!(session.unwrap().contains("mfa/b"), "{log:?}");
}

/// What was true when a rotation began need not be true when it is resumed.
pub fn a_rotation_is_resumed_whatever_has_changed() {
    // The new device is enabled, but the answer did not come, and there is no room for another one.
    let (world, old) = World::registered();
    for number in 1..7 {
        world.aws.add_device(&format!("d{number}"), Some("alice"));
    }
    let cut = |moment| {
        let gate = world.aws.hold("EnableMFADevice", moment);
        let mut child = world.start(&["aws", "rotate"]);
        gate.reached();
        child.kill().unwrap();
        child.wait().unwrap();
        gate.open();
        std::thread::sleep(Duration::from_millis(200));
    };
    cut(Moment::After);
    assert_eq!(world.devices().len(), 8);
    world.succeeds(&["aws", "rotate"]);
    let devices = world.devices();
    assert_eq!(devices.len(), 7);
    assert!(devices.iter().all(|device| device.0 != old), "{devices:?}");
    // The old device was unregistered before the new one was enabled.
    world
        .aws
        .state()
        .devices
        .retain(|device| !device.serial.contains("mfa/d"));
    let new = world.devices()[0].0.clone();
    let fault = Fault::Refuse {
        status: 403,
        code: "InvalidAuthenticationCode",
        message: "Authentication code for device is not valid.",
    };
    world.aws.fault("EnableMFADevice", 1, fault);
    world.fails(&["aws", "rotate"]);
    let name = "alice@123456789012";
    world.succeeds(&["aws", "unregister", "--yes", "--account", name]);
    world.succeeds(&["aws", "rotate"]);
    assert_eq!((world.devices().len(), world.accounts().len()), (1, 1));
    assert_ne!(world.devices()[0].0, new);
    world.succeeds(&["aws", "login"]);
}
